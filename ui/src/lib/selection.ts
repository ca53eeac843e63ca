/** A rectangle of the heat map as a filter, and back: what is selected stands in the address as text. */
import type { Selection } from "./heat";
import { terms } from "./filter";
import { clock, DAY, stamp } from "./time";
import { duration } from "./format";

const MOMENT = /^start_time(>=|<)(.+)$/;
const LENGTH = /^duration(>|<=)(\d+)ns$/;

/** Four terms that hold for exactly the spans in the rectangle. */
export function selectionFilter(area: Selection): string {
  return [
    `start_time>=${new Date(area.fromMs).toISOString()}`,
    `start_time<${new Date(area.toMs).toISOString()}`,
    ...(area.minNs > 0 ? [`duration>${area.minNs}ns`] : []),
    `duration<=${area.maxNs}ns`,
  ].join(" ");
}

/** The rectangle that a filter means; undefined where it is any other filter. */
export function selectionArea(filter: string): Selection | undefined {
  const area: Selection = { fromMs: NaN, toMs: NaN, minNs: 0, maxNs: NaN };
  for (const term of terms(filter)) {
    const moment = MOMENT.exec(term);
    const length = LENGTH.exec(term);
    if (moment) area[moment[1] === "<" ? "toMs" : "fromMs"] = Date.parse(moment[2] ?? "");
    else if (length) area[length[1] === "<=" ? "maxNs" : "minNs"] = Number(length[2]);
    else return undefined;
  }
  return Object.values(area).every(Number.isFinite) ? area : undefined;
}

/** What is selected, in words. */
export function selectionLabel(filter: string): string {
  const slower = /^duration>(\d+)ns$/.exec(filter);
  if (slower) return `spans slower than ${duration(Number(slower[1]))}`;
  const area = selectionArea(filter);
  if (!area) return filter;
  const to = area.toMs - area.fromMs < DAY ? clock(area.toMs) : stamp(area.toMs);
  const length = area.minNs > 0 ? `${duration(area.minNs)} to ${duration(area.maxNs)}` : `up to ${duration(area.maxNs)}`;
  return `${stamp(area.fromMs)} – ${to}, ${length}`;
}

/** Both filters at once. A part with OR in it is bracketed. */
export function both(a: string, b: string): string {
  const part = (text: string) => (terms(text).some((t) => t.toUpperCase() === "OR") ? `(${text})` : text);
  return [a, b].filter(Boolean).map((text, _, all) => (all.length > 1 ? part(text) : text)).join(" ");
}
