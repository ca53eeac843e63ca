import type { Schema } from "@/api/client";
import type { Columns } from "@/api/fleet";
import { parseTime } from "@/lib/time";
import { stateRank, STATES } from "@/lib/states";
import type { Sort } from "./DataTable";

export const DEFAULT_SORT: Sort = { id: "state", desc: false };

/** `-cost_usd` ↔ { id, desc }. */
export function parseSort(text: string | undefined, fallback: Sort): Sort {
  if (!text) return fallback;
  return text.startsWith("-") ? { id: text.slice(1), desc: true } : { id: text, desc: false };
}

export function sortText(sort: Sort): string {
  return sort.desc ? `-${sort.id}` : sort.id;
}

function keysOf(columns: Columns, id: string, groupOf: ((line: number) => string) | undefined): ArrayLike<number | string> {
  switch (id) {
    case "group":
      return columns.agent.map((agent, i) => groupOf?.(i) ?? agent);
    case "name":
      return columns.name.map((name, i) => name || (columns.agent[i] ?? ""));
    case "state":
      return columns.state.map((s) => stateRank(columns.states[s] ?? ""));
    case "kind":
    case "model":
    case "service":
    case "team":
    case "node":
    case "spans":
    case "errors":
    case "latency_p95_ms":
    case "tokens":
    case "cost_usd":
    case "pending":
    case "health":
    case "since_ms":
    case "last_seen_ms":
      return columns[id];
    default:
      return columns.agent;
  }
}

/** Lines in order of one column, `group` by `groupOf`; equal ones by id, so that lists stand still. */
export function ordered(columns: Columns, sort: Sort, groupOf?: (line: number) => string): number[] {
  const keys = keysOf(columns, sort.id, groupOf);
  const sign = sort.desc ? -1 : 1;
  const lines = Array.from({ length: columns.agent.length }, (_, i) => i);
  return lines.sort((a, b) => {
    const x = keys[a] ?? NaN;
    const y = keys[b] ?? NaN;
    const [none, noneToo] = [Number.isNaN(x), Number.isNaN(y)];
    if (x === y || (none && noneToo)) return (columns.agent[a] ?? "") < (columns.agent[b] ?? "") ? -1 : 1;
    if (none || noneToo) return none ? 1 : -1;
    return (x < y ? -1 : 1) * sign;
  });
}

/** Rows of the REST list as columns, so that both lists are drawn by the same code. */
export function columnsOf(rows: Schema<"AgentRow">[]): Columns {
  const numbers = (value: (row: Schema<"AgentRow">) => number | null) => Float64Array.from(rows, (r) => value(r) ?? NaN);
  return {
    states: STATES,
    agent: rows.map((r) => r.agent),
    name: rows.map((r) => r.name),
    kind: rows.map((r) => r.kind),
    model: rows.map((r) => r.model),
    service: rows.map((r) => r.service),
    team: rows.map((r) => r.team),
    node: rows.map((r) => r.node),
    state: Uint8Array.from(rows, (r) => STATES.indexOf(r.condition)),
    since_ms: numbers((r) => parseTime(r.since)),
    last_seen_ms: numbers((r) => parseTime(r.last_seen)),
    spans: numbers((r) => r.spans),
    errors: numbers((r) => r.errors),
    latency_p95_ms: numbers((r) => r.latency_p95_ns && r.latency_p95_ns / 1e6),
    tokens: numbers((r) => r.input_tokens + r.output_tokens),
    cost_usd: numbers((r) => r.cost_usd),
    pending: numbers((r) => r.pending),
    health: numbers((r) => r.health),
  };
}
