/** What is covered in a picture, so that no text is written over a dot or over another text. Pure; all in pixels. */

type Box = { x: number; y: number; wide: number; high: number };
type Disc = { x: number; y: number; radius: number };

const CELL_PX = 48;

export class Covered {
  private boxes: Box[] = [];
  private readonly discs = new Map<string, Disc[]>();

  clear(): void {
    this.boxes = [];
    this.discs.clear();
  }

  /** A dot stands there. */
  dot(disc: Disc): void {
    eachCell({ x: disc.x - disc.radius, y: disc.y - disc.radius, wide: 2 * disc.radius, high: 2 * disc.radius }, (key) => {
      const cell = this.discs.get(key);
      if (cell) cell.push(disc);
      else this.discs.set(key, [disc]);
    });
  }

  /** Whether the place is free, `y` being its middle; it is taken then. */
  take(x: number, y: number, wide: number, high: number): boolean {
    const box = { x, y: y - high / 2, wide, high };
    if (this.boxes.some((b) => b.y < box.y + high && box.y < b.y + b.high && b.x < x + wide && x < b.x + b.wide)) return false;
    let hit = false;
    eachCell(box, (key) => (hit ||= this.discs.get(key)?.some((disc) => within(disc, box)) ?? false));
    if (hit) return false;
    this.boxes.push(box);
    return true;
  }
}

function eachCell({ x, y, wide, high }: Box, see: (key: string) => void): void {
  for (let i = Math.floor(x / CELL_PX); i <= Math.floor((x + wide) / CELL_PX); i += 1) for (let j = Math.floor(y / CELL_PX); j <= Math.floor((y + high) / CELL_PX); j += 1) see(`${i} ${j}`);
}

/** Whether a disc reaches into a box. */
function within({ x, y, radius }: Disc, box: Box): boolean {
  const dx = x - Math.min(Math.max(x, box.x), box.x + box.wide);
  const dy = y - Math.min(Math.max(y, box.y), box.y + box.high);
  return Math.hypot(dx, dy) < radius;
}

type Place = [x: number, y: number];

/** Where the name of a dot may stand, best first, `y` being its middle: at its right or left, below or above, then at a corner. */
export function around({ x, y, radius }: Disc, wide: number, high: number, gap: number): Place[] {
  const [right, left] = [x + radius + gap, x - radius - gap - wide];
  const [below, above] = [y + radius + gap / 2 + high / 2, y - radius - gap / 2 - high / 2];
  const slant = radius * Math.SQRT1_2 + gap / 2;
  const corners = [x + slant, x - slant - wide].flatMap((at): Place[] => [[at, y + slant + high / 2], [at, y - slant - high / 2]]);
  return [[right, y], [left, y], [x - wide / 2, below], [x - wide / 2, above], ...corners];
}

/** Dots with a name that are in sight, in the order in which their names take their places: `first` before all, then the largest. */
export function toName<T extends { key: string; label?: string | null; x: number; y: number; size: number }>(dots: readonly T[], first: string | undefined, sight: { wide: number; high: number }): T[] {
  const rank = (one: T) => (one.key === first ? Infinity : one.size);
  const seen = dots.filter(({ label, x, y }) => label && x >= 0 && x <= sight.wide && y >= 0 && y <= sight.high);
  return seen.sort((a, b) => rank(b) - rank(a) || (a.key < b.key ? -1 : 1));
}
