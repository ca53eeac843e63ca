import type { GraphEdge, GraphNode, Positions } from "@/lib/graph";
import type { Answer, Placing, Task } from "./graph.worker";

const start = () => new Worker(new URL("./graph.worker.ts", import.meta.url), { type: "module" });
let ready: Worker | undefined;

/** Starts a worker for the next task, before there is one: it reads its code while the page waits for data. */
export function warm(): void {
  ready ??= start();
}

function ask(task: Task, hear: (answer: Answer) => void): () => void {
  const worker = ready ?? start();
  ready = undefined;
  worker.onmessage = (event: MessageEvent<Answer>) => {
    hear(event.data);
    if (event.data.done) worker.terminate();
  };
  worker.postMessage(task);
  return () => worker.terminate();
}

const bare = (edges: readonly GraphEdge[]) => edges.map(({ source, target, weight }) => ({ source, target, weight }));

/** How the nodes are drawn, as far as their places depend on it. */
export type Drawn = Pick<Placing, "radius" | "canvas" | "group">;

/** Lets forces place the nodes, none over another; `hear` gets the positions again and again until they are good, and how much of its size a node may have. Returns what stops it. */
export function place(nodes: readonly GraphNode[], edges: readonly GraphEdge[], drawn: Drawn, hear: (positions: Positions, scale: number, done: boolean) => void): () => void {
  return ask({ kind: "place", ids: nodes.map((n) => n.id), edges: bare(edges), ...drawn }, ({ positions, scale, done }) => positions && hear(positions, scale ?? 1, !!done));
}

/** Who belongs together by whom they work with (Louvain): the community of each node that has an edge, and its number of partners. */
export function communities(ids: readonly string[], edges: readonly GraphEdge[], hear: (community: Record<string, number>, degree: Record<string, number>) => void): () => void {
  return ask({ kind: "communities", ids: [...ids], edges: bare(edges) }, (answer) => answer.community && hear(answer.community, answer.degree ?? {}));
}
