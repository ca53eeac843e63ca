/** Points and ranges in time. The server speaks RFC 3339 in UTC; people see their own zone unless they choose UTC. */

import { once } from "./once";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** What the URL says: the last so-many milliseconds, or two fixed points. */
export type Range = { last: number } | { from: number; to: number };

export const PRESETS: { text: string; label: string; ms: number }[] = [
  { text: "5m", label: "Last 5 minutes", ms: 5 * MINUTE },
  { text: "15m", label: "Last 15 minutes", ms: 15 * MINUTE },
  { text: "1h", label: "Last hour", ms: HOUR },
  { text: "6h", label: "Last 6 hours", ms: 6 * HOUR },
  { text: "24h", label: "Last 24 hours", ms: DAY },
  { text: "3d", label: "Last 3 days", ms: 3 * DAY },
];

const units: Record<string, number> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY };

/** `15m` or `2026-01-02T03:04:05Z~2026-01-02T04:00:00Z`; undefined where it is neither. */
export function parseRange(text: string | undefined): Range | undefined {
  if (!text) return undefined;
  const relative = /^(\d{1,5})([smhd])$/.exec(text);
  if (relative) {
    const ms = Number(relative[1]) * (units[relative[2] ?? ""] ?? 0);
    return ms > 0 ? { last: ms } : undefined;
  }
  const [from, to] = text.split("~").map((part) => Date.parse(part));
  return from !== undefined && to !== undefined && from < to ? { from, to } : undefined;
}

export function rangeText(range: Range): string {
  if ("from" in range) return `${new Date(range.from).toISOString()}~${new Date(range.to).toISOString()}`;
  for (const unit of ["d", "h", "m"]) {
    const size = units[unit] ?? 1;
    if (range.last % size === 0 && (range.last / size < 100 || unit === "d")) return `${range.last / size}${unit}`;
  }
  return `${Math.round(range.last / SECOND)}s`;
}

/** The two ends in milliseconds. */
export function bounds(range: Range, now: number): { from: number; to: number } {
  return "from" in range ? range : { from: now - range.last, to: now };
}

export function rangeLabel(range: Range): string {
  if ("last" in range) {
    const preset = PRESETS.find((p) => p.ms === range.last);
    return preset ? preset.label : `Last ${rangeText(range)}`;
  }
  const sameDay = dayOf(range.from) === dayOf(range.to);
  return `${stamp(range.from)} – ${sameDay ? clock(range.to) : stamp(range.to)}`;
}

// A locale's tables take tens of milliseconds, which the start of a page needs for itself.
const dateParts = once(() => new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit" }));
const timeParts = once(() => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" }));
const dayParts = once(() => new Intl.DateTimeFormat("en", { month: "short", day: "numeric" }));

function dayOf(ms: number): string {
  return dateParts().format(ms);
}

/** `14:03:22` in the reader's zone. */
export function clock(ms: number): string {
  return timeParts().format(ms);
}

/** `14:03:22.418`. */
export function clockMs(ms: number): string {
  return `${timeParts().format(ms)}.${String(Math.floor(((ms % SECOND) + SECOND) % SECOND)).padStart(3, "0")}`;
}

/** `Nov 21, 14:03:22`. */
export function stamp(ms: number): string {
  return `${dayParts().format(ms)}, ${clock(ms)}`;
}

/** Clocks differ by so much, and `now` may be of a few seconds ago: what happened a moment ago is not to come. */
const AHEAD_MS = 6 * SECOND;

/** `just now`, `12 s ago`, `3 min ago`, `5 h ago`, then the date. */
export function ago(ms: number, now: number): string {
  const gone = now - ms;
  if (gone < -AHEAD_MS) return `in ${plainSpan(-gone)}`;
  if (gone < 2 * SECOND) return "just now";
  if (gone < 7 * DAY) return `${plainSpan(gone)} ago`;
  return stamp(ms);
}

/** How long something has gone on: `12 s`, `3 min`. */
export function lasting(ms: number, now: number): string {
  return plainSpan(Math.max(SECOND, now - ms));
}

function plainSpan(ms: number): string {
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.round(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.round(ms / HOUR)} h`;
  return `${Math.round(ms / DAY)} d`;
}

/** RFC 3339 with up to nine digits → milliseconds with fraction; NaN where it cannot be read. */
export function parseTime(text: string): number {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/.exec(text.replace(" ", "T"));
  if (!match) return Date.parse(text);
  const whole = Date.parse(`${match[1]}${match[3] ?? "Z"}`);
  return whole + (match[2] ? Number(match[2]) * SECOND : 0);
}

/** RFC 3339 with nine digits, so many nanoseconds after another. */
export function later(start: string, ns: number): string {
  const [seconds = "", rest = ""] = start.replace("Z", "").split(".");
  const total = BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(rest.padEnd(9, "0").slice(0, 9)) + BigInt(Math.round(ns));
  const whole = new Date(Number(total / 1_000_000n)).toISOString().slice(0, 19);
  return `${whole}.${String(total % 1_000_000_000n).padStart(9, "0")}Z`;
}

const LAG_MS = 3000; // what happened is stored and counted so much later

/** Of buckets that begin at `times`, the first that is not over yet at `now`; as many as there are where all are over. */
export function unfinished(times: readonly number[], now = Date.now()): number {
  const n = times.length;
  const step = n > 1 ? ((times[n - 1] ?? 0) - (times[0] ?? 0)) / (n - 1) : 0;
  let first = n;
  while (step > 0 && first > 0 && (times[first - 1] ?? 0) + step > now - LAG_MS) first -= 1;
  return first;
}
