import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ListFilter, X } from "lucide-react";
import { get, refusal, type Schema } from "@/api/client";
import { Button, IconButton, Segments } from "@/components/Button";
import { Chart } from "@/components/Chart";
import type { Sort } from "@/components/DataTable";
import { Facets } from "@/components/Facets";
import { FilterBar } from "@/components/FilterBar";
import { HeatMap } from "@/components/HeatMap";
import { ConnectLink } from "@/components/Links";
import { Await, Empty } from "@/components/Notice";
import { Fill, Page, Split } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { TraceList } from "@/components/TraceList";
import { hasTerm, toggleTerm } from "@/lib/filter";
import { count, duration, plural } from "@/lib/format";
import { OUTCOME, statusWord } from "@/lib/outcomes";
import { useHotkeys } from "@/lib/keyboard";
import { both, selectionArea, selectionFilter, selectionLabel } from "@/lib/selection";
import { Differences } from "./Differences";
import css from "./Traces.module.css";

const route = getRouteApi("/traces");
const PAGE = 60;
const FIELDS = "status,agent,operation,model,tool,service,name,provider";
const SORTS = ["time", "duration", "cost", "errors", "tokens"] as const;
type SortId = (typeof SORTS)[number];
const VIEWS = [
  { value: "heat", label: "Latency" },
  { value: "lines", label: "Percentiles" },
  { value: "volume", label: "Volume" },
];

function sortOf(text: string | undefined): { id: SortId; desc: boolean } {
  const id = SORTS.find((s) => s === text?.replace(/^-/, "")) ?? "time";
  return { id, desc: text ? text.startsWith("-") : true };
}

type Change = { q?: string; sort?: string; view?: string; select?: string; show?: string; chance?: boolean };

/** The search: what is found, how long it took, and what sets a selected part of it apart. */
export function Traces() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const time = useRange();
  const q = search.q ?? "";
  const sort = sortOf(search.sort);
  const select = search.select ?? "";
  const differs = select !== "" && search.show !== "traces";
  const listed = both(q, select);
  const set = (change: Change) => void navigate({ search: (old) => ({ ...old, ...change }) });
  const filter = (text: string) => set({ q: text || undefined });
  useHotkeys(select ? [{ keys: "Escape", label: "Drop the selection", group: "Page", run: () => set({ select: undefined, show: undefined }) }] : []);
  const result = useInfiniteQuery({
    enabled: !differs,
    queryFn: ({ pageParam, signal }) => get("/api/v1/traces", { query: { ...time.query, q: listed, sort: sort.id, order: sort.desc ? "desc" : "asc", limit: PAGE, cursor: pageParam, asked: true }, signal }),
    queryKey: ["traces", listed, search.sort, time.query],
    placeholderData: keepPreviousData,
    initialPageParam: "",
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 2 ? false : time.every(4000)),
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const facets = useQuery({
    queryKey: ["facets", "spans", q, time.query],
    placeholderData: keepPreviousData,
    refetchInterval: time.every(10_000),
    queryFn: ({ signal }) => get("/api/v1/facets", { query: { ...time.query, q, fields: FIELDS, limit: 12 }, signal }),
  });
  const filterError = refusal(result.error);
  const traces = result.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page
      name="Traces"
      bar={<FilterBar noun="spans" value={q} error={filterError} onChange={filter} placeholder="Find traces by any attribute, such as status:error, duration>2s, agent:planner, or words" />}
    >
      <Split side={<Facets facets={facets.data?.facets ?? (facets.error ? [] : undefined)} words={(field, value) => (field === "status" ? statusWord(value) : value)} isOn={(field, value) => hasTerm(q, field, value)} onToggle={(field, value) => filter(toggleTerm(q, field, value))} />}>
        <Latency q={q} view={search.view ?? "heat"} select={select} total={facets.data?.total} onChange={set} />
        {select && (
          <div className={css.selection} role="status">
            <ListFilter width={14} height={14} aria-hidden="true" />
            <span className="clip foreign" title={select}>
              Selected: {selectionLabel(select)}
            </span>
            <Segments
              label="Show"
              value={differs ? "differs" : "traces"}
              options={[
                { value: "differs", label: "What differs" },
                { value: "traces", label: "Its traces" },
              ]}
              onChange={(show) => set({ show: show === "differs" ? undefined : show })}
            />
            <Button look="quiet" onClick={() => set({ q: listed, select: undefined, show: undefined })} title="Make the selection part of the filter">
              Keep only these
            </Button>
            <IconButton label="Drop the selection" onClick={() => set({ select: undefined, show: undefined })}>
              <X aria-hidden="true" />
            </IconButton>
          </div>
        )}
        <Fill>
          <Panel flush className={css.list}>
            {differs ? (
              <Differences q={q} select={select} onFilter={(more) => filter(both(q, more))} chance={search.chance ?? false} onChance={(chance) => set({ chance: chance || undefined })} />
            ) : (
              <Await result={result} rows={12}>
                {() =>
                  traces.length === 0 ? (
                    <Empty title="No traces here" actions={!listed && <ConnectLink />}>{listed ? "Nothing matches in this time range. Widen it, or take a term out of the filter." : "No spans arrived in this time range."}</Empty>
                  ) : (
                    <TraceList
                      main
                      label="Traces"
                      traces={traces}
                      sort={sort as Sort}
                      onSort={(next) => set({ sort: `${next.desc ? "-" : ""}${next.id}` })}
                      onEnd={result.hasNextPage && !result.isFetchingNextPage ? () => void result.fetchNextPage() : undefined}
                      foot={result.isFetchingNextPage ? "Loading more" : undefined}
                    />
                  )
                }
              </Await>
            )}
          </Panel>
        </Fill>
      </Split>
    </Page>
  );
}

