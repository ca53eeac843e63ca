import { getRouteApi, Link } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useState } from "react";
import { CategorySwatch } from "@/components/Badge";
import { Button, IconButton } from "@/components/Button";
import { Chart } from "@/components/Chart";
import { DataTable, type Column } from "@/components/DataTable";
import { Middle } from "@/components/Middle";
import { useHidden } from "@/components/told";
import { count, NONE } from "@/lib/format";
import { CATEGORIES, categoryToken, isHollow } from "@/lib/palette";
import { distinct, legend } from "@/lib/promql";
import { signalFormat, signalUnit } from "@/lib/signals";
import { stamp } from "@/lib/time";
import { settledUnit, type Measured } from "./known";
import css from "./Metrics.module.css";
import { coloured, drawnOf, figures, isMeasure, largestFirst, marked, MEASURES, unique, type Drawn, type Exemplar, type Figures } from "./result";

const route = getRouteApi("/explore");
const CHART = "Over time";
/** So many are drawn at once, each in a colour of its own. */
const PAGE = CATEGORIES;

type Row = Figures & { labels: Record<string, string>; values: (number | null)[]; name: string; /** With all its labels. */ whole: string };

/** The series of a query: the largest of them drawn, all of them listed; which are drawn stands in the address. */
export function OverTime({ drawn, measured, samples, onBrush }: { drawn: Drawn; measured: Measured; samples: Exemplar[]; onBrush: (from: number, to: number) => void }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const measure = isMeasure(search.by) ? search.by : "last";
  const unit = settledUnit(measured.unit, drawn.lines);
  const format = signalFormat(unit);
  const told = distinct(drawn.lines.map((line) => line.labels));
  const names = unique(told.names);
  const rows = largestFirst(drawn.lines.map((line, i): Row => ({ labels: line.labels, values: line.values, name: names[i] ?? "", whole: legend(line.labels), ...figures(line.values) })), measure);
  const { from, to, only } = drawnOf(rows.map((row) => row.name), search, PAGE);
  const lines = rows.slice(from, to);
  const [colours, setColours] = useState<ReadonlyMap<string, number>>(new Map());
  const wanted = coloured(lines.map((row) => row.name), colours);
  if (wanted !== colours) setColours(wanted);
  const top = Math.max(0, ...lines.flatMap((line) => line.values.filter((v) => v !== null)));
  const { marks, above } = marked(samples, top, (one) => measured.unitOf(one.series["__name__"] ?? "") === unit);
  const open = (index: number) => void navigate({ to: "/traces/$trace", params: { trace: samples[index]?.trace ?? "" } });
  const show = (change: { by?: string; draw?: string; only?: string }) => void navigate({ search: (old) => ({ ...old, only: undefined, ...change }), replace: true });
  const series = lines.map((line) => {
    const category = wanted.get(line.name) ?? 0;
    return { label: line.name, values: line.values, token: categoryToken(category), dash: isHollow(category) };
  });
  return (
    <div className={css.time}>
      <Chart moments listed={lines.length > PAGE} label={CHART} height={260} times={drawn.times} format={format} unit={signalUnit(unit)} series={series} marks={marks} onMark={open} onBrush={onBrush} />
      {rows.length > PAGE && (
        <div className={css.drawn} role="group" aria-label="Which are drawn">
          <span>{only ? "One" : to - from < rows.length ? `${count(from + 1)} to ${count(to)}` : "All"} of {count(rows.length)} drawn</span>
          <IconButton label="The larger ones before" disabled={only || from === 0} onClick={() => show({ draw: from - PAGE > 0 ? String(from - PAGE) : undefined })}>
            <ChevronLeft aria-hidden="true" />
          </IconButton>
          <IconButton label="The next smaller ones" disabled={only || to === rows.length} onClick={() => show({ draw: String(from + PAGE) })}>
            <ChevronRight aria-hidden="true" />
          </IconButton>
          <Button on={!only && to - from === rows.length} onClick={() => show({ draw: to - from === rows.length ? undefined : "all" })}>
            Draw all
          </Button>
          <label>
            largest by{" "}
            <select value={measure} onChange={(event) => show({ by: event.target.value === "last" ? undefined : event.target.value, draw: search.draw === "all" ? "all" : undefined })}>
              {MEASURES.map(({ value, label }) => (
                <option key={value} value={value}>{label}</option>
              ))}
            </select>
          </label>
          {only && <Button onClick={() => show({})}>Draw the others again</Button>}
        </div>
      )}
      {samples.length > 0 && (
        <p className={css.samples}>
          <span className="dim">◆ Traces behind it{above && ", ▲ above what is drawn"}:</span>
          {samples.slice(0, 8).map((one) => (
            <Link key={`${one.trace}${one.time}`} to="/traces/$trace" params={{ trace: one.trace }} className="link" title={`${legend(one.series)} at ${stamp(one.time)}`}>
              {signalFormat(measured.unitOf(one.series["__name__"] ?? ""))(one.value)} at {stamp(one.time).slice(-8)}
            </Link>
          ))}
        </p>
      )}
      {told.shared && <p className={css.shared}>All have <code className="foreign">{told.shared}</code></p>}
      <div className={css.table}>
        <SeriesTable rows={rows} top={only ? undefined : from} format={format} colours={new Map(lines.map((row) => [row.name, wanted.get(row.name) ?? 0]))} onOnly={rows.length > 1 ? (name) => show({ only: search.only === name ? undefined : name }) : undefined} />
      </div>
    </div>
  );
}

/** Every series, largest first: its mark hides what is drawn and shows it again, the row draws it alone. */
function SeriesTable({ rows, top, format, colours, onOnly }: { rows: Row[]; /** The first that is drawn. */ top?: number; format: (value: number) => string; colours: ReadonlyMap<string, number>; onOnly?: (name: string) => void }) {
  const [hidden, toggle] = useHidden(CHART);
  const mark = (name: string) => {
    const category = colours.get(name);
    if (category === undefined) return <span className={css.mark} />;
    const on = !hidden.has(name);
    return (
      <button type="button" className={css.mark} aria-pressed={on} aria-label={`Draw ${name}`} title={on ? "Hide it in the chart" : "Show it in the chart"} onClick={(event) => { event.stopPropagation(); toggle(name); }}>
        <CategorySwatch category={category} />
      </button>
    );
  };
  const written = (value: number | null) => (value === null ? NONE : format(value));
  const columns: Column<Row>[] = [
    { id: "series", header: "Series", width: { share: 1, min: 200 }, narrow: true, cell: (row) => <span className={css.named}>{mark(row.name)}<Middle text={row.name} title={row.whole} /></span> },
    { id: "last", header: "Last", width: 96, end: true, narrow: true, cell: (row) => written(row.last) },
    { id: "mean", header: "Mean", width: 96, end: true, drop: 1, cell: (row) => written(row.mean) },
    { id: "min", header: "Least", width: 96, end: true, drop: 2, cell: (row) => written(row.min) },
    { id: "max", header: "Most", width: 96, end: true, drop: 2, cell: (row) => written(row.max) },
  ];
  return <DataTable label="Series" top={top} rows={rows} columns={columns} rowKey={(row) => row.name} onOpen={onOnly && ((row) => onOnly(row.name))} record={(row) => ({ ...row.labels, last: row.last, mean: row.mean, min: row.min, max: row.max })} />;
}
