import { expect, test } from "vitest";
import { Activity, updated } from "./fleet";
import { FleetTable, NUMBERS, owned, TEXTS, type Delta, type Update, type Wire } from "./table";

const STATES: Wire["conditions"] = ["working", "waiting", "looping", "wedged", "idle", "abandoned", "failing"];
const FIGURES = { time: "2026-01-31T12:00:00Z", conditions: {}, trouble: 0 } as Wire["fleet"];

const zeros = (n: number) => Object.fromEntries(["condition", ...NUMBERS].map((name) => [name, Array.from({ length: n }, () => 0)]));
const texts = (agents: string[]) => Object.fromEntries(TEXTS.map((name) => [name, agents.map((a) => (name === "name" ? a.toUpperCase() : name === "agent" ? a : name))]));

function wire(agents: string[], more: Partial<Wire> = {}): Wire {
  return { version: 1, fleet: FIGURES, conditions: STATES, changes: [], past: [], at: agents.map((_, i) => i), ...texts(agents), ...zeros(agents.length), ...more } as Wire;
}

function delta(at: number[], more: Partial<Delta> = {}, named?: { at: number[]; agents: string[] }): Delta {
  return { version: 2, fleet: FIGURES, changes: [], at, ...zeros(at.length), named: named ? { at: named.at, ...texts(named.agents) } : null, ...more } as Delta;
}

const merged = (table: FleetTable, one: Delta) => table.merge(one) as Update;

test("a snapshot brings every agent; what has no value is no number", () => {
  const fleet = updated(undefined, new FleetTable().load(wire(["b", "a"], { condition: [3, 6], spans: [5, 6], latency_p95_ms: [null, 2] })));
  expect(fleet.columns.agent).toEqual(["b", "a"]);
  expect([...fleet.columns.state]).toEqual([3, 6]);
  expect(fleet.columns.states[6]).toBe("failing");
  expect([...fleet.columns.latency_p95_ms]).toEqual([NaN, 2]);
  expect([...fleet.rank]).toEqual([1, 0]);
});

test("a delta replaces numbers by place, and appends agents that are new", () => {
  const table = new FleetTable();
  const before = updated(undefined, table.load(wire(["a", "b"], { at: [4, 7] })));
  const update = merged(table, delta([7, 9], { spans: [7, 9] }, { at: [9], agents: ["c"] }));
  expect(update.texts?.at).toEqual([2]);
  const after = updated(before, update);
  expect(after.columns.agent).toEqual(["a", "b", "c"]);
  expect([...after.columns.spans]).toEqual([0, 7, 9]);
  expect(before.columns.agent).toEqual(["a", "b"]);
  expect(after.version).toBe(2);
});

test("a delta without names carries no text, and the page keeps the same lists", () => {
  const table = new FleetTable();
  const before = updated(undefined, table.load(wire(["a"])));
  const after = updated(before, merged(table, delta([0], { condition: [2] })));
  expect(after.columns.name).toBe(before.columns.name);
  expect(after.texts).toBe(before.texts);
  expect(after.columns.state[0]).toBe(2);
});

test("a delta about an agent without a name asks for a snapshot", () => {
  const table = new FleetTable();
  table.load(wire(["a"]));
  expect(table.merge(delta([5]))).toBeUndefined();
});

test("changes are told once however often they are sent, and figures are kept every five seconds", () => {
  const table = new FleetTable();
  const change = { at: 0, time_ms: 10, before: "working", after: "wedged" } as const;
  const first = updated(undefined, table.load(wire(["a"], { changes: [change] })));
  const at = (second: number) => ({ ...FIGURES, time: `2026-01-31T12:00:${String(second).padStart(2, "0")}Z` });
  const same = updated(first, merged(table, delta([], { changes: [change], fleet: at(2) })));
  expect([same.changes, same.past]).toEqual([first.changes, first.past]);
  expect(same.changes).toBe(first.changes);
  const { changes, past } = updated(same, merged(table, delta([], { changes: [change, { ...change, time_ms: 11, after: "working" }], fleet: at(5) })));
  expect(changes.map((c) => c.after)).toEqual(["wedged", "working"]);
  expect(past).toHaveLength(2);
});

test("what an agent did is kept while lists go on, and starts over with other agents", () => {
  const table = new FleetTable();
  const first = updated(undefined, table.load(wire(["a"], { spans: [3] })));
  const second = updated(first, merged(table, delta([1], { spans: [8] }, { at: [1], agents: ["b"] })));
  expect(second.activity).toBe(first.activity);
  expect([second.activity.of(0).at(-1), second.activity.of(1).at(-1)]).toEqual([3, null]);
  expect(updated(second, new FleetTable().load(wire(["x"]))).activity).not.toBe(first.activity);
});

test("15,000 agents are taken in, and an update hands its memory over", () => {
  const table = new FleetTable();
  const update = table.load(wire(Array.from({ length: 15_000 }, (_, i) => `agent-${i}`)));
  expect(update.n).toBe(15_000);
  expect(new Set(owned(update)).size).toBe(11);
  expect(merged(table, delta([])).numbers.state).not.toBe(update.numbers.state);
});

test("before anybody looked, activity is what is stored; since then, what was heard", () => {
  const activity = new Activity();
  const now = 1_000_000_000_000;
  const stored = { start_ms: now - 180_000, step_ms: 10_000, spans: Array.from({ length: 18 }, (_, i) => (i < 6 ? 1 : 2)) };
  activity.add(Float64Array.of(50), now);
  const arrival = activity.of(0, stored);
  expect([arrival.length, arrival[0], arrival.at(-2), arrival.at(-1)]).toEqual([40, 6, 12, 50]);
  expect(arrival.includes(null)).toBe(false);
  expect(activity.of(0).filter((v) => v !== null)).toEqual([50]);
  activity.add(Float64Array.of(60), now + 1000); // too soon
  activity.add(Float64Array.of(70), now + 4000);
  expect(activity.of(0, stored).slice(-2)).toEqual([50, 70]);
  activity.add(Float64Array.of(80), now + 600_000);
  expect(activity.of(0, stored).slice(-2), "what is stored is too old, too").toEqual([null, 80]);
});