type LatencyProps = { q: string; view: string; select: string; total: number | undefined; onChange: (change: Change) => void };

function Latency({ q, view, select, total, onChange }: LatencyProps) {
  const time = useRange();
  const result = useQuery({
    queryKey: ["latency", q, time.query],
    placeholderData: keepPreviousData,
    refetchInterval: time.every(10_000),
    queryFn: ({ signal }) => get("/api/v1/traces/latency", { query: { ...time.query, q, buckets: 80 }, signal }),
  });
  const slow = slowest(result.data);
  return (
    <Panel
      flush
      className={css.latency}
      title={view === "volume" ? "Spans over time" : "Latency of spans"}
      note={
        [total !== undefined && plural(total, "span"), view === "heat" && "drag over a part to see what sets it apart"].filter(Boolean).join(" · ")
      }
      tools={
        <>
          <span className={css.compare}>
            Compare
            <Button look="quiet" on={select === "status:error"} onClick={() => onChange({ select: select === "status:error" ? undefined : "status:error", show: undefined })} title="What the failed spans have in common that the others have not">
              failed
            </Button>
            <Button look="quiet" disabled={!slow} on={select === slow} onClick={() => onChange({ select: select === slow ? undefined : slow, show: undefined })} title="What the slowest spans, about one in twenty, have in common that the others have not">
              slowest
            </Button>
          </span>
          <Segments label="View" value={view} options={VIEWS} onChange={(chosen) => onChange({ view: chosen === "heat" ? undefined : chosen })} />
        </>
      }
    >
      <div className={css.plot}>
        <Await result={result} rows={3}>
          {(data) =>
            data.total.every((n) => n === 0) ? (
              <p className={css.none}>Nothing to draw in this time range</p>
            ) : view === "heat" ? (
              <HeatMap heat={data} label="Latency of matching spans over time" selection={selectionArea(select)} onSelect={(area) => onChange({ select: selectionFilter(area), show: undefined })} />
            ) : view === "lines" ? (
              <Chart
                label="Percentiles of latency"
                height={104}
                times={data.times_ms}
                format={duration}
                series={[
                  { label: "p50", values: data.p50_ns, token: "--cat-3" },
                  { label: "p95", values: data.p95_ns, token: "--cat-1" },
                  { label: "p99", values: data.p99_ns, token: "--cat-2" },
                ]}
                onBrush={(from, to) => time.setRange({ from, to })}
              />
            ) : (
              <Chart
                label="Spans over time"
                kind="bars"
                height={104}
                times={data.times_ms}
                format={count}
                series={[
                  { label: "failed", values: data.errors, token: "--bad" },
                  { label: OUTCOME.ok, values: data.total.map((n, i) => n - (data.errors[i] ?? 0)), token: "--cat-1" },
                ]}
                onBrush={(from, to) => time.setRange({ from, to })}
              />
            )
          }
        </Await>
      </div>
    </Panel>
  );
}

/** The filter for the slowest twentieth of what a heat map shows, cut at the nearest bound of its buckets. */
function slowest(heat: Schema<"Latency"> | undefined): string | undefined {
  const rows = heat?.bounds_ns.map((_, j) => heat.counts.reduce((sum, column) => sum + (column[j] ?? 0), 0)) ?? [];
  const all = rows.reduce((a, b) => a + b, 0);
  let above = 0;
  for (let j = rows.length - 1; j > 0; j -= 1) {
    above += rows[j] ?? 0;
    if (above >= all / 20) return above < all ? `duration>${heat?.bounds_ns[j - 1]}ns` : undefined;
  }
  return undefined;
}
