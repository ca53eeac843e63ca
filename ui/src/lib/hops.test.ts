import { expect, test } from "vitest";
import { hops } from "./hops";

const span = (depth: number, agent: string, more: object = {}) => ({ depth, agent, operation: "", tool: "", model: "", peer_agent: "", name: "n", status: "ok", duration_ns: 10, self_ns: 4, input_tokens: 0, output_tokens: 0, cost_usd: 0, ...more });

test("agents, models and tools with what passed between them", () => {
  const found = hops([
    span(0, "planner", { operation: "invoke_agent" }),
    span(1, "planner", { operation: "chat", model: "m", input_tokens: 5, output_tokens: 2, cost_usd: 0.5 }),
    span(1, "coder", { operation: "invoke_agent" }),
    span(2, "coder", {}),
    span(3, "coder", { operation: "execute_tool", tool: "sql", status: "error" }),
    span(2, "coder", { operation: "execute_tool", tool: "sql" }),
    span(1, "planner", { operation: "chat", model: "m", input_tokens: 1, cost_usd: 0.25 }),
  ]);
  expect(found.nodes.map((n) => [n.id, n.calls, n.errors])).toEqual([["agent:planner", 1, 0], ["model:m", 2, 0], ["agent:coder", 2, 0], ["tool:sql", 2, 1]]);
  expect(found.edges.map((e) => `${e.source}>${e.target} ${e.calls} ${e.tokens} ${e.cost_usd}`)).toEqual(["agent:planner>model:m 2 8 0.75", "agent:planner>agent:coder 1 0 0", "agent:coder>tool:sql 2 0 0"]);
});

test("a delegation and the work that it began are one hop", () => {
  const found = hops([
    span(0, "planner", { operation: "invoke_agent" }),
    span(1, "planner", { operation: "invoke_agent", peer_agent: "coder", duration_ns: 60 }),
    span(2, "coder", { operation: "invoke_agent", duration_ns: 58 }),
    span(3, "coder", { operation: "chat", model: "m" }),
    span(1, "planner", { operation: "invoke_agent", peer_agent: "coder", duration_ns: 20 }),
    span(1, "coder", { operation: "invoke_agent", duration_ns: 7 }), // began by itself, below nobody who asked
  ]);
  expect(found.edges.find((e) => e.target === "agent:coder")).toMatchObject({ source: "agent:planner", calls: 3, duration_ns: 87 });
});

test("an addressed agent is a node even where it sent nothing, work without an agent stands alone", () => {
  expect(hops([span(0, "a", { operation: "invoke_agent", peer_agent: "b" })]).edges).toMatchObject([{ source: "agent:a", target: "agent:b", calls: 1 }]);
  expect(hops([span(0, "", { tool: "t" }), span(1, "", {})])).toMatchObject({ nodes: [{ id: "tool:t" }], edges: [] });
  expect(hops([])).toEqual({ nodes: [], edges: [] });
});
