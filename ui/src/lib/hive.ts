/** Where the cells of the fleet map stand: groups as tiles (squarified treemap), cells in rows of hexagons inside. Pure. */

export type HiveGroup = { name: string; lines: number[]; x: number; y: number; w: number; h: number; head: number; cell: number; columns: number };
/** `at`: x and y of each line's cell; `size`: its width. Lines that stand nowhere have the size 0. */
export type Hive = { groups: HiveGroup[]; at: Float32Array; size: Float32Array; width: number; height: number };

/** A look at the map: what stands at (x, y) is drawn at the corner, `k` times as large. */
export type Camera = { x: number; y: number; k: number };

const CELL_MAX = 46;
const ROW_SHARE = 0.87;
const PAD = 3;
const HEAD_PX = 17;
const HEAD_ROOM = { w: 54, h: 40 };
const GROUPS_MAX = 1200;
/** Share of the agents that may stand in groups with smaller cells than the rest, so that one narrow tile shrinks nobody else. */
const MISFITS = 0.12;

type Box = { x: number; y: number; w: number; h: number };

/** Tiles with areas as the weights (descending), each as square as possible (Bruls, Huizing, van Wijk 2000). */
export function tiles(weights: readonly number[], box: Box): Box[] {
  const out: Box[] = [];
  let { x, y, w, h } = box;
  let left = weights.reduce((a, b) => a + b, 0);
  for (let from = 0; from < weights.length; ) {
    const side = Math.min(w, h);
    const scale = (w * h) / Math.max(1e-9, left);
    const worst = (sum: number, most: number, least: number) => Math.max((side * side * most) / (sum * sum * scale), (sum * sum * scale) / (side * side * least));
    let sum = weights[from] ?? 0;
    const most = sum;
    let to = from + 1;
    while (to < weights.length) {
      const next = weights[to] ?? 0;
      if (worst(sum + next, most, next) > worst(sum, most, weights[to - 1] ?? 0)) break;
      sum += next;
      to += 1;
    }
    const thick = side > 0 ? (sum * scale) / side : 0;
    let along = 0;
    for (let i = from; i < to; i += 1) {
      const long = (side * (weights[i] ?? 0)) / Math.max(1e-9, sum);
      out.push(w >= h ? { x, y: y + along, w: thick, h: long } : { x: x + along, y, w: long, h: thick });
      along += long;
    }
    if (w >= h) {
      x += thick;
      w -= thick;
    } else {
      y += thick;
      h -= thick;
    }
    left -= sum;
    from = to;
  }
  return out;
}

const columnsAt = (w: number, cell: number) => Math.max(1, Math.floor(w / cell - 0.5));
const rowsAt = (h: number, cell: number) => Math.max(1, Math.floor((h / cell - 1) / ROW_SHARE) + 1);

/** The largest cell with which `n` of them fit. */
function fitting(w: number, h: number, n: number): number {
  let low = 0.2;
  let high = Math.max(0.4, Math.min(CELL_MAX, h, w / (n > 1 ? 1.5 : 1)));
  for (let i = 0; i < 14; i += 1) {
    const cell = (low + high) / 2;
    if (columnsAt(w, cell) * rowsAt(h, cell) >= n) low = cell;
    else high = cell;
  }
  return low;
}

function gathered(nameOf: (line: number) => string, order: ArrayLike<number>): [string, number[]][] {
  const groups = new Map<string, number[]>();
  for (let i = 0; i < order.length; i += 1) {
    const line = order[i] ?? 0;
    const name = nameOf(line) || "other";
    const lines = groups.get(name);
    if (lines) lines.push(line);
    else groups.set(name, [line]);
  }
  const sorted = [...groups].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
  const rest = sorted.slice(GROUPS_MAX).flatMap(([, lines]) => lines);
  return rest.length ? [...sorted.slice(0, GROUPS_MAX), ["and others", rest]] : sorted;
}

/** The lines of the group that the map calls `name`. */
export function linesOf(nameOf: (line: number) => string, order: ArrayLike<number>, name: string): number[] {
  return gathered(nameOf, order).find(([group]) => group === name)?.[1] ?? [];
}

