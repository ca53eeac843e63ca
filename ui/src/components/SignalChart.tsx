import { useMemo } from "react";
import type { Schema } from "@/api/client";
import { drawn, filling, outside } from "@/lib/findings";
import { percent } from "@/lib/format";
import { signalFormat, signalName, signalUnit } from "@/lib/signals";
import { MINUTE } from "@/lib/time";
import { useNow } from "@/lib/use";
import { Chart } from "./Chart";

const ROOM = 2.5;
/** A value is the present one for so long, and for two steps of its chart. */
const PRESENT_MS = 2 * MINUTE;
const LOOK_MS = 30_000;

type Band = Pick<Schema<"SignalBand">, "signal" | "unit" | "values" | "lower" | "expected" | "upper">;

type Props = {
  band: Band;
  times: readonly number[];
  token?: string;
  height?: number;
  sync?: string;
  /** Findings about this signal, as diamonds; a press tells which. */
  findings?: readonly Schema<"Finding">[];
  onFinding?: (finding: Schema<"Finding">) => void;
  stretch?: { from: number; to: number };
  onBrush?: (from: number, to: number) => void;
  /** What is to come of it: drawn behind the last value, in the interval that should hold it. */
  forecast?: Pick<Schema<"SignalForecast">, "times_ms" | "value" | "lower" | "upper" | "level">;
};

/** A signal as detectors take it, in the band of what is normal; what lies outside of it is marked. */
export function SignalChart({ band, times, token = "--cat-1", height = 120, sync, findings = [], onFinding, stretch, onBrush, forecast }: Props) {
  const last = times.at(-1) ?? 0;
  const past = useNow(LOOK_MS) - last > Math.max(PRESENT_MS, 2 * (last - (times.at(-2) ?? last)));
  const { ahead, axis } = useMemo(() => {
    const to = forecast?.times_ms.map((time, i) => ({ time, value: forecast.value[i] ?? null, low: forecast.lower[i] ?? null, high: forecast.upper[i] ?? null })).filter(({ time }) => time > last) ?? [];
    return { ahead: to, axis: to.length ? [...times, ...to.map(({ time }) => time)] : times };
  }, [forecast, times, last]);
  const series = useMemo(() => {
    const strange = outside(band);
    return [
      { label: past ? "last" : "now", values: band.values, token },
      ...(ahead.length ? [{ label: `in ${Math.round(((ahead.at(-1)?.time ?? 0) - last) / MINUTE)} min`, values: [...times.map(() => null), ...ahead.map(({ value }) => value)], token, dash: true }] : []),
      ...(band.expected.some((v) => v != null) ? [{ label: "expected", values: band.expected, token: "--text-3", dash: true }] : []),
      ...(strange.some((v) => v != null) ? [{ label: "unusual", values: strange, token: "--bad", dots: true }] : []),
    ];
  }, [band, token, ahead, times, past, last]);
  const shaded = useMemo(() => {
    if (!ahead.length && filling(band) !== undefined) return undefined;
    const known = drawn(band);
    const limit = Math.max(0, ...band.values.map((v) => v ?? 0), ...ahead.map(({ value }) => value ?? 0)) * ROOM || Infinity;
    const cut = (v: number | null) => (v == null ? null : Math.min(v, limit));
    return [...band.upper, ...ahead].some((v) => v != null) ? { low: [...known.low, ...ahead.map(({ low }) => cut(low))], high: [...known.high, ...ahead.map(({ high }) => cut(high))], means: ahead.length ? `usual, then where ${percent(forecast?.level ?? 0)} should lie` : undefined } : undefined;
  }, [band, ahead, forecast?.level]);
  const beside = useMemo(
    () => [
      { label: "normal from", values: [...band.lower, ...ahead.map(({ low }) => low)] },
      { label: "normal to", values: [...band.upper, ...ahead.map(({ high }) => high)] },
    ],
    [band, ahead],
  );
  const marks = useMemo(() => findings.map((f) => ({ time: Date.parse(f.end), value: f.observed ?? 0 })), [findings]);
  return (
    <Chart
      label={signalName(band.signal)}
      height={height}
      sync={sync}
      times={axis}
      moments
      format={signalFormat(band.unit, band.signal)}
      series={series}
      unit={signalUnit(band.unit, band.signal)}
      band={shaded}
      beside={beside}
      marks={marks}
      onMark={(i) => findings[i] && onFinding?.(findings[i])}
      stretch={stretch}
      onBrush={onBrush}
    />
  );
}
