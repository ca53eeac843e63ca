import { expect, test } from "vitest";
import { communitiesOf, drawnEdges, drawnNodes, paired, type Edge, type Node } from "./edges";

const edge = (source: string, target: string, more: Partial<Edge> = {}): Edge => ({ source, target, kind: "call", count: 1, errors: 0, tokens: 0, cost_usd: 0, latency_mean_ns: null, ...more });
const node = (id: string, more: Partial<Node> = {}): Node => ({ id, name: id.toUpperCase(), spans: 1, errors: 0, tokens: 0, cost_usd: 0, latency_mean_ns: null, state: "working", ...more });

test("a message and the call that it caused are one piece of work, paid once", () => {
  expect(paired([edge("a", "b", { kind: "message", count: 3 }), edge("a", "b", { count: 2, tokens: 9, cost_usd: 0.5, errors: 1 })])).toEqual([edge("a", "b", { count: 3, tokens: 9, cost_usd: 0.5, errors: 1 })]);
});

test("the heaviest edges are drawn, by what weighs; weightless ones are not", () => {
  const edges = [edge("a", "b", { count: 9 }), edge("b", "c", { count: 1, cost_usd: 2, tokens: 1500 }), edge("c", "a", { cost_usd: 1 })];
  expect(drawnEdges(edges, "cost", 1).map((e) => [e.source, e.weight, e.label])).toEqual([["b", 2, "1 call · 1,500 tokens · $2.00"]]);
  expect(drawnEdges(edges, "calls", 9)).toHaveLength(3);
  expect(drawnEdges(edges, "errors", 9)).toEqual([]);
});

test("only who is joined is drawn, coloured by its community where that is asked for", () => {
  const edges = drawnEdges([edge("a", "b")], "calls", 9);
  const nodes = drawnNodes([node("a"), node("b"), node("alone")], edges, "calls", (id) => (id === "a" ? 3 : 7));
  expect(nodes.map((n) => [n.label, n.category, n.state])).toEqual([["A", 3, undefined], ["B", 7, undefined]]);
});

test("communities add up what their members spend, dearest first", () => {
  const of = new Map([["a", "x"], ["b", "y"], ["c", "y"]]);
  expect(communitiesOf([node("a", { cost_usd: 1 }), node("b", { cost_usd: 2, tokens: 5 }), node("c", { errors: 1 }), node("d")], (id) => of.get(id) ?? "")).toEqual([
    { name: "y", agents: 2, errors: 1, tokens: 5, cost_usd: 2 },
    { name: "x", agents: 1, errors: 0, tokens: 0, cost_usd: 1 },
  ]);
});
