import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { evaluate } from "@/api/prometheus";
import { Badge } from "@/components/Badge";
import { Segments } from "@/components/Button";
import { DataTable, type Column } from "@/components/DataTable";
import { Await, Empty } from "@/components/Notice";
import { Page, Split } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { count, duration, plural } from "@/lib/format";
import { fault, interpolate, legend, stepOf } from "@/lib/promql";
import { measuredIn, signalFormat } from "@/lib/signals";
import { bounds } from "@/lib/time";
import { AddToBoard } from "./AddToBoard";
import { Board } from "./Board";
import { Boards } from "./Boards";
import { Browser } from "./Browser";
import { Editor } from "./Editor";
import { settledUnit, useMeasured, type Measured } from "./known";
import css from "./Metrics.module.css";
import { OverTime } from "./OverTime";
import { firstQuery, SERIES_MAX, useExemplars, useRangeQuery, type Drawn } from "./result";
import { About, Starts } from "./Starts";

const route = getRouteApi("/explore");
const TABS = [
  { value: "explore", label: "Explore" },
  { value: "boards", label: "Dashboards" },
];

/** Metrics: ask in PromQL, look around, keep what is worth it on dashboards. */
export function Metrics() {
  const { tab: asked, board } = route.useSearch();
  const tab = TABS.find((one) => one.value === asked)?.value ?? "explore";
  const navigate = route.useNavigate();
  if (board) return <Board key={board} name={board} />;
  const segments = <Segments label="Parts" value={tab} options={TABS} onChange={(value) => void navigate({ search: (old) => ({ ...old, tab: value === "explore" ? undefined : value }) })} />;
  return (
    <Page name="Metrics" timeless={tab === "boards"} bar={segments} scroll={tab === "boards"}>
      {tab === "boards" ? <Boards /> : <Explore />}
    </Page>
  );
}

/** Puts a matcher into the first selector of the metric, or asks for the metric with it. */
export function narrowed(query: string, metric: string, label: string, value: string): string {
  const pair = `${/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) ? label : `"${label}"`}="${value.replaceAll(/["\\]/g, (c) => `\\${c}`)}"`;
  const at = query.search(new RegExp(`(?<![\\w:])${metric.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\w:])`));
  if (at < 0) return `${metric}{${pair}}`;
  const end = at + metric.length;
  if (query[end] !== "{") return `${query.slice(0, end)}{${pair}}${query.slice(end)}`;
  const gap = query[end + 1] === "}" ? "" : ", ";
  return `${query.slice(0, end + 1)}${pair}${gap}${query.slice(end + 1)}`;
}

