import type { GraphEdge, GraphNode, Positions } from "@/lib/graph";
import type { Answer, Task } from "./graph.worker";

function ask(task: Task, hear: (answer: Answer) => void): () => void {
  const worker = new Worker(new URL("./graph.worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = (event: MessageEvent<Answer>) => {
    hear(event.data);
    if (event.data.done) worker.terminate();
  };
  worker.postMessage(task);
  return () => worker.terminate();
}

const bare = (edges: readonly GraphEdge[]) => edges.map(({ source, target, weight }) => ({ source, target, weight }));

/** Lets forces place the nodes; `hear` gets the positions again and again until they are good. Returns what stops it. */
export function place(nodes: readonly GraphNode[], edges: readonly GraphEdge[], hear: (positions: Positions) => void): () => void {
  return ask({ kind: "place", ids: nodes.map((n) => n.id), edges: bare(edges) }, (answer) => answer.positions && hear(answer.positions));
}

/** Who belongs together by whom they work with (Louvain): the community of each node that has an edge, and its number of partners. */
export function communities(ids: readonly string[], edges: readonly GraphEdge[], hear: (community: Record<string, number>, degree: Record<string, number>) => void): () => void {
  return ask({ kind: "communities", ids: [...ids], edges: bare(edges) }, (answer) => answer.community && hear(answer.community, answer.degree ?? {}));
}
