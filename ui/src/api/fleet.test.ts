import { expect, test } from "vitest";
import { merge } from "./fleet";

type Columns = Parameters<typeof merge>[0];

function columns(agents: string[]): Columns {
  const zeros = agents.map(() => 0);
  return {
    version: 1, fleet: {} as Columns["fleet"], states: ["working", "waiting", "looping", "wedged", "idle", "abandoned"], agent: [...agents], name: agents.map((a) => a.toUpperCase()),
    kind: agents.map(() => "llm"), model: agents.map(() => ""), service: agents.map(() => ""), state: [...zeros], since_ms: [...zeros], last_seen_ms: [...zeros], spans: [...zeros],
    errors: [...zeros], latency_p95_ms: [...zeros], tokens: [...zeros], cost_usd: [...zeros], pending: [...zeros], health: [...zeros],
  };
}

const index = (c: Columns) => new Map(c.agent.map((a, i) => [a, i]));

test("changed lines are replaced, new ones added, the others left alone", () => {
  const all = columns(["a", "b"]);
  const at = index(all);
  merge(all, at, { ...columns(["b", "c"]), version: 2, spans: [7, 9] });
  expect(all.agent).toEqual(["a", "b", "c"]);
  expect(all.spans).toEqual([0, 7, 9]);
  expect(at.get("c")).toBe(2);
  expect(all.version).toBe(2);
});

test("gone agents leave no hole", () => {
  const all = columns(["a", "b", "c"]);
  const at = index(all);
  merge(all, at, { gone: ["a", "unknown"] });
  expect(all.agent).toEqual(["c", "b"]);
  expect(all.name).toEqual(["C", "B"]);
  expect([...at].sort()).toEqual([["b", 1], ["c", 0]]);
});
