import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useEffect, useMemo, useRef, useState } from "react";
import { chartRecords } from "@/lib/download";
import { bytes, count, duration, percent, reading, unitOf } from "@/lib/format";
import { clock, DAY, stamp, unfinished } from "@/lib/time";
import { token, useTheme } from "@/lib/theme";
import { useSize } from "@/lib/use";
import { Swatch } from "./Badge";
import { SaveChart } from "./SaveChart";
import { useHidden } from "./told";
import css from "./Chart.module.css";
import { HEADROOM, type ChartProps, type Series } from "./Chart";

/** Values of a stacked chart, each on top of those before it. */
function stack(series: Series[], hidden: ReadonlySet<string>): (number | null)[][] {
  const sum: number[] = [];
  return series.map((one) =>
    one.values.map((value, i) => {
      if (hidden.has(one.label)) return null;
      sum[i] = (sum[i] ?? 0) + (value ?? 0);
      return sum[i];
    }),
  );
}

const POWERS = Array.from({ length: 50 }, (_, i) => 2 ** i);
const WHOLE = Array.from({ length: 15 }, (_, i) => [10 ** i, 2 * 10 ** i, 5 * 10 ** i]).flat();

/** Of shares below a thousandth the steps of an axis would all be the same words. */
const finely = (share: number) => `${reading(share * 100)} %`;

const NS: Record<string, number> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };
const TENS = Array.from({ length: 11 }, (_, i) => [10 ** i, 2 * 10 ** i, 5 * 10 ** i]).flat().filter((ns) => ns < 15e9);
const SIXTIES = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000, 31_536_000].map((s) => s * 1e9);

/** Steps of an axis of durations, of which half a minute is one and 50 s is none; in the unit of its values. Exported for tests. */
export function durationSteps(unit: string): number[] | undefined {
  const ns = NS[unit];
  return ns === undefined ? undefined : [...TENS, ...SIXTIES].map((step) => step / ns);
}

/** `zoom`: how many times as large as usual all is drawn. `whole`: its values are whole numbers. `unit`: what they are in. */
function axis(format: ((v: number) => string) | undefined, size: uPlot.Axis.Size, zoom: number, whole = false, unit = ""): uPlot.Axis {
  const written = format === percent ? finely : format;
  const steps = format === bytes ? POWERS : durationSteps(format === duration ? "ns" : unit);
  return {
    ...(steps ? { incrs: steps } : whole && { incrs: WHOLE, space: 20 * zoom }),
    stroke: token("--text-3"),
    font: `${Math.round(11 * zoom)}px ${token("--font")}`,
    grid: { stroke: token("--line"), width: zoom },
    ticks: { show: false },
    size,
    ...(written && { values: (_, splits) => splits.map((v) => (v == null ? "" : written(v))) }),
  };
}

const END_PX = 14;

/** Labels of times at `places`, without those that would be cut off at the end. Exported for tests. */
export function uncut(labels: string[], places: number[], end: number, letter: number): string[] {
  return labels.map((label, i) => ((places[i] ?? 0) + (label.length * letter) / 2 > end ? "" : label));
}

function timeAxis(spanMs: number, zoom: number): uPlot.Axis {
  const long = spanMs > DAY;
  const seconds = spanMs <= 10 * 60_000;
  const words = (ms: number) => (long ? stamp(ms).slice(0, -3) : seconds ? clock(ms) : clock(ms).slice(0, 5));
  return {
    ...axis(undefined, 26 * zoom, zoom),
    values: (plot, splits) => uncut(splits.map((s) => words(s * 1000)), splits.map((s) => plot.valToPos(s, "x")), plot.bbox.width / uPlot.pxRatio + END_PX * zoom, LETTER_PX * zoom),
    space: (long ? 110 : 74) * zoom,
    grid: { show: false },
  };
}

/** The points that no line reaches. */
const alone: uPlot.Series.Points.Filter = (plot, at, shown) => {
  const values = plot.data[at] ?? [];
  return shown ? Array.from(values.keys()).filter((i) => values[i] != null && values[i - 1] == null && values[i + 1] == null) : [];
};

function lineOf(series: Series, bars: boolean, zoom: number): uPlot.Series {
  const colour = token(series.token);
  return {
    label: series.label,
    stroke: colour,
    width: bars ? 0 : 1.5 * zoom,
    // A value between gaps would not be seen as a line.
    points: series.dots ? { show: true, size: 7 * zoom, fill: colour, stroke: colour } : bars ? { show: false } : { show: true, size: 4 * zoom, fill: colour, stroke: colour, filter: alone },
    ...(series.dots && { paths: () => null }),
    spanGaps: false,
    ...(series.dash && { dash: [4 * zoom, 3 * zoom] }),
    ...(bars ? { fill: colour, paths: uPlot.paths.bars?.({ size: [0.86, 120 * zoom], align: 1 }) } : series.fill ? { fill: `${colour}26` } : {}),
  };
}

