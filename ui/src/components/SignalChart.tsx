import { useMemo } from "react";
import type { Schema } from "@/api/client";
import { drawn, outside } from "@/lib/findings";
import { signalFormat, signalName } from "@/lib/signals";
import { Chart } from "./Chart";

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
};

/** A signal as detectors take it, in the band of what is normal; what lies outside of it is marked. */
export function SignalChart({ band, times, token = "--cat-1", height = 120, sync, findings = [], onFinding, stretch, onBrush }: Props) {
  const series = useMemo(() => {
    const strange = outside(band);
    return [
      { label: "now", values: band.values, token },
      ...(band.expected.some((v) => v != null) ? [{ label: "expected", values: band.expected, token: "--text-3", dash: true }] : []),
      ...(strange.some((v) => v != null) ? [{ label: "unusual", values: strange, token: "--bad", dots: true }] : []),
    ];
  }, [band, token]);
  const shaded = useMemo(() => (band.upper.some((v) => v != null) ? drawn(band) : undefined), [band]);
  const marks = useMemo(() => findings.map((f) => ({ time: Date.parse(f.end), value: f.observed ?? 0 })), [findings]);
  return (
    <Chart
      label={signalName(band.signal)}
      height={height}
      sync={sync}
      times={times}
      format={signalFormat(band.unit, band.signal)}
      series={series}
      band={shaded}
      marks={marks}
      onMark={(i) => findings[i] && onFinding?.(findings[i])}
      stretch={stretch}
      onBrush={onBrush}
    />
  );
}
