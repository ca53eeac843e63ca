/** Findings as people read them: chances, ratios, thresholds, what lies outside of what is normal. Pure. */
import { percent, reading } from "./format";

const SMALLEST = 1e-15; // a probability as a float cannot tell more

/** How rarely chance gives as much: confidence 0.9997 → `1 in 3,333`. */
export function chance(confidence: number | null | undefined): string {
  if (confidence == null) return "not known";
  const tail = 1 - confidence;
  if (tail >= 0.2) return percent(tail);
  if (tail <= SMALLEST) return "below 1 in 10¹⁵";
  const one = 1 / tail;
  return one < 1e6 ? `1 in ${Math.round(one).toLocaleString("en-US")}` : `1 in 10${superscript(Math.round(Math.log10(one)))}`;
}

function superscript(n: number): string {
  return [...String(n)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)] ?? digit).join("");
}

/** How many times what was expected: `4.7 times as much`; empty where that says nothing. */
export function ratio(observed: number | null, expected: number | null): string {
  if (observed == null || expected == null || expected <= 0 || observed < 0) return "";
  const times = observed / expected;
  if (times === 0) return "none at all";
  if (times >= 1.05) return `${reading(times)} times as much`;
  return times <= 0.95 ? `${percent(times)} of it` : "";
}

/** What people's words do to a threshold, in words. */
export function moved(threshold: { moves: boolean; decades: number; said_true: number; said_false: number } | null | undefined): string {
  if (!threshold) return "";
  const { decades, said_true, said_false } = threshold;
  if (said_true + said_false === 0) return "Nobody has said yet whether this was true.";
  if (!threshold.moves) return "This detector judges by fixed rules: what people say is kept and counts for its precision, but moves nothing.";
  if (decades === 0) return "What was said cancels out: the threshold is where it began.";
  const factor = reading(10 ** Math.abs(decades));
  return decades > 0
    ? `Of this subject, the same must now be ${factor} times rarer to be reported again.`
    : `Of this subject, the same is now reported when it is ${factor} times less rare than before.`;
}

type Band = { values: readonly (number | null)[]; lower: readonly (number | null)[]; upper: readonly (number | null)[] };

/** The values that lie outside of the band, null elsewhere. */
export function outside(band: Band): (number | null)[] {
  return band.values.map((value, i) => {
    const low = band.lower[i];
    const high = band.upper[i];
    return value != null && ((low != null && value < low) || (high != null && value > high)) ? value : null;
  });
}

/** From so many minutes of an agent's own past on is a band its own; before, it is as wide as all that peers do. */
export const LEARNED_MIN = 15;

/** How many more minutes of data it takes until what is usual is known well enough to be drawn; 0: it is. */
export function lacking(known: number): number {
  return Math.max(0, Math.ceil(LEARNED_MIN - known));
}

/** The band without what is not known well enough to be drawn. */
export function trusted<T extends Band & { expected: readonly (number | null)[]; known: number }>(band: T): T {
  if (lacking(band.known) === 0) return band;
  const nothing = band.values.map(() => null);
  return { ...band, lower: nothing, expected: nothing, upper: nothing };
}

const ROOM = 1.6;

/** The least upper end of a band that holds all that a chart of the values could show, from nothing up: shaded it would fill the chart and say nothing. Undefined: it tells. */
export function filling(band: Band & { expected: readonly (number | null)[] }): number | undefined {
  const known = band.upper.flatMap((high, i) => (high == null ? [] : [{ high, low: band.lower[i] ?? 0 }]));
  const most = Math.max(0, ...[...band.values, ...band.expected].map((v) => v ?? 0));
  return known.length > 0 && most > 0 && known.every(({ high, low }) => low <= 0 && high >= most * ROOM) ? Math.min(...known.map(({ high }) => high)) : undefined;
}

/** The band as it is drawn: where its upper end is far above all values and all that was expected, it is cut, so that they can still be read. */
export function drawn(band: Band & { expected: readonly (number | null)[] }): { low: (number | null)[]; high: (number | null)[] } {
  const most = Math.max(0, ...[...band.values, ...band.expected].map((v) => v ?? 0));
  const limit = most > 0 ? most * ROOM : Infinity;
  const high = band.upper.map((v) => (v == null ? null : Math.min(v, limit)));
  return { low: band.lower.map((v, i) => (v == null || high[i] == null ? null : Math.min(v, high[i] ?? 0))), high };
}

/** Where values and normal ends lie on one scale from 0 to 1; the ends of the scale leave some air. */
export function scale(observed: number, expected: number | null, lower: number | null, upper: number | null): { observed: number; expected: number | null; lower: number | null; upper: number | null } {
  const known = [observed, expected, lower, upper].filter((v): v is number => v != null && Number.isFinite(v));
  const least = Math.min(0, ...known);
  const span = (Math.max(...known) - least) * 1.08 || 1;
  const place = (v: number | null) => (v == null || !Number.isFinite(v) ? null : Math.max(0, Math.min(1, (v - least) / span)));
  return { observed: place(observed) ?? 0, expected: place(expected), lower: place(lower), upper: place(upper) };
}
