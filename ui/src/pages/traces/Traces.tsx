import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { ApiError, get } from "@/api/client";
import { IconButton, Segments } from "@/components/Button";
import { Chart } from "@/components/Chart";
import type { Sort } from "@/components/DataTable";
import { Facets } from "@/components/Facets";
import { FilterBar } from "@/components/FilterBar";
import { HeatMap } from "@/components/HeatMap";
import { Await, Empty } from "@/components/Notice";
import { Fill, Page, Split } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { TraceList } from "@/components/TraceList";
import { csv, download } from "@/lib/download";
import { hasTerm, replaceTerms, toggleTerm } from "@/lib/filter";
import { count, duration } from "@/lib/format";
import type { Selection } from "@/lib/heat";
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

/** Nanoseconds as the filter language writes a duration. */
function literal(ns: number): string {
  return ns >= 1e6 ? `${Math.round(ns / 1e4) / 100}ms` : `${Math.round(ns / 10) / 100}us`;
}

export function Traces() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const time = useRange();
  const q = search.q ?? "";
  const sort = sortOf(search.sort);
  const set = (change: { q?: string; sort?: string; view?: string }) => void navigate({ search: (old) => ({ ...old, ...change }) });
  const result = useInfiniteQuery({
    queryFn: ({ pageParam, signal }) => get("/api/v1/traces", { query: { ...time.query, q, sort: sort.id, order: sort.desc ? "desc" : "asc", limit: PAGE, cursor: pageParam }, signal }),
    queryKey: ["traces", q, search.sort, time.query],
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
  const filterError = result.error instanceof ApiError && result.error.status === 400 ? result.error.message : undefined;
  const traces = result.data?.pages.flatMap((page) => page.items) ?? [];
  const save = () =>
    download(
      "traces.csv",
      csv(
        ["trace_id", "name", "agent", "start_time", "duration_ns", "spans", "errors", "input_tokens", "output_tokens", "cost_usd", "session"],
        traces.map((t) => [t.trace_id, t.name, t.agent, t.start_time, t.duration_ns, t.spans, t.errors, t.input_tokens, t.output_tokens, t.cost_usd, t.session]),
      ),
      "text/csv",
    );
  return (
    <Page
      name="Traces"
      tools={
        <IconButton label="Download as CSV" onClick={save}>
          <Download aria-hidden="true" />
        </IconButton>
      }
      bar={<FilterBar noun="spans" value={q} error={filterError} onChange={(text) => set({ q: text || undefined })} placeholder="Find traces by any attribute, such as status:error, duration>2s, agent:planner, or words" />}
    >
      <Split
        side={
          <Facets
            facets={facets.data?.facets ?? []}
            isOn={(field, value) => hasTerm(q, field, value)}
            onToggle={(field, value) => set({ q: toggleTerm(q, field, value) || undefined })}
          />
        }
      >
        <Latency q={q} view={search.view ?? "heat"} total={facets.data?.total} onView={(view) => set({ view: view === "heat" ? undefined : view })} onFilter={(text) => set({ q: text || undefined })} />
        <Fill>
          <Panel flush className={css.list}>
            <Await result={result} rows={12}>
              {() =>
                traces.length === 0 ? (
                  <Empty title="No traces here">{q ? "Nothing matches in this time range. Widen it, or take a term out of the filter." : "No spans arrived in this time range."}</Empty>
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
          </Panel>
        </Fill>
      </Split>
    </Page>
  );
}

type LatencyProps = { q: string; view: string; total: number | undefined; onView: (view: string) => void; onFilter: (q: string) => void };

function Latency({ q, view, total, onView, onFilter }: LatencyProps) {
  const time = useRange();
  const result = useQuery({
    queryKey: ["latency", q, time.query],
    placeholderData: keepPreviousData,
    refetchInterval: time.every(10_000),
    queryFn: ({ signal }) => get("/api/v1/traces/latency", { query: { ...time.query, q, buckets: 80 }, signal }),
  });
  const select = (area: Selection) => {
    onFilter(replaceTerms(q, ["duration"], [...(area.minNs > 0 ? [`duration>${literal(area.minNs)}`] : []), `duration<=${literal(area.maxNs)}`]));
    if (area.toMs - area.fromMs < (result.data?.times_ms.length ?? 0) * (result.data?.step_ms ?? 0)) time.setRange({ from: area.fromMs, to: area.toMs });
  };
  return (
    <Panel
      flush
      className={css.latency}
      title={view === "volume" ? "Spans over time" : view === "lines" ? "Latency of spans" : "Latency of spans"}
      note={
        <>
          {total !== undefined && `${count(total)} spans`}
          {view === "heat" && " · drag over a part to select it"}
        </>
      }
      tools={<Segments label="View" value={view} options={VIEWS} onChange={onView} />}
    >
      <div className={css.plot}>
        <Await result={result} rows={3}>
          {(data) =>
            data.total.every((n) => n === 0) ? (
              <p className={css.none}>Nothing to draw in this time range</p>
            ) : view === "heat" ? (
              <HeatMap heat={data} label="Latency of matching spans over time" onSelect={select} />
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
                  { label: "fine", values: data.total.map((n, i) => n - (data.errors[i] ?? 0)), token: "--cat-1" },
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
