/** Who did what with whom in one trace: agents, tools and models, and the work between them. Pure. */
import { workOf, type Work } from "./palette";

type Span = {
  depth: number;
  agent: string;
  operation: string;
  tool: string;
  model: string;
  peer_agent: string;
  name: string;
  status: string;
  duration_ns: number;
  self_ns: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number;
};

export type Hop = { calls: number; errors: number; duration_ns: number; self_ns: number; tokens: number; cost_usd: number };
export type HopNode = Hop & { id: string; work: Work; name: string };
export type HopEdge = Hop & { source: string; target: string };

function add(sum: Hop, span: Span): void {
  sum.calls += 1;
  sum.errors += span.status === "error" ? 1 : 0;
  sum.duration_ns += span.duration_ns;
  sum.self_ns += span.self_ns;
  sum.tokens += span.input_tokens + span.output_tokens;
  sum.cost_usd += span.cost_usd;
}

const nothing = (): Hop => ({ calls: 0, errors: 0, duration_ns: 0, self_ns: 0, tokens: 0, cost_usd: 0 });

/** Nodes and the hops between them; spans come parents first. Plumbing counts for the agent that it runs in. */
export function hops(spans: readonly Span[]): { nodes: HopNode[]; edges: HopEdge[] } {
  const nodes = new Map<string, HopNode>();
  const edges = new Map<string, Map<string, HopEdge>>();
  const node = (work: Work, name: string) => {
    const id = `${work}:${name}`;
    let known = nodes.get(id);
    if (!known) nodes.set(id, (known = { id, work, name, ...nothing() }));
    return known;
  };
  const hop = (source: string, target: string, span: Span) => {
    if (source === target) return;
    let from = edges.get(source);
    if (!from) edges.set(source, (from = new Map<string, HopEdge>()));
    let known = from.get(target);
    if (!known) from.set(target, (known = { source, target, ...nothing() }));
    add(known, span);
  };
  const above: { depth: number; id: string; asked?: string }[] = [];
  for (const span of spans) {
    while (above.length > 0 && (above.at(-1)?.depth ?? 0) >= span.depth) above.pop();
    const caller = above.at(-1)?.id;
    const told = above.at(-1)?.asked; // what the peer does below the span that asked for it is one piece of work with it
    const work = workOf(span);
    const doer = span.agent ? node("agent", span.agent) : undefined;
    if (doer && caller && caller !== doer.id && told !== doer.id) hop(caller, doer.id, span);
    const asked = work === "agent" && doer && span.peer_agent && span.peer_agent !== span.agent ? node("agent", span.peer_agent).id : undefined;
    if (doer && asked) hop(doer.id, asked, span);
    const own = work === "agent" || work === "other" ? doer : node(work, (work === "tool" ? span.tool : span.model) || span.name || "unnamed");
    if (own) add(own, span);
    if (own && own !== doer && (doer?.id ?? caller)) hop(doer?.id ?? caller ?? "", own.id, span);
    const next = doer?.id ?? caller;
    if (next) above.push({ depth: span.depth, id: next, asked });
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()].flatMap((from) => [...from.values()]) };
}
