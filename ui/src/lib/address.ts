/** What pages show as text of their addresses, and back. What an address says that makes no sense is as if it were absent. */
import { hive, within, type Camera } from "./hive";

/** A look at something drawn: its middle as shares of the whole, and how many times as large it is drawn. */
export type Sight = { k: number; x: number; y: number };

const SIGHT_MAX = 100;

const numbers = (text: string | undefined): number[] => (text ? text.split("_").map((part) => (part.trim() ? Number(part) : NaN)) : []);

/** `2.5_0.4_0.5`; undefined where all of it is in sight. */
export function sightText({ k, x, y }: Sight): string | undefined {
  const parts = [Number(k.toPrecision(5)), Number(x.toFixed(6)), Number(y.toFixed(6))];
  return parts.join("_") === "1_0.5_0.5" ? undefined : parts.join("_");
}

export function parseSight(text: string | undefined): Sight | undefined {
  const [k = NaN, x = NaN, y = NaN, ...more] = numbers(text);
  if (more.length > 0 || !(k > 0 && k <= SIGHT_MAX && Math.abs(x) <= 10 && Math.abs(y) <= 10)) return undefined;
  return { k, x, y };
}

type Size = { width: number; height: number };

/** A camera over a map, independent of how large the map is in this window. */
export function sightOf(camera: Camera, map: Size): Sight {
  return { k: camera.k, x: (camera.x + map.width / camera.k / 2) / map.width, y: (camera.y + map.height / camera.k / 2) / map.height };
}

export function cameraOf({ k, x, y }: Sight, map: Size): Camera {
  return { k, x: x * map.width - map.width / k / 2, y: y * map.height - map.height / k / 2 };
}

/** A stretch of nanoseconds: `1000_25000`. */
export function stretchText({ from, to }: { from: number; to: number }): string {
  return `${Math.round(from)}_${Math.round(to)}`;
}

/** The part of the stretch that lies within `total`; undefined where nothing does. */
export function parseStretch(text: string | undefined, total: number): { from: number; to: number } | undefined {
  const [from = NaN, to = NaN, ...more] = numbers(text);
  if (more.length > 0 || !(from >= 0 && from < to && from < total)) return undefined;
  return { from, to: Math.min(to, total) };
}

const IDS_MAX = 300;

/** Ids, the newest of them where they are too many for an address. */
export function idsText(ids: Iterable<string>): string | undefined {
  return [...ids].slice(-IDS_MAX).join("_") || undefined;
}

export function parseIds(text: string | undefined): Set<string> {
  return new Set(text?.split("_").filter(Boolean).slice(-IDS_MAX));
}

const POINTS_MAX = 64;
const COARSE_PX = 1;

/** The corners of an outline (x, y, x, y …) that it cannot do without: what is left out lies within `px` of the rest (Douglas, Peucker 1973). */
export function simpler(outline: readonly number[], px: number): number[] {
  const n = outline.length / 2;
  const kept = new Uint8Array(n);
  kept[0] = kept[n - 1] = 1;
  const parts: [number, number][] = [[0, n - 1]];
  for (let part = parts.pop(); part; part = parts.pop()) {
    const [from, to] = part;
    const [ax = 0, ay = 0, bx = 0, by = 0] = [outline[from * 2], outline[from * 2 + 1], outline[to * 2], outline[to * 2 + 1]];
    const long = Math.hypot(bx - ax, by - ay);
    let [far, at] = [px, -1];
    for (let i = from + 1; i < to; i += 1) {
      const [x, y] = [(outline[i * 2] ?? 0) - ax, (outline[i * 2 + 1] ?? 0) - ay];
      const away = long > 0 ? Math.abs(x * (by - ay) - y * (bx - ax)) / long : Math.hypot(x, y);
      if (away > far) [far, at] = [away, i];
    }
    if (at < 0) continue;
    kept[at] = 1;
    parts.push([from, at], [at, to]);
  }
  return outline.filter((_, i) => kept[i >> 1]);
}

/** An outline on a map of a size: `900_420_12_30_88_31_…`. */
export function lassoText(outline: readonly number[], { width, height }: Size): string {
  let px = COARSE_PX;
  let corners = simpler(outline, px);
  while (corners.length / 2 > POINTS_MAX) corners = simpler(outline, (px *= 1.6));
  return [width, height, ...corners].map(Math.round).join("_");
}

/** The lines around which a lasso was drawn, on a map of the size that it had then: the same agents, however large the window is now. */
export function lassoed(text: string | undefined, nameOf: (line: number) => string, order: ArrayLike<number>): number[] | undefined {
  const [width = NaN, height = NaN, ...outline] = numbers(text);
  const fine = width >= 1 && height >= 1 && width < 1e5 && height < 1e5 && outline.length >= 6 && outline.length % 2 === 0 && outline.length <= 4 * POINTS_MAX && outline.every(Number.isFinite);
  return fine ? within(hive(nameOf, order, width, height), outline) : undefined;
}
