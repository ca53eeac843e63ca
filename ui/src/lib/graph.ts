/** Nodes and edges, and where they stand. Pure; the force layout runs in a worker (`components/graph.worker.ts`). */

export type GraphNode = {
  id: string;
  label: string;
  /** What it is, such as agent, model or tool: gives the colour where there is no live state. */
  kind?: string;
  /** A category of the palette by its number from 0, where the kind alone would not tell neighbours apart; −1: of none. */
  category?: number;
  /** Any measure; the area of the node follows it. */
  size?: number;
  /** A live state of an agent: gives the colour. */
  state?: string;
  /** One line below the label in the hover card. */
  note?: string;
};

export type GraphEdge = {
  source: string;
  target: string;
  /** Any measure; the width of the arrow follows it. */
  weight: number;
  label?: string;
  /** What the label tells, as figures, for a download. */
  figures?: Record<string, number | null> | undefined;
  error?: boolean;
};

export type Positions = Record<string, { x: number; y: number }>;

/** The edges whose two ends are among the nodes, one per direction, weights added; loops onto oneself are left out. */
export function joined(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): GraphEdge[] {
  const known = new Set(nodes.map((n) => n.id));
  const found = new Map<string, GraphEdge>();
  for (const edge of edges) {
    if (edge.source === edge.target || !known.has(edge.source) || !known.has(edge.target)) continue;
    const key = JSON.stringify([edge.source, edge.target]);
    const before = found.get(key);
    const label = before?.label && edge.label ? `${before.label} · ${edge.label}` : (before?.label ?? edge.label);
    found.set(key, before ? { ...before, weight: before.weight + edge.weight, error: before.error || edge.error, label, figures: undefined } : edge);
  }
  return [...found.values()];
}

/** Longest way from a beginning, with edges that close a circle left aside. */
function depths(nodes: readonly GraphNode[], next: Map<string, string[]>, starts: string[]): Map<string, number> {
  const depth = new Map<string, number>();
  const order: string[] = [];
  const state = new Map<string, 1 | 2>();
  const back = new Set<string>();
  for (const start of [...starts, ...nodes.map((n) => n.id)]) {
    if (state.has(start)) continue;
    const way: { id: string; at: number }[] = [{ id: start, at: 0 }];
    state.set(start, 1);
    while (way.length) {
      const top = way[way.length - 1];
      if (!top) break;
      const child = next.get(top.id)?.[top.at];
      top.at += 1;
      if (child === undefined) {
        state.set(top.id, 2);
        order.push(top.id);
        way.pop();
      } else if (state.get(child) === 1) back.add(`${top.id}\n${child}`);
      else if (!state.has(child)) {
        state.set(child, 1);
        way.push({ id: child, at: 0 });
      }
    }
  }
  for (const id of order.reverse()) {
    const here = depth.get(id) ?? 0;
    depth.set(id, here);
    for (const child of next.get(id) ?? []) if (!back.has(`${id}\n${child}`)) depth.set(child, Math.max(depth.get(child) ?? 0, here + 1));
  }
  return depth;
}

const SWEEPS = 4;

/** Width to height of a usual panel. */
const ASPECT = 1.8;
/** Where a tall one would draw layers ever nearer to each other, nothing is won by more height. */
const ASPECT_LEAST = 0.6;

/** Left to right by who calls whom; within a layer near those they work with. For graphs of up to some hundred nodes. `aspect`: width to height of where it is drawn. */
export function layered(nodes: readonly GraphNode[], edges: readonly GraphEdge[], aspect = ASPECT): Positions {
  const next = new Map<string, string[]>();
  const near = new Map<string, string[]>();
  const entered = new Set<string>();
  const push = (map: Map<string, string[]>, key: string, value: string) => void (map.get(key)?.push(value) ?? map.set(key, [value]));
  for (const edge of joined(nodes, edges)) {
    push(next, edge.source, edge.target);
    push(near, edge.source, edge.target);
    push(near, edge.target, edge.source);
    entered.add(edge.target);
  }
  const depth = depths(nodes, next, nodes.map((n) => n.id).filter((id) => !entered.has(id)));
  const layers: string[][] = [];
  for (const node of nodes) (layers[depth.get(node.id) ?? 0] ??= []).push(node.id);
  const place = new Map<string, number>();
  const settle = (layer: string[]) => layer.forEach((id, i) => place.set(id, i - (layer.length - 1) / 2));
  layers.forEach(settle);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (const layer of sweep % 2 ? [...layers].reverse() : layers) {
      const wish = new Map(
        layer.map((id) => {
          const ends = near.get(id) ?? [];
          return [id, ends.length ? ends.reduce((sum, end) => sum + (place.get(end) ?? 0), 0) / ends.length : (place.get(id) ?? 0)];
        }),
      );
      layer.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0));
      settle(layer);
    }
  }
  const tallest = Math.max(1, ...layers.map((l) => l.length));
  const wide = Math.max(1, layers.length - 1);
  const out: Positions = {};
  // As wide to its height as the panel, whatever the number of layers. One row has no height, which the drawing takes for one of 1: were it narrower than that, it would be drawn out of sight.
  const across = tallest === 1 ? ASPECT : Math.min(ASPECT, Math.max(ASPECT_LEAST, aspect));
  layers.forEach((layer, x) => layer.forEach((id) => (out[id] = { x: (x / wide) * across, y: -(place.get(id) ?? 0) / tallest })));
  return out;
}

