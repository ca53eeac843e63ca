import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { get, refusal } from "@/api/client";
import { useFleet, type Columns, type Stored } from "@/api/fleet";
import { StateBadge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { DataTable, type Column } from "@/components/DataTable";
import { Facets } from "@/components/Facets";
import { FilterBar } from "@/components/FilterBar";
import { ConnectLink } from "@/components/Links";
import { Empty, Failure, Loading } from "@/components/Notice";
import { columnsOf, DEFAULT_SORT, ordered, parseSort, sortText } from "@/components/order";
import { Fill, Page, Split } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { Sparkline } from "@/components/Sparkline";
import { costlessAt, PRICED_ONLY, Spent } from "@/components/Spent";
import { hasTerm, toggleTerm } from "@/lib/filter";
import { count, percent, quantile } from "@/lib/format";
import { HEALTH_MEANING, healthLook } from "@/lib/states";
import { ago, clock } from "@/lib/time";
import { useNow } from "@/lib/use";
import { StateStrip } from "./StateStrip";
import css from "./Agents.module.css";

const route = getRouteApi("/agents");
const FOUND_MAX = 5000;
const EMPTY: never[] = [];
const FACETS = "kind,model,service,version";

function tableColumns(columns: Columns, activity: (line: number) => ArrayLike<number | null>, now: number): Column<number>[] {
  const perMinute = "in the last minute";
  return [
    {
      id: "name",
      header: "Agent",
      width: { share: 2, min: 180 },
      sortable: true,
      narrow: true,
      cell: (i) => (
        <Link to="/agents/$agent" params={{ agent: columns.agent[i] ?? "" }} className={css.name} title={columns.agent[i]}>
          <bdi>{columns.name[i] || columns.agent[i]}</bdi>
        </Link>
      ),
    },
    { id: "state", header: "State", width: 116, sortable: true, narrow: true, cell: (i) => <StateBadge state={columns.states[columns.state[i] ?? -1] ?? ""} /> },
    { drop: 6, id: "since_ms", header: "Since", width: 92, sortable: true, cell: (i) => <span className="dim" title={clock(columns.since_ms[i] ?? 0)}>{ago(columns.since_ms[i] ?? now, now).replace(" ago", "")}</span> },
    { drop: 5, id: "kind", header: "Kind", width: 92, sortable: true, cell: (i) => <bdi>{columns.kind[i]}</bdi> },
    { drop: 3, id: "model", header: "Model", width: { share: 1, min: 130 }, sortable: true, cell: (i) => <bdi>{columns.model[i]}</bdi> },
    { drop: 8, id: "service", header: "Service", width: { share: 1, min: 100 }, sortable: true, cell: (i) => <bdi>{columns.service[i]}</bdi> },
    { id: "spans", header: "Spans", width: 72, end: true, sortable: true, hint: perMinute, cell: (i) => count(columns.spans[i]) },
    {
      id: "trend",
      drop: 1,
      header: "Activity",
      width: 92,
      hint: "spans a minute, over the last two minutes",
      cell: (i) => <Sparkline values={activity(i)} label="activity" />,
    },
    {
      id: "errors",
      drop: 0.5,
      header: "Errors",
      width: 72,
      end: true,
      sortable: true,
      hint: perMinute,
      cell: (i) => <span className={columns.errors[i] ? css.bad : "dim"}>{count(columns.errors[i])}</span>,
    },
    { id: "latency_p95_ms", header: "Latency p95", width: 92, end: true, sortable: true, narrow: true, hint: `95th percentile of latency ${perMinute}`, cell: (i) => quantile(Number.isNaN(columns.latency_p95_ms[i]) ? null : (columns.latency_p95_ms[i] ?? 0) * 1e6) },
    { drop: 4, id: "tokens", header: "Tokens", width: 78, end: true, sortable: true, hint: perMinute, cell: (i) => count(columns.tokens[i]) },
    { drop: 2.5, id: "cost_usd", header: "Cost", width: 92, end: true, sortable: true, hint: `${perMinute}; ${PRICED_ONLY}`, cell: (i) => <Spent usd={columns.cost_usd[i]} unpriced={costlessAt(columns, i)} /> },
    { drop: 7, id: "pending", header: "Open", width: 62, end: true, sortable: true, hint: "spans that have started and not ended", cell: (i) => count(columns.pending[i]) },
    { drop: 2, id: "health", header: "Health", width: 74, end: true, sortable: true, hint: HEALTH_MEANING, cell: (i) => <Health value={columns.health[i]} /> },
    { drop: 9, id: "last_seen_ms", header: "Seen", width: 92, end: true, sortable: true, cell: (i) => <span className="dim">{ago(columns.last_seen_ms[i] ?? now, now)}</span> },
  ];
}

/** What a download holds for a line of the fleet. */
function recordOf(columns: Columns, i: number): Record<string, unknown> {
  const names = ["agent", "name", "kind", "model", "service", "spans", "errors", "latency_p95_ms", "tokens", "cost_usd", "pending", "health"] as const;
  return { state: columns.states[columns.state[i] ?? -1], ...Object.fromEntries(names.map((name) => [name, columns[name][i]])) };
}

function Health({ value }: { value: number | undefined }) {
  const { bad, warn } = healthLook(value);
  return <span className={bad ? css.bad : warn ? css.warn : undefined}>{percent(value)}</span>;
}

/** What agents did before the page was opened; undefined until it is known. */
function useStored(): ((agent: string) => Stored) | undefined {
  const { data, dataUpdatedAt } = useQuery({ queryKey: ["fleet", "activity"], staleTime: 30_000, queryFn: ({ signal }) => get("/api/v1/fleet/activity", { signal }) });
  return useMemo(() => {
    if (!data) return undefined;
    const { start_ms, step_ms, agent, spans } = data;
    const lines = new Map(agent.map((id, line) => [id, spans[line]]));
    // where nobody had done anything yet, the answer holds no line that tells how long it looked back
    const idle = new Array<number>(spans[0]?.length ?? Math.max(0, Math.floor((dataUpdatedAt - start_ms) / step_ms))).fill(0);
    return (id: string) => ({ start_ms, step_ms, spans: lines.get(id) ?? idle });
  }, [data, dataUpdatedAt]);
}

/** The agents that match, as columns: the whole live fleet, or what the server finds. */
function useAgents(q: string, live: boolean) {
  const { fleet, error } = useFleet(live);
  const found = useQuery({
    queryKey: ["agents", q],
    enabled: q !== "",
    refetchInterval: live ? 2000 : false,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get("/api/v1/agents", { query: { q, limit: FOUND_MAX, sort: "state", order: "asc" }, signal }),
  });
  const columns = useMemo(() => (q ? found.data && columnsOf(found.data.items) : fleet?.columns), [q, found.data, fleet]);
  const lines = useMemo(() => (q ? new Map(fleet?.columns.agent.map((agent, line) => [agent, line])) : undefined), [q, fleet?.columns.agent]);
  const stored = useStored();
  const activity = (i: number) => {
    const agent = columns?.agent[i] ?? "";
    return fleet?.activity.of(lines ? (lines.get(agent) ?? -1) : i, stored?.(agent)) ?? EMPTY;
  };
  return { columns, activity, failure: q ? found.error : error ? new Error(error) : null, retry: () => void found.refetch(), total: q ? found.data?.total : fleet?.columns.agent.length };
}

export function Agents() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { live, every } = useRange();
  const q = search.q ?? "";
  const sort = parseSort(search.sort, DEFAULT_SORT);
  const { columns, activity, failure, retry, total } = useAgents(q, live);
  const now = useNow(2000);
  const facets = useQuery({
    queryKey: ["agents", "facets", q],
    refetchInterval: every(5000),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get("/api/v1/agents", { query: { q, limit: 1, facets: FACETS }, signal }),
  });
  const set = (change: { q?: string; sort?: string }) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  const rows = useMemo(
    () => (columns ? ordered(columns, { id: sort.id, desc: sort.desc }) : EMPTY),
    [columns, sort.id, sort.desc],
  );
  const filterError = refusal(failure);
  return (
    <Page
      name="Agents"
      now
      bar={<FilterBar noun="agents" value={q} onChange={(text) => set({ q: text || undefined })} placeholder="Filter agents, such as condition:failing, model:gpt*, errors>0" error={filterError} />}
    >
      <div className={css.above}>
        <StateStrip states={facets.data?.fleet.conditions} active={(one) => hasTerm(q, "condition", one)} onToggle={(one) => set({ q: toggleTerm(q, "condition", one) || undefined })} />
        <span className={css.window}>Spans, errors, latency, tokens and cost: of the last minute</span>
      </div>
      <Split side={<Facets none facets={facets.data?.facets ?? (facets.error ? EMPTY : undefined)} isOn={(field, value) => hasTerm(q, field, value)} onToggle={(field, value) => set({ q: toggleTerm(q, field, value) || undefined })} />}>
        <Fill>
          <Panel flush className={css.panel}>
            {failure && !filterError && !columns ? (
              <Failure error={failure} retry={retry} />
            ) : !columns ? (
              <Loading rows={12} />
            ) : rows.length === 0 ? (
              <NoAgents filtered={!!q} onClear={() => set({ q: undefined })} />
            ) : (
              <DataTable
                main
                label="Agents"
                rows={rows}
                columns={tableColumns(columns, activity, now)}
                rowKey={(i) => columns.agent[i] ?? ""}
                record={(i) => recordOf(columns, i)}
                sort={sort}
                onSort={(next) => set({ sort: sortText(next) })}
                onOpen={(i) => void navigate({ to: "/agents/$agent", params: { agent: columns.agent[i] ?? "" }, search: (old) => ({ range: old.range, live: old.live }) })}
                foot={total !== undefined && total > rows.length ? `The first ${count(rows.length)} of ${count(total)} agents; narrow the filter to see the others` : undefined}
              />
            )}
          </Panel>
        </Fill>
      </Split>
    </Page>
  );
}

function NoAgents({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  if (filtered) {
    return (
      <Empty title="No agent matches" actions={<Button onClick={onClear}>Clear the filter</Button>}>
        The filter looks at the live state of every agent.
      </Empty>
    );
  }
  return (
    <Empty title="No agents yet" actions={<ConnectLink />}>
      An agent appears with its first span, heartbeat or registration.
    </Empty>
  );
}
