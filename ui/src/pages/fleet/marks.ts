/** What the map marks about cells, besides their state. Pure. */
import type { LiveFleet } from "@/api/fleet";
import { isTrouble } from "@/lib/states";

export const FAINT = 1;
export const RINGED = 2;
export const ERRING = 3;

const CHANGED_MS = 120_000;

const isUrgent = (state: string) => state !== "abandoned" && isTrouble(state);

/** By line: `FAINT`, as it is not meant; `RINGED`, as it came into trouble just now; `ERRING`, as spans of it failed in the last minute and its state does not say so; else 0. */
export function marksOf(fleet: Pick<LiveFleet, "columns" | "changes" | "figures">, bright: ReadonlySet<number> | undefined): Uint8Array {
  const { state, states, errors } = fleet.columns;
  const marks = new Uint8Array(state.length);
  const trouble = states.map(isTrouble);
  for (let line = 0; line < marks.length; line += 1) if ((errors[line] ?? 0) > 0 && !trouble[state[line] ?? -1]) marks[line] = ERRING;
  const since = Date.parse(fleet.figures.time) - CHANGED_MS;
  for (const change of fleet.changes) if (change.time_ms >= since && isUrgent(change.after) && states[state[change.line] ?? -1] === change.after) marks[change.line] = RINGED;
  if (bright) for (let line = 0; line < marks.length; line += 1) if (!bright.has(line)) marks[line] = FAINT;
  return marks;
}
