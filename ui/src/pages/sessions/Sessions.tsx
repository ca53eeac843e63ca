import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { get, refusal, type Schema } from "@/api/client";
import { Ago } from "@/components/Ago";
import { DataTable, type Column } from "@/components/DataTable";
import { FilterBar } from "@/components/FilterBar";
import { ConnectLink } from "@/components/Links";
import { Await, Empty } from "@/components/Notice";
import { Fill, Page } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { Spent } from "@/components/Spent";
import { count, duration } from "@/lib/format";
import { Outcome } from "./Outcome";
import css from "./Sessions.module.css";

type Row = Schema<"SessionRow">;
const route = getRouteApi("/sessions");
const PAGE = 80;
const SORTS = ["time", "duration", "cost", "errors", "tokens"] as const;

const columns: Column<Row>[] = [
  {
    id: "title",
    header: "Asked first",
    width: { share: 4, min: 300 },
    narrow: true,
    wrap: true,
    cell: (row) => (
      <Link to="/sessions/$session" params={{ session: row.session }} className={css.name} title={`${row.title || "Nobody said anything yet"}\n${row.session}`}>
        <bdi>{row.title || row.session}</bdi>
      </Link>
    ),
  },
  { id: "agents", header: "Agents", width: { share: 2, min: 120 }, cell: (row) => <bdi title={row.agents.join(", ")}>{row.agents.join(", ")}</bdi> },
  { id: "errors", header: "Outcome", width: 104, sortable: true, narrow: true, cell: (row) => <Outcome of={row} /> },
  { id: "turns", header: "Turns", width: 60, end: true, cell: (row) => count(row.turns) },
  { id: "spans", header: "Spans", width: 60, end: true, drop: 2, cell: (row) => count(row.spans) },
  { id: "duration", header: "Lasted", width: 90, end: true, sortable: true, cell: (row) => duration(row.duration_ns) },
  { id: "tokens", header: "Tokens", width: 84, end: true, sortable: true, cell: (row) => count(row.input_tokens + row.output_tokens) },
  { id: "cost", header: "Cost", width: 92, end: true, sortable: true, narrow: true, below: (row) => <Ago time={row.last_time} />, cell: (row) => <Spent usd={row.cost_usd} unpriced={row.unpriced} /> },
  { id: "models", header: "Models", width: { share: 1, min: 110 }, drop: 4, cell: (row) => <bdi title={row.models.join(", ")}>{row.models.join(", ")}</bdi> },
  { id: "session", header: "Session", width: { share: 1, min: 110 }, drop: 5, cell: (row) => <bdi className="dim" title={row.session}>{row.session}</bdi> },
  { id: "time", header: "Last turn", width: 100, end: true, sortable: true, cell: (row) => <Ago time={row.last_time} /> },
];

/** Where something is searched for, all figures are of the spans that match, but not how the session ended. Exported for tests. */
export const searched = columns.map((column): Column<Row> => (column.id === "errors" ? { ...column, hint: "Of the whole session, whichever of its spans match; sorted by how many of these failed", cell: (row) => <Outcome of={row} part /> } : column));

export function Sessions() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const time = useRange();
  const q = search.q ?? "";
  const sortId = SORTS.find((s) => s === search.sort?.replace(/^-/, "")) ?? "time";
  const desc = search.sort ? search.sort.startsWith("-") : true;
  const result = useInfiniteQuery({
    queryFn: ({ pageParam, signal }) => get("/api/v1/sessions", { query: { ...time.query, q, sort: sortId, order: desc ? "desc" : "asc", limit: PAGE, cursor: pageParam }, signal }),
    queryKey: ["sessions", q, sortId, desc, time.query],
    placeholderData: keepPreviousData,
    initialPageParam: "",
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 2 ? false : time.every(5000)),
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const set = (change: { q?: string; sort?: string }) => void navigate({ search: (old) => ({ ...old, ...change }) });
  const filterError = refusal(result.error);
  return (
    <Page name="Sessions" bar={<FilterBar noun="spans" value={q} error={filterError} onChange={(text) => set({ q: text || undefined })} placeholder="Find sessions by anything their spans carry, such as agent:planner, cost>0.01, or words" />}>
      <Fill>
        <Panel flush title={q ? "Sessions with spans that match" : undefined} note="figures are of these spans, outcomes of the whole session" className={css.list}>
          <Await result={result} rows={12}>
            {(data) => {
              const rows = data.pages.flatMap((page) => page.items);
              if (rows.length === 0) return <Empty title="No sessions here" actions={!q && <ConnectLink />}>{q ? "Nothing matches in this time range. Widen it, or take a term out of the filter." : "A session appears when spans carry a session or conversation id."}</Empty>;
              return (
                <DataTable
                  main
                  label="Sessions"
                  rows={rows}
                  columns={q ? searched : columns}
                  rowKey={(row) => row.session}
                  sort={{ id: sortId, desc }}
                  onSort={(next) => set({ sort: `${next.desc ? "-" : ""}${next.id}` })}
                  onOpen={(row) => void navigate({ to: "/sessions/$session", params: { session: row.session } })}
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