function metricOf(query: string): string {
  return /(?<![\w:"])([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{|\[|$|\))/.exec(query.replaceAll(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, " "))?.[1] ?? "";
}

const NOTHING: Drawn = { times: [], from: 0, to: 0, stepS: 1, lines: [], total: 0, warnings: [] };

/** Whether the query itself is wrong, which the editor shows at its place. */
function misread(query: string, error: unknown): boolean {
  return error instanceof Error && fault(query, error.message).at !== undefined;
}

function Explore() {
  const { q = "", show = "chart" } = route.useSearch();
  const navigate = route.useNavigate();
  const time = useRange();
  const drawn = useRangeQuery(q ? [q] : []);
  const samples = useExemplars(q, show === "chart" && drawn.data !== undefined && !drawn.error);
  const ask = (query: string) => {
    if (query === q) void drawn.refetch();
    else void navigate({ search: (old) => ({ ...old, q: query || undefined }) });
  };
  const measured = useMeasured(q ? [q] : []);
  const metric = metricOf(q);
  return (
    <Split name="Metrics and labels" side={<Browser chosen={metric} onPick={(name) => ask(firstQuery(name))} onLabel={(name, label, value) => ask(narrowed(q, name, label, value))} />}>
      <Editor value={q} onRun={ask} error={drawn.error} busy={drawn.isFetching && drawn.data === undefined && q !== ""} />
      <About metric={metric} />
      {q === "" ? (
        <Panel className={css.fill} title="Begin with" flush>
          <Starts onAsk={ask} />
        </Panel>
      ) : (
        <Panel
          className={css.fill}
          flush
          title={show === "now" ? "Now" : "Over time"}
          note={drawn.data && !drawn.error && show === "chart" ? <Note drawn={drawn.data} measured={measured} /> : undefined}
          tools={
            <>
              <AddToBoard query={q} />
              <Segments label="Show" value={show} options={[{ value: "chart", label: "Over time" }, { value: "now", label: "Now" }]} onChange={(value) => void navigate({ search: (old) => ({ ...old, show: value === "chart" ? undefined : value }), replace: true })} />
            </>
          }
        >
          {show === "now" ? (
            <Instant query={q} measured={measured} />
          ) : (
            <Await result={misread(q, drawn.error) ? { ...drawn, error: null, data: NOTHING } : drawn} rows={8}>
              {(data) => (data === NOTHING ? <Empty title="The query cannot be read">It says above what is wrong, and where.</Empty> : data.lines.length === 0 ? <Empty title="No series in this time range">The query is fine, and nothing matches it. Widen the time range, or take a matcher out.</Empty> : <OverTime drawn={data} measured={measured} samples={samples.data ?? []} onBrush={(from, to) => time.setRange({ from, to })} />)}
            </Await>
          )}
        </Panel>
      )}
    </Split>
  );
}

function Note({ drawn, measured }: { drawn: Drawn; measured: Measured }) {
  const words = measuredIn(settledUnit(measured.unit, drawn.lines));
  const { chosen } = measured;
  return (
    <>
      {drawn.total < SERIES_MAX ? plural(drawn.total, "series", "series") : `the first ${count(SERIES_MAX)} series`}
      {chosen !== undefined && drawn.total > chosen && `, as topk and bottomk choose ${count(chosen)} anew at each point`}, {words && `${words}, `}a point every {duration(drawn.stepS * 1e9)}
      {drawn.warnings.map((words) => (
        <Badge key={words} tone="warn" title={words}>
          note
        </Badge>
      ))}
    </>
  );
}

/** The values at the end of the time range. */
function Instant({ query, measured }: { query: string; measured: Measured }) {
  const time = useRange();
  const result = useQuery({
    queryKey: ["instant", query, time.range],
    retry: false,
    refetchInterval: time.every(10_000),
    queryFn: async ({ signal }) => {
      const { from, to } = bounds(time.range, Date.now());
      return (await evaluate("query", { query: interpolate(query, {}, to - from, stepOf(to - from)), time: to / 1000, limit: 10_000 }, signal)).data;
    },
  });
  return (
    <Await result={result} rows={8}>
      {(data) => {
        if (data.resultType === "scalar" || data.resultType === "string") return <p className={css.scalar}>{data.result[1]}</p>;
        if (data.result.length === 0) return <Empty title="No value at this moment">Nothing matches, or the last samples are older than five minutes.</Empty>;
        const rows = data.result.map((one, i) => ({ i, labels: one.metric, value: one.value?.[1] ?? one.values?.at(-1)?.[1] ?? (one.histogram ? `${one.histogram[1].count} observations, sum ${one.histogram[1].sum}` : `${one.values?.length ?? 0} samples`) }));
        type Row = (typeof rows)[number];
        const values = rows.map((row) => Number(row.value)).filter(Number.isFinite);
        const format = signalFormat(settledUnit(measured.unit, [{ values }]));
        const columns: Column<Row>[] = [
          { id: "series", header: "Series", width: { share: 3, min: 200 }, narrow: true, cell: (row) => <bdi title={legend(row.labels)}>{legend(row.labels)}</bdi> },
          { id: "value", header: "Value", width: { share: 1, min: 110 }, end: true, narrow: true, cell: (row) => (Number.isFinite(Number(row.value)) ? format(Number(row.value)) : row.value) },
        ];
        return <DataTable main label="Values" rows={rows} columns={columns} rowKey={(row) => String(row.i)} record={(row) => ({ ...row.labels, value: row.value })} />;
      }}
    </Await>
  );
}
