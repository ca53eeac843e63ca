import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ApiError } from "@/api/client";
import { evaluate, type Result, type Series } from "@/api/prometheus";
import { Segments } from "@/components/Button";
import { DataTable, type Column } from "@/components/DataTable";
import { Middle } from "@/components/Middle";
import { Await, Empty } from "@/components/Notice";
import { Page, Split } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { count, duration, plural, reading } from "@/lib/format";
import { distinct, fault, interpolate, legend, stepOf } from "@/lib/promql";
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
import { DRAWN, firstQuery, selector, SERIES_MAX, useExemplars, useRangeQuery, type Drawn } from "./result";
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

const INSTANT_MAX = 10_000;

/** Puts a matcher into the first selector of the metric, or asks for the metric with it. */
export function narrowed(query: string, metric: string, label: string, value: string): string {
  const pair = `${/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) ? label : `"${label}"`}="${value.replaceAll(/["\\]/g, (c) => `\\${c}`)}"`;
  const quoted = selector(metric).slice(0, -1); // `{"a.b"`, where its name is no plain word
  const whole = query.indexOf(quoted);
  if (quoted.startsWith("{")) return whole < 0 ? `${quoted}, ${pair}}` : `${query.slice(0, whole)}${quoted}, ${pair}${query.slice(whole + quoted.length)}`;
  const at = query.search(new RegExp(`(?<![\\w:])${metric.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\w:])`));
  if (at < 0) return `${metric}{${pair}}`;
  const end = at + metric.length;
  if (query[end] !== "{") return `${query.slice(0, end)}{${pair}}${query.slice(end)}`;
  const gap = query[end + 1] === "}" ? "" : ", ";
  return `${query.slice(0, end + 1)}${pair}${gap}${query.slice(end + 1)}`;
}

/** The metric that a query is about, the first of several. */
export function metricOf(query: string): string {
  const quoted = /\{\s*"((?:[^"\\]|\\.)+)"\s*[,}]/.exec(query)?.[1];
  if (quoted !== undefined) return quoted.replaceAll(/\\(.)/g, "$1");
  return /(?<![\w:"])([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{|\[|$|\))/.exec(query.replaceAll(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, " "))?.[1] ?? "";
}

/** What is wrong with the query itself, or why it has no answer on this data (422): the same call never goes better. */
function ofTheQuery(error: unknown): ApiError | undefined {
  return error instanceof ApiError && [400, 422].includes(error.status) ? error : undefined;
}

/** Where the answer would stand: the editor says what is wrong. */
function Refused({ query, why }: { query: string; why: Error }) {
  return fault(query, why.message).at === undefined ? <Empty title="The query has no answer">It says above why.</Empty> : <Empty title="The query cannot be read">It says above what is wrong, and where.</Empty>;
}

function Explore() {
  const { q = "", show = "chart" } = route.useSearch();
  const navigate = route.useNavigate();
  const time = useRange();
  const drawn = useRangeQuery(q && show !== "now" ? [q] : []);
  const instant = useInstant(q, show === "now");
  const answer = show === "now" ? instant : drawn;
  const refused = ofTheQuery(answer.error);
  const warnings = answer.error ? [] : (answer.data?.warnings ?? []);
  const samples = useExemplars(q, show === "chart" && drawn.data !== undefined && !drawn.error);
  const ask = (query: string) => {
    if (query === q) void answer.refetch();
    else void navigate({ search: (old) => ({ ...old, q: query || undefined }) });
  };
  const measured = useMeasured(q ? [q] : []);
  const metric = metricOf(q);
  return (
    <Split name="Metrics and labels" side={<Browser chosen={metric} onPick={(name) => ask(firstQuery(name))} onLabel={(name, label, value) => ask(narrowed(q, name, label, value))} />}>
      <Editor value={q} onRun={ask} error={refused} busy={answer.isFetching && answer.data === undefined && q !== ""} />
      <About metric={metric} />
      {warnings.length > 0 && (
        <ul className={css.warnings} aria-label="Notes on the query">
          {warnings.map((words) => <li key={words} className="foreign">{words}</li>)}
        </ul>
      )}
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
          {refused ? (
            <Refused query={q} why={refused} />
          ) : show === "now" ? (
            <Await result={instant} rows={8}>
              {({ data }) => <Instant data={data} measured={measured} />}
            </Await>
          ) : (
            <Await result={drawn} rows={8}>
              {(data) => (data.lines.length === 0 ? <Empty title="No series in this time range">The query is fine, and nothing matches it. Widen the time range, or take a matcher out.</Empty> : <OverTime drawn={data} measured={measured} samples={samples.data ?? []} onBrush={(from, to) => time.setRange({ from, to })} />)}
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
    </>
  );
}

/** The values at the end of the time range. */
function useInstant(query: string, on: boolean) {
  const time = useRange();
  return useQuery({
    queryKey: ["instant", query, time.range],
    enabled: on && query !== "",
    retry: false,
    refetchInterval: time.every(10_000),
    queryFn: async ({ signal }) => {
      const { from, to } = bounds(time.range, Date.now());
      return evaluate("query", { query: interpolate(query, {}, to - from, stepOf(to - from)), time: to / 1000, limit: INSTANT_MAX, ...DRAWN }, signal);
    },
  });
}

/** The newest value of a series, and how many samples there are where a range was asked for. */
function newest(one: Series): { value: string; of?: string } {
  const samples = one.values?.length ?? one.histograms?.length;
  const of = samples === undefined ? undefined : `the last of ${plural(samples, "sample")}`;
  const [, histogram] = one.histogram ?? one.histograms?.at(-1) ?? [];
  const observed = histogram && `${count(Number(histogram.count))} observations, sum ${reading(Number(histogram.sum))}`;
  return { value: one.value?.[1] ?? one.values?.at(-1)?.[1] ?? observed ?? "", of };
}

function Instant({ data, measured }: { data: Result; measured: Measured }) {
  if (data.resultType === "scalar" || data.resultType === "string") return <p className={css.scalar}>{data.result[1]}</p>;
  if (data.result.length === 0) return <Empty title="No value at this moment">Nothing matches, or the last samples are older than five minutes.</Empty>;
  const told = distinct(data.result.map((one) => one.metric));
  const rows = data.result.map((one, i) => ({ i, labels: one.metric, name: told.names[i] ?? "", ...newest(one) }));
  type Row = (typeof rows)[number];
  const values = rows.map((row) => Number(row.value)).filter(Number.isFinite);
  const format = signalFormat(settledUnit(measured.unit, [{ values }]));
  const ranged = rows.some((row) => row.of !== undefined);
  const columns: Column<Row>[] = [
    { id: "series", header: "Series", width: { share: 3, min: 150 }, narrow: true, cell: (row) => <Middle text={row.name} title={legend(row.labels)} /> },
    { id: "value", header: "Value", width: { share: 1, min: values.length < rows.length ? 180 : 110 }, end: true, narrow: true, cell: (row) => (Number.isFinite(Number(row.value)) ? format(Number(row.value)) : row.value) },
    ...(ranged ? [{ id: "of", header: "Which", width: 150, end: true, drop: 1, cell: (row: Row) => <span className="dim">{row.of}</span> } satisfies Column<Row>] : []),
  ];
  return (
    <div className={css.time}>
      {told.shared && <p className={css.shared}>All have <code className="foreign">{told.shared}</code></p>}
      <div className={css.table}>
        <DataTable main label="Values" rows={rows} columns={columns} rowKey={(row) => String(row.i)} record={(row) => ({ ...row.labels, value: row.value })} />
      </div>
    </div>
  );
}