/** Where a node begins before the forces move it: always the same for the same id, so that a graph looks the same each time. */
export function startOf(id: string): { x: number; y: number } {
  let hash = 2166136261;
  for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), 16777619);
  const angle = ((hash >>> 0) / 2 ** 32) * 2 * Math.PI;
  const radius = Math.sqrt(((Math.imul(hash, 2654435761) >>> 0) + 1) / 2 ** 32);
  return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
}

/** Places on a spiral, the first in the middle, all about as far from each other (Vogel 1979). */
export function spiral(rank: number): { x: number; y: number } {
  const angle = rank * Math.PI * (3 - Math.sqrt(5));
  const radius = Math.sqrt(rank);
  return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
}

/** Rounds in which communities push each other aside. */
const PARTINGS_MAX = 80;
/** Between two communities, as a share of how wide the larger one is. */
const PARTED = 0.25;

/** The same drawing with each community on ground of its own: who stands far off moves nearer to the others, and communities that overlap go apart. Who is in none, −1, moves aside as one of his own. */
export function parted(positions: Positions, community: Record<string, number>): Positions {
  const members = new Map<string, string[]>();
  for (const id of Object.keys(positions)) {
    const of = community[id] ?? -1;
    const key = of < 0 ? `alone ${id}` : `${of}`;
    members.set(key, [...(members.get(key) ?? []), id]);
  }
  const at = (id: string) => positions[id] ?? { x: 0, y: 0 };
  const groups = [...members.values()].map((ids) => {
    const [x, y] = [ids.reduce((sum, id) => sum + at(id).x, 0) / ids.length, ids.reduce((sum, id) => sum + at(id).y, 0) / ids.length];
    const far = ids.map((id) => Math.hypot(at(id).x - x, at(id).y - y));
    const middle = [...far].sort((a, b) => a - b)[Math.floor(far.length / 2)] ?? 0;
    const nearer = far.map((r) => (r > middle && middle > 0 ? (middle * (1 + Math.log(r / middle))) / r : 1));
    return { ids, x, y, own: { x, y }, nearer, radius: Math.max(...far.map((r, i) => r * (nearer[i] ?? 1))) };
  });
  for (let round = 0, pushed = true; pushed && round < PARTINGS_MAX; round += 1) {
    pushed = false;
    groups.forEach((a, i) =>
      groups.slice(i + 1).forEach((b, j) => {
        const [dx, dy] = [b.x - a.x, b.y - a.y];
        const far = Math.hypot(dx, dy);
        const lack = a.radius + b.radius + PARTED * Math.max(a.radius, b.radius) - far;
        if (lack <= 1e-9) return;
        pushed = true;
        const turn = spiral(i + j + 1); // of two at one place, somewhere
        const [ux, uy] = far > 1e-9 ? [dx / far, dy / far] : [turn.x / Math.hypot(turn.x, turn.y), turn.y / Math.hypot(turn.x, turn.y)];
        // The larger one gives way less.
        const share = b.ids.length / (a.ids.length + b.ids.length);
        [a.x, a.y, b.x, b.y] = [a.x - ux * lack * share, a.y - uy * lack * share, b.x + ux * lack * (1 - share), b.y + uy * lack * (1 - share)];
      }),
    );
  }
  return Object.fromEntries(groups.flatMap(({ ids, x, y, own, nearer }) => ids.map((id, i) => [id, { x: x + (at(id).x - own.x) * (nearer[i] ?? 1), y: y + (at(id).y - own.y) * (nearer[i] ?? 1) }])));
}

/** How large a drawing is: pixels wide and high, and how many of them are kept free at each side. */
export type Canvas = { wide: number; high: number; padding: number };

/** Between two nodes: an arrowhead has room there. */
export const GAP_PX = 6;
const STRETCH_MAX = 2.6;
const PUSHES_MAX = 120;

/** The part of a canvas that a graph of its shape fills (as sigma fits it: by the shorter side). */
function within({ wide, high, padding }: Canvas): { wide: number; high: number } {
  const least = Math.max(40, Math.min(wide, high) - 2 * padding);
  return { wide: least * Math.max(1, wide / Math.max(1, high)), high: least * Math.max(1, high / Math.max(1, wide)) };
}

