import type { GraphEdge, GraphNode } from "./graph";
import { count, duration, money, plural } from "./format";

/** Nodes and edges of the server's graphs, as far as drawing needs them. */
export type Node = { id: string; name: string; spans: number; errors: number; tokens: number; cost_usd: number; latency_mean_ns: number | null; state: string };
export type Edge = { source: string; target: string; kind: string; count: number; errors: number; tokens: number; cost_usd: number; latency_mean_ns: number | null };

export const WEIGHTS = ["calls", "tokens", "cost", "errors"] as const;
export type Weight = (typeof WEIGHTS)[number];

const WEIGHT: Record<Weight, (edge: Edge) => number> = { calls: (e) => e.count, tokens: (e) => e.tokens, cost: (e) => e.cost_usd, errors: (e) => e.errors };
const SIZE: Record<Weight, (node: Node) => number> = { calls: (n) => n.spans, tokens: (n) => n.tokens, cost: (n) => n.cost_usd, errors: (n) => n.errors };

export const shown = (weight: Weight) => (weight === "cost" ? money : count);

/** One edge per pair and direction: a delegation told as a message and as a call is one piece of work. */
export function paired(edges: readonly Edge[]): Edge[] {
  const found = new Map<string, Edge>();
  for (const edge of edges) {
    const key = JSON.stringify([edge.source, edge.target]);
    const old = found.get(key);
    if (!old) found.set(key, edge);
    else {
      const [most, least] = old.kind === "call" ? [old, edge] : [edge, old];
      found.set(key, { ...most, count: Math.max(old.count, edge.count), errors: Math.max(old.errors, edge.errors), tokens: most.tokens || least.tokens, cost_usd: most.cost_usd || least.cost_usd });
    }
  }
  return [...found.values()];
}

/** The heaviest edges for drawing, with tokens and cost in their labels. */
export function drawnEdges(edges: readonly Edge[], weight: Weight, most: number): GraphEdge[] {
  const value = WEIGHT[weight];
  return [...edges]
    .filter((e) => value(e) > 0)
    .sort((a, b) => value(b) - value(a) || b.count - a.count)
    .slice(0, most)
    .map((e) => {
      const words = [plural(e.count, "call"), e.errors ? `${count(e.errors)} failed` : "", e.tokens ? `${count(e.tokens)} tokens` : "", e.cost_usd ? money(e.cost_usd) : "", e.latency_mean_ns ? duration(e.latency_mean_ns) : ""];
      return { source: e.source, target: e.target, weight: value(e), label: words.filter(Boolean).join(" · "), figures: { calls: e.count, errors: e.errors, tokens: e.tokens, cost_usd: e.cost_usd, latency_mean_ns: e.latency_mean_ns }, error: e.errors > 0 };
    });
}

/** The nodes that the edges touch; `categoryOf` gives the colour, else the live state does. */
export function drawnNodes(nodes: readonly Node[], edges: readonly GraphEdge[], weight: Weight, categoryOf?: (id: string) => number): GraphNode[] {
  const touched = new Set(edges.flatMap((e) => [e.source, e.target]));
  return nodes
    .filter((n) => touched.has(n.id))
    .map((n) => ({
      id: n.id,
      label: n.name || n.id,
      size: SIZE[weight](n),
      state: categoryOf ? undefined : n.state || undefined,
      category: categoryOf?.(n.id),
      note: [plural(n.spans, "span"), n.errors ? `${count(n.errors)} failed` : "", n.tokens ? `${count(n.tokens)} tokens` : "", money(n.cost_usd)].filter(Boolean).join(" · "),
    }));
}

export type Community = { name: string; agents: number; errors: number; tokens: number; cost_usd: number };

/** What each community is and spends, dearest first. */
export function communitiesOf(nodes: readonly Node[], nameOf: (id: string) => string): Community[] {
  const found = new Map<string, Community>();
  for (const node of nodes) {
    const name = nameOf(node.id);
    if (!name) continue;
    const one = found.get(name) ?? { name, agents: 0, errors: 0, tokens: 0, cost_usd: 0 };
    found.set(name, { name, agents: one.agents + 1, errors: one.errors + node.errors, tokens: one.tokens + node.tokens, cost_usd: one.cost_usd + node.cost_usd });
  }
  return [...found.values()].sort((a, b) => b.cost_usd - a.cost_usd || b.agents - a.agents || (a.name < b.name ? -1 : 1));
}
