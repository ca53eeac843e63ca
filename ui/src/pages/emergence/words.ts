/** What Emergence says of its figures. Pure. */
import type { Schema } from "@/api/client";
import { count, percent, plural } from "@/lib/format";
import { clock } from "@/lib/time";

/** Windows that are looked at for what changes slowly, the last one among them. */
const WINDOWS = 3;

/** Which time rhythm and warnings are about: `window_s` seconds up to now, or up to `end`, and as long before it as slow changes need. */
export function lately(window_s: number, end?: number): string {
  const minutes = window_s / 60;
  const whole = end === undefined ? `The last ${minutes === 1 ? "minute" : plural(minutes, "minute")}` : `${plural(minutes, "minute")} up to ${clock(end)}`;
  return `${whole}, and the ${minutes * (WINDOWS - 1)} before. This window is as long as is chosen here; the page’s time range says only when it ends.`;
}

/** Modularity from which communities are told apart, and from which they hardly touch (Newman and Girvan 2004: most networks with communities lie between). */
const CLEAR = 0.3;
const STRONG = 0.7;
/** What luck gives more often is no community, and what is so little above what luck gives hardly one. */
const BY_LUCK = 0.05 + 1e-9;
const LITTLE = 0.1;

/** A word for how clearly agents keep to their groups. `luck`: what networks wired by luck reach, and how often they reach as much; nothing where that is not known. */
export function split(modularity: number, luck?: { modularity_chance: number | null; modularity_p: number | null }): string {
  if (luck?.modularity_p != null && luck.modularity_p > BY_LUCK) return "no more than luck";
  if (luck?.modularity_chance != null && modularity - luck.modularity_chance < LITTLE) return "little more than luck";
  return modularity < CLEAR ? "weak" : modularity < STRONG ? "clear" : "very clear";
}

type Link = Pick<Schema<"NetworkEdge">, "source" | "target" | "calls">;
/** Of the calls that touch a community, how many stay inside, and how many edges lead out of it or into it. */
export type Kept = { calls: number; inside: number; out: number };

/** What each community keeps to itself, by its number: of the very edges that are drawn, in the very colours. */
export function keptInside(links: readonly Link[], of: (agent: string) => number): Map<number, Kept> {
  const found = new Map<number, Kept>();
  for (const { source, target, calls } of links) {
    const [a, b] = [of(source), of(target)];
    for (const one of new Set([a, b])) {
      const kept = found.get(one) ?? { calls: 0, inside: 0, out: 0 };
      found.set(one, { calls: kept.calls + calls, inside: kept.inside + (a === b ? calls : 0), out: kept.out + (a === b ? 0 : 1) });
    }
  }
  return found;
}

/** The same in words; empty where none of its edges is drawn. */
export function stays(kept: Kept | undefined): string {
  if (!kept || kept.calls === 0) return "";
  if (kept.out === 0) return "all of its calls stay inside";
  return `${percent(kept.inside / kept.calls)} of its calls stay inside, ${kept.out === 1 ? "1 edge leads" : `${count(kept.out)} edges lead`} across`;
}

const RARE = 0.2;
const ALWAYS = 0.95;

/** A chance as people say it: 0.0003 → 1 in 3,333; 0.23 → 2 in 10. */
export function odds(p: number): string {
  if (p >= ALWAYS) return "nearly always";
  if (p >= RARE) return `${Math.round(p * 10)} in 10`;
  return `1 in ${Math.round(1 / Math.max(p, 1e-9)).toLocaleString("en-US")}`;
}

/** How often luck gives as much, as it stands in a sentence. */
export function often(p: number): string {
  const told = odds(p);
  return told === "nearly always" ? told : `in ${told.replace(" in ", " of ")} cases`;
}

/** One sentence for each figure that a pattern names. */
const FIGURES: Record<string, string> = {
  bimodality: "From how far values fall into two heaps: above 0.55 they form two camps (bimodality coefficient).",
  communities: "So many groups are part of the change.",
  gap: "How far the two camps lie apart, in the unit of what is compared.",
  hazard_ratio: "So many times as likely is an agent to take it up after a contact with one that has (transfer from agent to agent).",
  largest_cascade: "Agents in the longest chain of one taking it up from another.",
  members: "Agents that are part of it.",
  memory_trend: "From −1 to 1: whether each value hangs ever more on the one before it (Kendall’s τ of lag-1 autocorrelation).",
  order_parameter: "0: each begins when it likes; 1: all begin at the same moment (Kuramoto’s R).",
  reproduction: "So many others take it up from each agent that has; above 1 it spreads by itself.",
  variance_ratio: "1: agents act independently; above 1 they act together so much more (variance of the sum over the sum of the variances).",
  variance_trend: "From −1 to 1: whether values swing ever more widely (Kendall’s τ of the variance).",
};

/** What a figure of a pattern says; undefined for one of somebody else’s pattern. */
export const figure = (name: string): string | undefined => (Object.hasOwn(FIGURES, name) ? FIGURES[name] : undefined);

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
