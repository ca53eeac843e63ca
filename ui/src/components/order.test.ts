import { expect, test } from "vitest";
import { columnsOf, ordered, parseSort, sortText } from "./order";

const row = (agent: string, condition: string, spans: number, latency: number | null) =>
  ({ agent, name: "", kind: "", model: "", service: "", condition, since: "2026-01-31T12:00:00Z", last_seen: "2026-01-31T12:00:00Z", spans, errors: 0, latency_p95_ns: latency, input_tokens: 1, output_tokens: 2, cost_usd: 0, pending: 0, health: 1 }) as Parameters<typeof columnsOf>[0][number];

const columns = columnsOf([row("c", "idle", 5, null), row("a", "working", 9, 2e6), row("b", "wedged", 5, 1e6)]);
const by = (id: string, desc: boolean) => ordered(columns, { id, desc }).map((i) => columns.agent[i]);

test("trouble comes first", () => expect(by("state", false)).toEqual(["b", "a", "c"]));

test("equal ones stand still in the order of their names", () => expect(by("spans", true)).toEqual(["a", "b", "c"]));

test("what is unknown comes last either way", () => {
  expect(by("latency_p95_ms", true)).toEqual(["a", "b", "c"]);
  expect(by("latency_p95_ms", false)).toEqual(["b", "a", "c"]);
});

test("the order survives the address", () => {
  for (const sort of [{ id: "spans", desc: true }, { id: "name", desc: false }]) expect(parseSort(sortText(sort), { id: "x", desc: true })).toEqual(sort);
});
