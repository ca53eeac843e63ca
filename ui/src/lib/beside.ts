/** Where those stand who come into a drawing that stays as it is. Pure. */
import { spiral, type Positions } from "./graph";

/** A part of the plane: from and to, across and down. */
export type Frame = { x: [number, number]; y: [number, number] };

type Place = { x: number; y: number };
type Came = {
  ids: readonly string[];
  edges: readonly { source: string; target: string }[];
  /** Who stands there already. */
  positions: Positions;
  radius: (id: string) => number;
  /** Between two nodes. */
  gap: number;
  /** All that is in sight: nobody is put outside. */
  room: Frame;
  /** How far right of whom it is called by one stands, where callers stand left of called ones. */
  onwards: number;
};

/** Places that are tried for one, each farther away. */
const TRIES_MAX = 1500;

export function frameOf(positions: Positions): Frame {
  const frame: Frame = { x: [Infinity, -Infinity], y: [Infinity, -Infinity] };
  for (const { x, y } of Object.values(positions)) {
    frame.x = [Math.min(frame.x[0], x), Math.max(frame.x[1], x)];
    frame.y = [Math.min(frame.y[0], y), Math.max(frame.y[1], y)];
  }
  return frame;
}

/** Nodes by the square of the plane they stand in. */
class Taken {
  private readonly cells = new Map<string, { at: Place; radius: number }[]>();
  constructor(private readonly wide: number) {}

  private cell({ x, y }: Place, dx = 0, dy = 0): string {
    return `${Math.floor(x / this.wide) + dx} ${Math.floor(y / this.wide) + dy}`;
  }

  add(at: Place, radius: number): void {
    const key = this.cell(at);
    const cell = this.cells.get(key);
    if (cell) cell.push({ at, radius });
    else this.cells.set(key, [{ at, radius }]);
  }

  /** How much too near the nearest one is; at most 0 where there is room. */
  lack(at: Place, radius: number, gap: number): number {
    let most = -Infinity;
    for (const dx of [-1, 0, 1])
      for (const dy of [-1, 0, 1]) for (const one of this.cells.get(this.cell(at, dx, dy)) ?? []) most = Math.max(most, one.radius + radius + gap - Math.hypot(one.at.x - at.x, one.at.y - at.y));
    return most;
  }
}

function clamped(value: number, [from, to]: [number, number]): number {
  return Math.min(Math.max(value, from), Math.max(from, to));
}

/** A place for each that came, beside those it works with, who stay where they are; the same for the same. Over nobody, as long as there is room in sight. */
export function beside({ ids, edges, positions, radius, gap, room, onwards }: Came): Positions {
  const largest = Math.max(0, ...Object.keys(positions).map(radius), ...ids.map(radius));
  const taken = new Taken(2 * largest + gap);
  for (const [id, at] of Object.entries(positions)) taken.add(at, radius(id));
  const ends = new Map<string, { other: string; shift: number }[]>(ids.map((id) => [id, []]));
  for (const { source, target } of edges) {
    ends.get(target)?.push({ other: source, shift: onwards });
    ends.get(source)?.push({ other: target, shift: -onwards });
  }
  const out: Positions = {};
  const at = (id: string) => positions[id] ?? out[id];
  const known = (id: string) => (ends.get(id) ?? []).filter(({ other }) => at(other)).length;
  const left = new Set([...ids].sort());
  while (left.size > 0) {
    // Who knows most of those that stand comes first; who knows nobody waits for others to come.
    let next: string | undefined;
    let most = -1;
    for (const id of left) if (known(id) > most) [next, most] = [id, known(id)];
    if (next === undefined) break;
    left.delete(next);
    const near = (ends.get(next) ?? []).flatMap(({ other, shift }) => {
      const there = at(other);
      return there ? [{ x: there.x + shift, y: there.y }] : [];
    });
    const middle = { x: (room.x[0] + room.x[1]) / 2, y: (room.y[0] + room.y[1]) / 2 };
    const wish = near.length > 0 ? { x: near.reduce((sum, p) => sum + p.x, 0) / near.length, y: near.reduce((sum, p) => sum + p.y, 0) / near.length } : middle;
    const own = radius(next);
    const found = free({ x: clamped(wish.x, room.x), y: clamped(wish.y, room.y) }, own, gap, room, taken);
    out[next] = found;
    taken.add(found, own);
  }
  return out;
}

/** The nearest place in sight that is free; where none is, the one that covers least. */
function free(wish: Place, radius: number, gap: number, room: Frame, taken: Taken): Place {
  const step = 0.6 * (radius + gap);
  let best = wish;
  let least = Infinity;
  for (let rank = 0; rank < TRIES_MAX; rank += 1) {
    const turn = spiral(rank);
    const at = { x: wish.x + turn.x * step, y: wish.y + turn.y * step };
    if (at.x < room.x[0] || at.x > room.x[1] || at.y < room.y[0] || at.y > room.y[1]) continue;
    const lack = taken.lack(at, radius, gap);
    if (lack <= 0) return at;
    if (lack < least) [best, least] = [at, lack];
  }
  return best;
}