type Marks = NonNullable<ChartProps["marks"]>;
const MARK_PX = 4;
const NEAR_PX = 10;

/** How high a mark stands, and whether it lies above all that is drawn: then it stands at the upper edge and points on. Exported for tests. */
export function markPlace(y: number, top: number, bottom: number, size: number): { y: number; above: boolean } {
  return { y: Math.max(top + size, Math.min(bottom - size, y)), above: y < top };
}

/** Diamonds at single moments; triangles for what lies above the chart. */
function drawMarks(plot: uPlot, marks: Marks, zoom: number): void {
  const pen = plot.ctx;
  const size = MARK_PX * zoom * (window.devicePixelRatio || 1);
  pen.save();
  pen.fillStyle = token("--warn");
  pen.strokeStyle = token("--surface");
  for (const mark of marks) {
    const x = plot.valToPos(mark.time / 1000, "x", true);
    const { y, above } = markPlace(plot.valToPos(mark.value, "y", true), plot.bbox.top, plot.bbox.top + plot.bbox.height, size);
    if (x < plot.bbox.left || x > plot.bbox.left + plot.bbox.width) continue;
    pen.beginPath();
    pen.moveTo(x, y - size);
    pen.lineTo(x + size, above ? y + size : y);
    if (!above) pen.lineTo(x, y + size);
    pen.lineTo(x - size, above ? y + size : y);
    pen.closePath();
    pen.fill();
    pen.stroke();
  }
  pen.restore();
}

/** The mark under a press, if there is one. */
function markAt(plot: uPlot, marks: Marks, left: number, zoom: number): number {
  let best = -1;
  let near = NEAR_PX * zoom;
  marks.forEach((mark, i) => {
    const away = Math.abs(plot.valToPos(mark.time / 1000, "x") - left);
    if (away < near) {
      near = away;
      best = i;
    }
  });
  return best;
}

/** Behind the lines: the stretch of time that the chart is about. */
function drawStretch(plot: uPlot, stretch: ChartProps["stretch"]): void {
  if (!stretch) return;
  const { left, top, width, height } = plot.bbox;
  const within = (ms: number) => Math.max(left, Math.min(left + width, plot.valToPos(ms / 1000, "x", true)));
  const [from, to] = [within(stretch.from), within(stretch.to)];
  plot.ctx.save();
  plot.ctx.fillStyle = `${token("--warn")}24`;
  plot.ctx.fillRect(from, top, Math.max(2, to - from), height);
  plot.ctx.restore();
}

/** Pales what belongs to buckets that are not over: they only seem to fall. */
function drawUnfinished(plot: uPlot, fromMs: number | undefined): void {
  if (fromMs === undefined) return;
  const { left, top, width, height } = plot.bbox;
  const from = Math.max(left, plot.valToPos(fromMs / 1000, "x", true));
  if (from >= left + width) return;
  plot.ctx.save();
  plot.ctx.globalAlpha = 0.66;
  plot.ctx.fillStyle = token("--surface");
  plot.ctx.fillRect(from, top, left + width - from, height);
  plot.ctx.restore();
}

/** What the legend says while nothing is pointed at: the sum of bars, the last value of a line that is over. */
function resting(values: readonly (number | null)[], whole: number, summed: boolean): number | null | undefined {
  return summed ? values.reduce<number>((sum, v) => sum + (v ?? 0), 0) : values.slice(0, whole || undefined).findLast((v) => v != null);
}

const AXIS_PX = 56;
const LETTER_PX = 6.4;

/** Room for the longest value beside the axis. */
const room = (zoom: number): uPlot.Axis.Size => (_, values) => zoom * Math.max(AXIS_PX, Math.ceil(Math.max(0, ...(values ?? []).map((text) => text.length)) * LETTER_PX) + 12);

const EDGE: uPlot.Series = { width: 0, points: { show: false } };

function options(props: ChartProps, width: number, height: number, zoom: number, select: (plot: uPlot) => void, at: (index: number | null) => void, marks: () => Marks, pale: () => number | undefined): uPlot.Options {
  const bars = props.kind === "bars";
  const drawn = bars ? [...props.series].reverse() : props.series;
  const first = props.times[0] ?? 0;
  const last = props.times.at(-1) ?? 1;
  const step = props.times.length > 1 ? (last - first) / (props.times.length - 1) : 60_000;
  const from = (props.from ?? first) / 1000;
  const to = (props.to ?? last + (bars ? step : 0)) / 1000;
  return {
    width,
    height,
    padding: [8 * zoom, END_PX * zoom, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: !!props.onBrush, y: false, setScale: false }, points: { size: 6 * zoom }, y: false, ...(props.sync && { sync: { key: props.sync } }) },
    scales: { x: { time: true, range: [from, to] }, y: { range: (_, min, max) => [Math.min(0, min ?? 0), max > 0 ? max * HEADROOM : 1] } },
    axes: [timeAxis((to - from) * 1000, zoom), axis(props.format, room(zoom), zoom, bars && props.format === count, props.unit)],
    series: [{}, ...drawn.map((s) => lineOf(s, bars, zoom)), ...(props.band ? [EDGE, EDGE] : [])],
    ...(props.band && { bands: [{ series: [drawn.length + 1, drawn.length + 2], fill: `${token("--text-3")}2b` }] }),
    hooks: { drawAxes: [(plot) => drawStretch(plot, props.stretch)], draw: [(plot) => drawUnfinished(plot, pale()), (plot) => drawMarks(plot, marks(), zoom)], setSelect: [select], setCursor: [(plot) => at(plot.cursor.idx ?? null)] },
  };
}

