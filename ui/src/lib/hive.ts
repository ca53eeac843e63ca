/** Where the cells of the fleet map stand: groups one below another, cells in rows of hexagons. Pure. */

export type HiveGroup = { name: string; lines: number[]; top: number; height: number };
export type Hive = { groups: HiveGroup[]; columns: number; cell: number; height: number };

const CELL_MAX = 34;
const CELL_MIN = 5;
const HEAD_PX = 22;
const GAP_PX = 8;
const ROW_SHARE = 0.87;

function layout(groups: Map<string, number[]>, width: number, cell: number): Hive {
  const columns = Math.max(1, Math.floor((width - cell / 2) / cell));
  let top = 0;
  const placed = [...groups].map(([name, lines]) => {
    const height = HEAD_PX + (Math.ceil(lines.length / columns) - 1) * cell * ROW_SHARE + cell + GAP_PX;
    const group = { name, lines, top, height };
    top += height;
    return group;
  });
  return { groups: placed, columns, cell, height: top };
}

/** The largest cells with which all groups fit into the box; at the least size the map becomes longer than the box. */
export function hive(names: readonly string[], order: readonly number[], width: number, height: number): Hive {
  const groups = new Map<string, number[]>();
  for (const line of order) {
    const name = names[line] || "other";
    const lines = groups.get(name);
    if (lines) lines.push(line);
    else groups.set(name, [line]);
  }
  const sorted = new Map([...groups].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1)));
  let low = CELL_MIN;
  let high = CELL_MAX;
  while (high - low > 0.25) {
    const middle = (low + high) / 2;
    if (layout(sorted, width, middle).height <= height) low = middle;
    else high = middle;
  }
  return layout(sorted, width, low);
}

/** The middle of cell `index` of a group. */
export function place(map: Hive, group: HiveGroup, index: number): { x: number; y: number } {
  const row = Math.floor(index / map.columns);
  const column = index % map.columns;
  return { x: (column + 0.5 + (row % 2) / 2) * map.cell, y: group.top + HEAD_PX + row * map.cell * ROW_SHARE + map.cell / 2 };
}

/** The line at a point, or -1. */
export function hit(map: Hive, x: number, y: number): number {
  const group = map.groups.find((g) => y >= g.top && y < g.top + g.height);
  if (!group) return -1;
  const row = Math.floor((y - group.top - HEAD_PX) / (map.cell * ROW_SHARE));
  const column = Math.floor(x / map.cell - (Math.abs(row) % 2) / 2);
  if (row < 0 || column < 0 || column >= map.columns) return -1;
  return group.lines[row * map.columns + column] ?? -1;
}
