import { useSearch } from "@tanstack/react-router";
import { useCallback, useSyncExternalStore } from "react";
import type { Schema } from "./client";
import { useChannel } from "./live";
import { noTexts, TEXTS, type Change, type Numbers, type Past, type Texts, type Update } from "./table";

export type { Change, Past } from "./table";

/** All agents as columns; entry i of each is agent i. Numbers are NaN where there is none. Belongs to everybody: never write into it. */
export type Columns = Texts & Numbers & { states: readonly string[] };

/**
 * `version` rises with every update, `texts` with those that brought new agents or other names. `rank`: lines in the order of names.
 * `changes`: who came into trouble, out of it, or is new, newest last. `past`: figures of the fleet every 5 s, newest last.
 */
export type LiveFleet = { columns: Columns; figures: Schema<"Fleet">; changes: readonly Change[]; past: readonly Past[]; rank: Uint32Array; version: number; texts: number; activity: Activity; environment: string };

/** Points of an agent's sparkline, one per `BEAT_MS`. */
const BEATS = 40;
const BEAT_MS = 3000;

const MINUTE_MS = 60_000;

/** Spans of one agent per step of the last minutes, as stored: `/api/v1/fleet/activity`. */
export type Stored = { start_ms: number; step_ms: number; spans: readonly number[] };

/** Spans in the minute before `time`, by the steps that are over; null where they were not asked for. */
function minuteBefore({ start_ms, step_ms, spans }: Stored, time: number): number | null {
  const steps = MINUTE_MS / step_ms;
  const over = Math.floor((time - start_ms) / step_ms);
  const end = Math.min(over, spans.length);
  if (end < steps || over > spans.length + steps) return null;
  return spans.slice(end - steps, end).reduce((sum, n) => sum + n, 0);
}

/** What every agent did lately: the newest columns of spans, kept whole, so that a beat costs nothing. */
export class Activity {
  private beats: { at: number; spans: Float64Array }[] = [];

  add(spans: Float64Array, now: number): void {
    if (now - (this.beats.at(-1)?.at ?? 0) < BEAT_MS) return;
    this.beats.push({ at: now, spans });
    if (this.beats.length > BEATS) this.beats.shift();
  }

  /** Spans a minute of one agent at `BEATS` moments up to the newest, oldest first; by what is `stored` where nobody looked, null where nothing is known. */
  of(line: number, stored?: Stored): (number | null)[] {
    const newest = this.beats.at(-1)?.at ?? 0;
    let i = this.beats.length - 1;
    const out = new Array<number | null>(BEATS);
    for (let slot = BEATS - 1; slot >= 0; slot -= 1) {
      const time = newest - (BEATS - 1 - slot) * BEAT_MS;
      while (i > 0 && (this.beats[i]?.at ?? 0) > time + BEAT_MS / 2) i -= 1;
      const beat = this.beats[i];
      const near = beat && Math.abs(beat.at - time) < BEAT_MS;
      out[slot] = (near ? beat.spans[line] : undefined) ?? (stored ? minuteBefore(stored, time) : null);
    }
    return out;
  }
}

/** The fleet with an update put in. Exported for tests. */
export function updated(fleet: LiveFleet | undefined, update: Update, environment = ""): LiveFleet {
  const { texts } = update;
  let names: Texts | undefined = fleet?.columns;
  if (texts && !texts.at) names = texts.values;
  else if (texts?.at && names) {
    const copies = {} as Texts;
    for (const name of TEXTS) {
      copies[name] = names[name].slice();
      texts.at.forEach((line, i) => (copies[name][line] = texts.values[name][i] ?? ""));
    }
    names = copies;
  }
  const columns: Columns = { ...noTexts(), ...names, ...update.numbers, states: update.states };
  // Lines mean the same agents as long as those that were known begin the list.
  const same = fleet && (fleet.columns.agent === columns.agent || fleet.columns.agent.every((agent, i) => columns.agent[i] === agent));
  const activity = same ? fleet.activity : new Activity();
  activity.add(update.numbers.spans, Date.now());
  const { figures, version, changes = fleet?.changes ?? [], past = fleet?.past ?? [] } = update;
  return { columns, figures, changes, past, version, environment, activity, rank: update.rank ?? fleet?.rank ?? new Uint32Array(), texts: (fleet?.texts ?? 0) + (texts ? 1 : 0) };
}

const places = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

/** The line of each agent. A list of names outlives many updates, and is gone through once. */
export function linesBy(agent: readonly string[]): ReadonlyMap<string, number> {
  let found = places.get(agent);
  if (!found) places.set(agent, (found = new Map(agent.map((id, line) => [id, line]))));
  return found;
}

let fleet: LiveFleet | undefined;
const listeners = new Set<() => void>();

/**
 * The whole fleet, or that of the environment which is looked at, live; where not `on`, as it was when last heard, at first asked for once.
 * Undefined until the first snapshot; `error` says why there is none.
 */
export function useFleet(on: boolean): { fleet: LiveFleet | undefined; error: string } {
  const { environment = "" }: { environment?: string } = useSearch({ strict: false });
  const hear = useCallback(
    (_: "snapshot" | "delta", data: unknown) => {
      const before = fleet?.environment === environment ? fleet : undefined;
      const update = data as Update;
      if (!before && !update.texts) return;
      fleet = updated(before, update, environment);
      listeners.forEach((tell) => tell());
    },
    [environment],
  );
  const current = useSyncExternalStore(
    (change) => {
      listeners.add(change);
      return () => listeners.delete(change);
    },
    () => fleet,
  );
  const known = current?.environment === environment ? current : undefined;
  const error = useChannel("fleet", environment ? { environment } : {}, on || !known, hear);
  return { fleet: known, error };
}