/** uPlot in React: dense series over time, with a legend that shows the values under the pointer. */
export default function Plot(props: ChartProps) {
  const { times, series, height = 180, kind = "line", onBrush, band } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef(onBrush);
  const [index, setIndex] = useState<number | null>(null);
  const [hidden, toggle] = useHidden(props.label);
  const frame = useRef<HTMLDivElement>(null);
  const { width, zoom } = useSize(frame);
  const theme = useTheme();
  useEffect(() => {
    latest.current = onBrush;
  });
  const data = useMemo(() => {
    const values = kind === "bars" ? stack(series, hidden).reverse() : series.map((s) => s.values.map((v) => (hidden.has(s.label) ? null : v)));
    return [times.map((t) => t / 1000), ...values, ...(band ? [band.high, band.low] : [])] as uPlot.AlignedData;
  }, [times, series, hidden, kind, band]);
  const whole = useMemo(() => (props.moments ? times.length : unfinished(times)), [props.moments, times]);
  const pale = whole < times.length ? times[kind === "bars" ? whole : Math.max(0, whole - 1)] : undefined;
  const shape = `${theme} ${kind} ${height} ${series.map((s) => s.label + s.token).join()} ${props.unit} ${props.from} ${props.to} ${times[0]} ${times.at(-1)} ${!!band} ${props.stretch?.from} ${props.stretch?.to}`;
  const current = useRef({ props, data, pale });
  useEffect(() => {
    current.current = { props, data, pale };
    plot.current?.setData(data, true);
  }, [props, data, pale]);
  useEffect(() => {
    if (!box.current || width === 0) return undefined;
    const select = (u: uPlot) => {
      if (u.select.width < 3) return;
      latest.current?.(u.posToVal(u.select.left, "x") * 1000, u.posToVal(u.select.left + u.select.width, "x") * 1000);
      u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    };
    const marks = () => current.current.props.marks ?? [];
    const made = new uPlot(options(current.current.props, width * zoom, height * zoom, zoom, select, setIndex, marks, () => current.current.pale), current.current.data, box.current);
    plot.current = made;
    made.over.addEventListener("click", () => {
      const found = markAt(made, marks(), made.cursor.left ?? -1, zoom);
      if (found >= 0) current.current.props.onMark?.(found);
    });
    return () => {
      made.destroy();
      plot.current = undefined;
    };
  }, [shape, width, height, zoom]);
  const format = props.format ?? String;
  const summed = kind === "bars" && !props.moments;
  const time = index != null ? times[index] : undefined;
  const beside = props.beside ?? (band ? [{ label: "usual from", values: band.low }, { label: "usual to", values: band.high }] : []);
  return (
    <figure className={css.chart} aria-label={props.label}>
      <div ref={frame} className={css.canvas} style={{ height }}>
        {/* Dots of the screen, whatever the zoom: what is drawn stays sharp, and pointers hit what they point at. */}
        <div ref={box} style={zoom === 1 ? undefined : { zoom: 1 / zoom }} />
      </div>
      {!props.bare && series.every((one) => one.values.every((v) => v == null)) && <span className={css.nothing}>No values in this time range</span>}
      {!props.bare && (
        <figcaption className={css.foot}>
          <div className={css.legend}>
            {!props.listed && series.map((one) => {
              const value = index == null ? resting(one.values, whole, summed) : one.values[index];
              return (
                <button key={one.label} type="button" className={css.key} aria-pressed={!hidden.has(one.label)} onClick={() => toggle(one.label)}>
                  <Swatch token={one.token} />
                  <span className="foreign">{one.label}</span>
                  <span className={css.value} title={index != null || props.moments ? undefined : summed ? "In the whole time range" : "The last stretch that is over"}>{value == null ? "—" : format(value)}</span>
                </button>
              );
            })}
            {band && <span className={css.usual}>shaded: {band.means ?? "usual"}</span>}
            {time !== undefined && <span className={css.at}>{stamp(time)}{index != null && index >= whole && ", not over yet"}</span>}
          </div>
          <span className={css.save}>
            <SaveChart up label={props.label} canvas={() => box.current?.querySelector("canvas")} records={() => chartRecords(times, [...series, ...beside], props.unit ?? unitOf(props.format))} legend={series.filter((one) => !hidden.has(one.label))} />
          </span>
        </figcaption>
      )}
    </figure>
  );
}

