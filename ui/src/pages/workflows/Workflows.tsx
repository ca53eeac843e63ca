import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { get, refusal, type Schema } from "@/api/client";
import { Ago } from "@/components/Ago";
import { Badge } from "@/components/Badge";
import { DataTable, type Column } from "@/components/DataTable";
import { FilterBar } from "@/components/FilterBar";
import { ConnectLink } from "@/components/Links";
import { Await, Empty } from "@/components/Notice";
import { Fill, Page } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { Spent } from "@/components/Spent";
import { cx } from "@/lib/cx";
import { count, duration } from "@/lib/format";
import { CauseLink } from "./Cause";
import css from "./Workflows.module.css";

type Row = Schema<"WorkflowRow">;
const route = getRouteApi("/workflows");
const PAGE = 80;
const SORTS = ["time", "duration", "cost", "errors", "tokens"] as const;

const columns: Column<Row>[] = [
  {
    id: "workflow",
    header: "Workflow",
    width: { share: 2, min: 170 },
    narrow: true,
    wrap: true,
    cell: (row) => (
      <>
        <Link to="/workflows/$workflow" params={{ workflow: row.workflow }} className={css.name} title={row.workflow}>
          <bdi>{row.workflow}</bdi>
        </Link>
        {row.failure ? <CauseLink failure={row.failure} className={cx(css.phone, css.failed)} /> : <bdi className={css.phone}>{row.agents.join(", ")}</bdi>}
      </>
    ),
  },
  { id: "agents", header: "Agents", width: { share: 2, min: 130 }, cell: (row) => <bdi title={row.agents.join(", ")}>{row.agents.join(", ")}</bdi> },
  { id: "errors", header: "Errors", width: 86, sortable: true, cell: (row) => (row.errors ? <Badge tone="bad">{count(row.errors)} failed</Badge> : <span className="dim">—</span>) },
  {
    id: "failure",
    header: "Failed last",
    width: { share: 3, min: 160 },
    hint: "Of the newest run that failed: the step that failed first, and its words",
    cell: (row) =>
      row.failure && (
        <span className="clip" title={`${row.failure.name}: ${row.failure.message}`}>
          <bdi>{row.failure.name}</bdi>: <CauseLink failure={row.failure} />
        </span>
      ),
  },
  { id: "traces", header: "Runs", width: 68, end: true, narrow: true, hint: "Traces of the time range in which it is named; the figures are over all of their spans", cell: (row) => count(row.traces) },
  { id: "spans", header: "Spans", width: 68, end: true, drop: 1, cell: (row) => count(row.spans) },
  { id: "duration", header: "Lasted", width: 90, end: true, sortable: true, narrow: true, below: (row) => <Ago time={row.last_time} />, cell: (row) => duration(row.duration_ns) },
  { id: "tokens", header: "Tokens", width: 84, end: true, sortable: true, cell: (row) => count(row.input_tokens + row.output_tokens) },
  { id: "cost", header: "Cost", width: 92, end: true, sortable: true, cell: (row) => <Spent usd={row.cost_usd} unpriced={row.unpriced} /> },
  { id: "time", header: "Last step", width: 100, end: true, sortable: true, cell: (row) => <Ago time={row.last_time} /> },
];

/** Pieces of work that several agents share; figures are over whole runs. */
export function Workflows() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const time = useRange();
  const q = search.q ?? "";
  const sortId = SORTS.find((s) => s === search.sort?.replace(/^-/, "")) ?? "time";
  const desc = search.sort ? search.sort.startsWith("-") : true;
  const result = useInfiniteQuery({
    queryFn: ({ pageParam, signal }) => get("/api/v1/workflows", { query: { ...time.query, q, sort: sortId, order: desc ? "desc" : "asc", limit: PAGE, cursor: pageParam }, signal }),
    queryKey: ["workflows", q, sortId, desc, time.query],
    placeholderData: keepPreviousData,
    initialPageParam: "",
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 2 ? false : time.every(5000)),
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const set = (change: { q?: string; sort?: string }) => void navigate({ search: (old) => ({ ...old, ...change }) });
  const filterError = refusal(result.error);
  return (
    <Page name="Workflows" bar={<FilterBar noun="spans" value={q} error={filterError} onChange={(text) => set({ q: text || undefined })} placeholder="Find workflows by anything their spans carry, such as status:error, agent:planner, or words" />}>
      <Fill>
        <Panel flush className={css.list}>
          <Await result={result} rows={12}>
            {(data) => {
              const rows = data.pages.flatMap((page) => page.items);
              if (rows.length === 0) return <Empty title="No workflows here" actions={!q && <ConnectLink />}>{q ? "Nothing matches in this time range. Widen it, or take a term out of the filter." : "A workflow appears when spans carry a workflow id or name, such as gen_ai.workflow.name or swarmscope.workflow.id."}</Empty>;
              return (
                <DataTable
                  main
                  label="Workflows"
                  rows={rows}
                  columns={columns}
                  rowKey={(row) => row.workflow}
                  sort={{ id: sortId, desc }}
                  onSort={(next) => set({ sort: `${next.desc ? "-" : ""}${next.id}` })}
                  onOpen={(row) => void navigate({ to: "/workflows/$workflow", params: { workflow: row.workflow } })}
                  onEnd={result.hasNextPage && !result.isFetchingNextPage ? () => void result.fetchNextPage() : undefined}
                />
              );
            }}
          </Await>
        </Panel>
      </Fill>
    </Page>
  );
}
