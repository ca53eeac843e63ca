/** What was spent, by the hour and month, and from how much that is told. Pure. */
import { duration } from "./format";

const HOUR_MS = 3_600_000;

/** Hours from the first that was spent to `to`, so that a range that begins before the data thins nothing out; from `from` where nothing was. */
export function spentHours(first: number | null, from: number, to: number): number {
  return Math.max(1 / 3600, (to - Math.max(from, first ?? from)) / HOUR_MS);
}

const MONTH_HOURS = 730;
const DAY_HOURS = 24;
const WEEK_HOURS = 7 * DAY_HOURS;

/** A stretch of hours in words: `15 min`. */
export function lasting(hours: number): string {
  return duration(Math.round(hours * 60) * 60e9 || hours * HOUR_MS * 1e6);
}

/** What a month would cost at the pace of some hours, with what such an estimate does not know; none from less than an hour. */
export function monthly(usd: number, hours: number): { usd: number | null; about: string } {
  if (hours < 1) return { usd: null, about: `An hour must have been seen to tell; it is ${lasting(hours)}` };
  const unseen = hours < DAY_HOURS ? "no whole day was seen: nights may cost less" : hours < WEEK_HOURS ? "no whole week was seen: weekends may cost less" : "";
  return { usd: (usd / hours) * MONTH_HOURS, about: [`At the pace of ${lasting(hours)}`, unseen].filter(Boolean).join("; ") };
}
