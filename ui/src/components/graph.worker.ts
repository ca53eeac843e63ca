/** Places graphs and finds communities away from the main thread. */
import Graph from "graphology";
import louvain from "graphology-communities-louvain";
import forceAtlas2 from "graphology-layout-forceatlas2";
import { GAP_PX, parted, spiral, spread, startOf, type Canvas, type Positions } from "@/lib/graph";

type Edges = { source: string; target: string; weight: number }[];
/** `radius`: of each node, in pixels of the canvas. `group`: whom each belongs to, where that is known. */
export type Placing = { kind: "place"; ids: string[]; edges: Edges; radius: Record<string, number>; canvas: Canvas; group?: Record<string, number> };
export type Task = Placing | { kind: "communities"; ids: string[]; edges: Edges };
/** `scale`: how much of its size each node may have, so that none covers another. */
export type Answer = { positions?: Positions; scale?: number; done?: boolean; community?: Record<string, number>; degree?: Record<string, number> };

/** Iterations between two looks, and all in all: big graphs get fewer, since one costs them more. */
const STEP = 25;
const ITERATIONS_MAX = 500;
const ITERATIONS_MIN = 75;
const WORK = 400_000;
/** Between two looks at least: to draw one takes the page as long as it takes to find it. */
const LOOK_MS = 250;

function graphOf({ ids, edges }: Task, type: "directed" | "undirected"): Graph {
  const graph = new Graph({ type, multi: false });
  for (const id of ids) graph.addNode(id, startOf(id));
  for (const { source, target, weight } of edges) {
    if (!graph.hasNode(source) || !graph.hasNode(target) || source === target) continue;
    graph.updateEdge(source, target, (old) => ({ weight: Number(old["weight"] ?? 0) + weight }));
  }
  return graph;
}

/** Edges within a community pull so many times as hard as those between two, so that it stands together. */
const TOGETHER = 2;

/** Begins each community at a place of its own: drawn as a hairball otherwise, however long the forces work. */
function apart(graph: Graph, community: Record<string, number>): void {
  const sizes = new Map<number, number>();
  for (const of of Object.values(community)) sizes.set(of, (sizes.get(of) ?? 0) + 1);
  const ranked = [...sizes].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([of]) => of);
  const centres = new Map(ranked.map((of, rank) => [of, spiral(rank)]));
  graph.forEachNode((id) => {
    const { x, y } = centres.get(community[id] ?? -1) ?? { x: 0, y: 0 };
    const own = startOf(id);
    graph.mergeNodeAttributes(id, { x: x * 10 + own.x, y: y * 10 + own.y });
  });
}

function place(task: Placing): void {
  const graph = graphOf(task, "undirected");
  const community = task.group ?? (graph.size ? louvain(graph, { getEdgeWeight: "weight", rng: seeded() }) : {});
  // Who talks often is drawn near, yet a thousand calls do not pull a thousand times as hard.
  graph.forEachEdge((edge, data, source, target) => graph.setEdgeAttribute(edge, "weight", (1 + Math.log10(1 + Number(data["weight"]))) * (community[source] === community[target] ? TOGETHER : 1)));
  apart(graph, community);
  const settings = { ...forceAtlas2.inferSettings(graph), linLogMode: graph.order < 400, adjustSizes: false, gravity: 1, strongGravityMode: false, barnesHutOptimize: graph.order > 300, edgeWeightInfluence: 1 };
  const all = Math.max(ITERATIONS_MIN, Math.min(ITERATIONS_MAX, Math.round(WORK / Math.max(1, graph.order))));
  const tell = (done: boolean) => {
    const positions: Positions = {};
    graph.forEachNode((id, data) => (positions[id] = { x: Number(data["x"]), y: Number(data["y"]) }));
    self.postMessage({ ...spread(parted(positions, community), (id) => task.radius[id] ?? 1, GAP_PX, task.canvas), done } satisfies Answer);
  };
  tell(false); // each community at its place: something to look at while forces work
  let told = performance.now();
  for (let ran = 0; ran < all; ran += STEP) {
    forceAtlas2.assign(graph, { iterations: Math.min(STEP, all - ran), settings, getEdgeWeight: "weight" });
    const done = ran + STEP >= all;
    if (!done && performance.now() - told < LOOK_MS) continue;
    tell(done);
    told = performance.now();
  }
}

/** A small generator with a fixed seed (mulberry32): the same graph has the same communities each time. */
function seeded(): () => number {
  let state = 20_260_101;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function communities(task: Task): void {
  const graph = graphOf(task, "undirected");
  graph.forEachNode((id) => graph.degree(id) === 0 && graph.dropNode(id));
  const community = graph.size ? louvain(graph, { getEdgeWeight: "weight", rng: seeded() }) : {};
  const degree: Record<string, number> = {};
  graph.forEachNode((id) => (degree[id] = graph.degree(id)));
  self.postMessage({ community, degree, done: true } satisfies Answer);
}

self.onmessage = ({ data: task }: MessageEvent<Task>) => (task.kind === "place" ? place(task) : communities(task));
