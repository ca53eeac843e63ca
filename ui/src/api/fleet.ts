import { useSyncExternalStore } from "react";
import type { Schema } from "./client";
import { useChannel } from "./live";

type Columns = Schema<"FleetColumns">;

/** One agent as a line of columns; `at` finds its line. */
export type LiveFleet = { columns: Columns; at: Map<string, number>; beats: Map<string, Float32Array>; version: number };

/** Points of an agent's sparkline, one per `BEAT_MS`. */
export const BEATS = 40;
const BEAT_MS = 3000;

type Delta = Partial<Columns> & { agent?: string[]; gone?: string[] };
const LISTS = ["name", "kind", "model", "service", "state", "since_ms", "last_seen_ms", "spans", "errors", "latency_p95_ms", "tokens", "cost_usd", "pending", "health"] as const;

/** Puts the changed lines of a delta into the columns, and takes the gone ones out. Exported for tests. */
export function merge(columns: Columns, at: Map<string, number>, delta: Delta): void {
  delta.agent?.forEach((agent, i) => {
    let line = at.get(agent);
    if (line === undefined) {
      line = columns.agent.length;
      columns.agent.push(agent);
      at.set(agent, line);
    }
    for (const name of LISTS) {
      const list = delta[name];
      if (list) (columns[name] as unknown[])[line] = list[i];
    }
  });
  for (const agent of delta.gone ?? []) {
    const line = at.get(agent);
    if (line === undefined) continue;
    const last = columns.agent.length - 1;
    const moved = columns.agent[last];
    for (const name of ["agent", ...LISTS] as const) {
      const list = columns[name] as unknown[];
      list[line] = list[last];
      list.pop();
    }
    if (moved !== undefined) at.set(moved, line);
    at.delete(agent);
  }
  if (delta.fleet) columns.fleet = delta.fleet;
  if (delta.version !== undefined) columns.version = delta.version;
}

let fleet: LiveFleet | undefined;
let beatAt = 0;
const listeners = new Set<() => void>();

function beat(now: number): void {
  if (!fleet || now - beatAt < BEAT_MS) return;
  beatAt = now;
  const { columns, beats } = fleet;
  columns.agent.forEach((agent, i) => {
    let line = beats.get(agent);
    if (!line) {
      line = new Float32Array(BEATS).fill(NaN);
      beats.set(agent, line);
    }
    line.copyWithin(0, 1);
    line[BEATS - 1] = columns.spans[i] ?? 0;
  });
}

function hear(type: "snapshot" | "delta", data: unknown): void {
  if (type === "snapshot") {
    const columns = data as Columns;
    fleet = { columns, at: new Map(columns.agent.map((agent, i) => [agent, i])), beats: fleet?.beats ?? new Map(), version: columns.version };
  } else if (fleet) {
    const { columns, at, beats } = fleet;
    merge(columns, at, data as Delta);
    fleet = { columns, at, beats, version: columns.version };
  }
  beat(Date.now());
  listeners.forEach((tell) => tell());
}

/** The whole fleet, live. Undefined until the first snapshot; `error` says why there is none. */
export function useFleet(on = true): { fleet: LiveFleet | undefined; error: string } {
  const error = useChannel("fleet", {}, on, hear);
  const current = useSyncExternalStore(
    (change) => {
      listeners.add(change);
      return () => listeners.delete(change);
    },
    () => fleet,
  );
  return { fleet: current, error };
}
