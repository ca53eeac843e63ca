import { cx } from "@/lib/cx";
import css from "./Chart.module.css";
import { soon } from "./soon";

export type Series = { label: string; values: readonly (number | null)[]; token: string; fill?: boolean; dash?: boolean; /** Points that are not joined. */ dots?: boolean };

export type ChartProps = {
  label: string;
  /** Unix milliseconds, ascending; one per value. */
  times: readonly number[];
  series: Series[];
  /** `bars` are stacked. */
  kind?: "line" | "bars";
  height?: number;
  format?: (value: number) => string;
  /** Of the values, for a download; told by `format` where that is one of the usual ones. */
  unit?: string;
  from?: number;
  to?: number;
  /** Gets the two ends in milliseconds when the reader drags over a stretch. */
  onBrush?: (from: number, to: number) => void;
  /** Charts with the same key share one crosshair. */
  sync?: string;
  bare?: boolean;
  /** The series are listed beside the chart: no legend repeats them. */
  listed?: boolean;
  /** Values are of single moments, as of PromQL; else each is of the bucket that begins at its time, the last of which is rarely over. */
  moments?: boolean;
  /** Single moments beside the series, such as exemplars; what lies above the chart points up from its edge. */
  marks?: readonly { time: number; value: number }[];
  onMark?: (index: number) => void;
  /** A shaded range behind lines, and what it is: "usual" where nothing is said. */
  band?: { low: readonly (number | null)[]; high: readonly (number | null)[]; means?: string };
  /** What a download holds besides the series; the edges of `band` where it is not given. */
  beside?: readonly Pick<Series, "label" | "values">[];
  /** A stretch of time that the chart is about. */
  stretch?: { from: number; to: number };
};

/** A chart reaches so many times as high as its largest value. */
export const HEADROOM = 1.08;

const [Plot, fetchPlot] = soon<ChartProps>(() => import("./Plot"));
// The page that draws charts asks for them while its data is still under way. What fails here fails again, and is told, when drawn.
fetchPlot().catch(() => undefined);

/** Series over time. The drawing library is loaded with the first chart. */
export function Chart(props: ChartProps) {
  const height = props.height ?? 180;
  return <Plot props={props} fallback={<div className={cx(css.chart, css.waits)} style={{ height: height + (props.bare ? 0 : 28) }} />} />;
}
