/** What was spent, by the hour and month, and from how much that is told. Pure. */
import { duration } from "./format";

const HOUR_MS = 3_600_000;

/** Hours from the first that was spent to `to`, so that a range that begins before the data thins nothing out; from `from` where nothing was. */
export function spentHours(first: number | null, from: number, to: number): number {
  return Math.max(1 / 3600, (to - Math.max(from, first ?? from)) / HOUR_MS);
}

const PAUSE = 0.05;

/** Whether spending began within a stretch of time, rather than paused where it begins. */
export function begins(first: number | null, from: number, to: number): boolean {
  return first !== null && first - from > PAUSE * (to - from);
}

const MONTH_HOURS = 730;
const DAY_HOURS = 24;
const WEEK_HOURS = 7 * DAY_HOURS;

/** A stretch of hours in words: `15 min`. */
export function lasting(hours: number): string {
  return duration(Math.round(hours * 60) * 60e9 || hours * HOUR_MS * 1e6);
}

/** What a month would cost at the pace of some hours, with what such an estimate does not know; none from less than an hour. `young`: nothing was spent before them. */
export function monthly(usd: number, hours: number, young = false): { usd: number | null; about: string } {
  if (hours < 1) return { usd: null, about: young ? `Told after an hour of spending; so far it is ${lasting(hours)}` : "Choose a time range of an hour or more" };
  const unseen = hours < DAY_HOURS ? "no whole day was seen: nights may cost less" : hours < WEEK_HOURS ? "no whole week was seen: weekends may cost less" : "";
  return { usd: (usd / hours) * MONTH_HOURS, about: [`At the pace of ${lasting(hours)}`, unseen].filter(Boolean).join("; ") };
}
