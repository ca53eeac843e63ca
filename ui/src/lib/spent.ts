/** What was spent, per hour. Pure. */

const HOUR_MS = 3_600_000;

/** Hours from the first that was spent to `to`, so that a range that begins before the data thins nothing out; from `from` where nothing was. */
export function spentHours(first: number | null, from: number, to: number): number {
  return Math.max(1 / 3600, (to - Math.max(from, first ?? from)) / HOUR_MS);
}
