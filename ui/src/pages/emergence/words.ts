/** What Emergence says of its figures. Pure. */
import { count, plural } from "@/lib/format";
import { clock } from "@/lib/time";

/** Windows that are looked at for what changes slowly, the last one among them. */
const WINDOWS = 3;

/** Which time rhythm and warnings are about: `window_s` seconds up to now, or up to `end`, and as long before it as slow changes need. */
export function lately(window_s: number, end?: number): string {
  const minutes = window_s / 60;
  const whole = end === undefined ? `The last ${minutes === 1 ? "minute" : plural(minutes, "minute")}` : `${plural(minutes, "minute")} up to ${clock(end)}`;
  return `${whole}, and the ${minutes * (WINDOWS - 1)} before. This window is as long as is chosen here; the page’s time range says only when it ends.`;
}

const RARE = 0.2;
const ALWAYS = 0.95;

/** A chance as people say it: 0.0003 → 1 in 3,333; 0.23 → 2 in 10. */
export function odds(p: number): string {
  if (p >= ALWAYS) return "nearly always";
  if (p >= RARE) return `${Math.round(p * 10)} in 10`;
  return `1 in ${Math.round(1 / Math.max(p, 1e-9)).toLocaleString("en-US")}`;
}

/** Two digits, and nothing below zero that is none. */
export function hundredths(value: number): string {
  return (Math.round(value * 100) / 100 || 0).toFixed(2);
}

/** Whether agents work to one beat: the order stands above what luck gives at most of the moments at which both are known. */
export function beat(order: readonly (number | null)[], chance: readonly (number | null)[]): string {
  const known = order.flatMap((value, i) => {
    const luck = chance[i];
    return value == null || luck == null ? [] : [value > luck];
  });
  if (known.length === 0) return "Not known yet: too little work was begun.";
  const above = known.filter(Boolean).length;
  if (above * 2 > known.length) return `Yes: more in step than luck gives at ${count(above)} of ${plural(known.length, "moment")}.`;
  return above === 0 ? "No: each begins when it likes." : `No: each begins when it likes, but for ${count(above)} of ${plural(known.length, "moment")}.`;
}

/** The smallest trend that is told. */
export const STEADY = 0.2;
export type Signs = { p: number; variance_trend: number; memory_trend: number };

/** How near a gauge is to a warning: rare, and both indicators on the rise. */
export function level({ p, variance_trend, memory_trend }: Signs): "warn" | "watch" | "calm" {
  if (p <= 0.01 && variance_trend > 0 && memory_trend > 0) return "warn";
  return p <= 0.05 ? "watch" : "calm";
}

/** The same in words: what rises, however rarely luck gives as much, is not called steady. */
export function mood(signs: Signs): string {
  const at = level(signs);
  if (at !== "calm") return at === "warn" ? "slows down" : "unsettled";
  return Math.max(signs.variance_trend, signs.memory_trend) > STEADY ? "within luck" : "steady";
}