/** All agents of `order` in tiles by the name of their group; within a group in their order. */
export function hive(nameOf: (line: number) => string, order: ArrayLike<number>, width: number, height: number): Hive {
  const sorted = gathered(nameOf, order);
  const at = new Float32Array(order.length * 2);
  const size = new Float32Array(order.length);
  // A little more than their share for small groups, so that a group of one can be seen and named.
  const extra = order.length / (sorted.length * 6 + 1);
  const boxes = tiles(sorted.map(([, lines]) => lines.length + extra), { x: 0, y: 0, w: width, h: height });
  const groups = sorted.map(([name, lines], i): HiveGroup => {
    const box = boxes[i] ?? { x: 0, y: 0, w: 1, h: 1 };
    const head = box.w >= HEAD_ROOM.w && box.h >= HEAD_ROOM.h ? HEAD_PX : 0;
    return { name, lines, ...box, head, columns: 1, cell: fitting(box.w - 2 * PAD, box.h - 2 * PAD - head, lines.length) };
  });
  const bySize = [...groups].sort((a, b) => a.cell - b.cell);
  let misfits = 0;
  const usual = bySize.find((g) => (misfits += g.lines.length) > order.length * MISFITS)?.cell ?? CELL_MAX;
  for (const group of groups) {
    group.cell = Math.min(group.cell, usual);
    group.columns = columnsAt(group.w - 2 * PAD, group.cell);
    group.lines.forEach((line, i) => {
      const { x, y } = place(group, i);
      at[line * 2] = x;
      at[line * 2 + 1] = y;
      size[line] = group.cell;
    });
  }
  return { groups, at, size, width, height };
}

/** The middle of cell `index` of a group. */
export function place(group: HiveGroup, index: number): { x: number; y: number } {
  const row = Math.floor(index / group.columns);
  const column = index % group.columns;
  return { x: group.x + PAD + (column + 0.5 + (row % 2) / 2) * group.cell, y: group.y + PAD + group.head + row * group.cell * ROW_SHARE + group.cell / 2 };
}

export function groupAt(map: Hive, x: number, y: number): HiveGroup | undefined {
  return map.groups.find((g) => x >= g.x && x < g.x + g.w && y >= g.y && y < g.y + g.h);
}

/** The line at a point, or -1. */
export function hit(map: Hive, x: number, y: number): number {
  const group = groupAt(map, x, y);
  if (!group) return -1;
  const row = Math.floor((y - group.y - PAD - group.head) / (group.cell * ROW_SHARE));
  const column = Math.floor((x - group.x - PAD) / group.cell - (Math.abs(row) % 2) / 2);
  if (row < 0 || column < 0 || column >= group.columns) return -1;
  return group.lines[row * group.columns + column] ?? -1;
}

/** The lines whose cells lie within a closed outline (x, y, x, y …), by the even-odd rule. */
export function within(map: Hive, outline: readonly number[]): number[] {
  const xs = outline.filter((_, i) => i % 2 === 0);
  const ys = outline.filter((_, i) => i % 2 === 1);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const found: number[] = [];
  for (let line = 0; line < map.size.length; line += 1) {
    const x = map.at[line * 2] ?? 0;
    const y = map.at[line * 2 + 1] ?? 0;
    if (!map.size[line] || x < left || x > right || y < top || y > bottom) continue;
    let inside = false;
    for (let i = 0, j = xs.length - 1; i < xs.length; j = i, i += 1) {
      const [xi = 0, yi = 0, xj = 0, yj = 0] = [xs[i], ys[i], xs[j], ys[j]];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
    if (inside) found.push(line);
  }
  return found;
}

export const WHOLE: Camera = { x: 0, y: 0, k: 1 };
const NEAREST = 40;
const CLOSE = 1.4 * CELL_MAX; // larger than any cell of the whole map: to go to one always brings it nearer

/** Nearer or farther by `by`, with what is at (x, y) of the screen staying there, never beyond the edges. */
export function zoomed(camera: Camera, map: { width: number; height: number }, by: number, x: number, y: number): Camera {
  const k = Math.max(1, Math.min(NEAREST, camera.k * by));
  return kept({ x: camera.x + x / camera.k - x / k, y: camera.y + y / camera.k - y / k, k }, map);
}

/** The camera with its picture within the map. */
export function kept(camera: Camera, map: { width: number; height: number }): Camera {
  const inside = (value: number, length: number) => Math.max(0, Math.min(length - length / camera.k, value));
  return { k: camera.k, x: inside(camera.x, map.width), y: inside(camera.y, map.height) };
}

/** So near that the cell of a line is well seen, and in the middle. */
export function closeUp(map: Hive, line: number): Camera {
  const k = Math.max(1, Math.min(NEAREST, CLOSE / Math.max(0.5, map.size[line] ?? 1)));
  return kept({ k, x: (map.at[line * 2] ?? 0) - map.width / k / 2, y: (map.at[line * 2 + 1] ?? 0) - map.height / k / 2 }, map);
}