const extent = (values: ArrayLike<number>) => {
  let [from, to] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i += 1) [from, to] = [Math.min(from, values[i] ?? 0), Math.max(to, values[i] ?? 0)];
  return { from, size: to - from };
};

/** Pairs nearer than their radii and `gap` allow, each once, found cell by cell. */
function eachNear(x: Float64Array, y: Float64Array, reach: number, see: (i: number, j: number) => void): void {
  const cells = new Map<number, number[]>();
  const at = (i: number, dx = 0, dy = 0) => (Math.floor((x[i] ?? 0) / reach) + dx) * 2 ** 26 + Math.floor((y[i] ?? 0) / reach) + dy;
  for (let i = 0; i < x.length; i += 1) {
    const key = at(i);
    const cell = cells.get(key);
    if (cell) cell.push(i);
    else cells.set(key, [i]);
  }
  for (let i = 0; i < x.length; i += 1) for (const dx of [-1, 0, 1]) for (const dy of [-1, 0, 1]) for (const j of cells.get(at(i, dx, dy)) ?? []) if (j > i) see(i, j);
}

/** Positions in pixels of a canvas, stretched to its shape, where no two nodes are nearer than their radii and `gap`; the same for the same. `scale`: at most 1, how much of their size nodes may have, so that this holds once all of it is fitted into the canvas. */
export function spread(positions: Positions, radius: (id: string) => number, gap: number, canvas: Canvas): { positions: Positions; scale: number } {
  const ids = Object.keys(positions);
  const x = Float64Array.from(ids, (id) => positions[id]?.x ?? 0);
  const y = Float64Array.from(ids, (id) => positions[id]?.y ?? 0);
  const r = ids.map(radius);
  const room = within(canvas);
  const [across, down] = [extent(x), extent(y)];
  const wish = { x: room.wide / (across.size || 1), y: room.high / (down.size || 1) };
  const least = Math.min(wish.x, wish.y);
  const [sx, sy] = [Math.min(wish.x, least * STRETCH_MAX), Math.min(wish.y, least * STRETCH_MAX)];
  x.forEach((value, i) => (x[i] = across.size ? (value - across.from) * sx : 0));
  y.forEach((value, i) => (y[i] = down.size ? (value - down.from) * sy : 0));
  const need = (i: number, j: number) => (r[i] ?? 0) + (r[j] ?? 0) + gap;
  const reach = Math.max(1, 2 * Math.max(0, ...r) + gap);
  let pushed = true;
  for (let round = 0; pushed && round < PUSHES_MAX; round += 1) {
    pushed = false;
    eachNear(x, y, reach, (i, j) => {
      const [dx, dy] = [(x[j] ?? 0) - (x[i] ?? 0), (y[j] ?? 0) - (y[i] ?? 0)];
      const far = Math.hypot(dx, dy);
      const lack = need(i, j) - far;
      if (lack <= 1e-6) return;
      pushed = true;
      const turn = spiral(i + j + 1); // of two at one place, somewhere
      const [ux, uy] = far > 1e-9 ? [dx / far, dy / far] : [turn.x / Math.hypot(turn.x, turn.y), turn.y / Math.hypot(turn.x, turn.y)];
      const by = lack / 2 + 0.01;
      [x[i], y[i], x[j], y[j]] = [(x[i] ?? 0) - ux * by, (y[i] ?? 0) - uy * by, (x[j] ?? 0) + ux * by, (y[j] ?? 0) + uy * by];
    });
  }
  let more = 1;
  if (pushed) eachNear(x, y, reach, (i, j) => (more = Math.max(more, need(i, j) / Math.max(1e-6, Math.hypot((x[j] ?? 0) - (x[i] ?? 0), (y[j] ?? 0) - (y[i] ?? 0))))));
  const out: Positions = {};
  ids.forEach((id, i) => (out[id] = { x: (x[i] ?? 0) * more, y: (y[i] ?? 0) * more }));
  const [wide, high] = [Math.max(1, extent(x).size * more), Math.max(1, extent(y).size * more)];
  return { positions: out, scale: Math.min(1, room.wide / wide, room.high / high) };
}

/** Names communities by their best-connected member; members of none share the empty name. */
export function communityNames(ids: readonly string[], community: Record<string, number>, degree: Record<string, number>, name: (id: string) => string): string[] {
  const heads = new Map<number, string>();
  for (const id of ids) {
    const of = community[id];
    if (of === undefined) continue;
    const head = heads.get(of);
    const more = (degree[id] ?? 0) - (head === undefined ? -1 : (degree[head] ?? 0));
    if (head === undefined || more > 0 || (more === 0 && id < head)) heads.set(of, id);
  }
  return ids.map((id) => {
    const of = community[id];
    const head = of === undefined ? undefined : heads.get(of);
    return head === undefined ? "" : `around ${name(head)}`;
  });
}
