/** What was spent, per hour. Pure. */

const HOUR_MS = 3_600_000;

/** Hours from the first bucket in which anything was spent to `to`, so that a range that begins before the data thins nothing out; `from` where nothing was. */
export function spentHours(times: readonly number[], series: readonly (readonly (number | null)[])[], from: number, to: number): number {
  const first = times.findIndex((_, i) => series.some((values) => (values[i] ?? 0) > 0));
  return Math.max(1 / 3600, (to - Math.max(from, times[first] ?? from)) / HOUR_MS);
}
