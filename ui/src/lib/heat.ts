/** Arithmetic of a heat map of durations over time: cells, pixels, and what a brushed rectangle means. */

export type Heat = { times_ms: number[]; step_ms: number; bounds_ns: number[]; counts: number[][] };
export type Box = { left: number; top: number; right: number; bottom: number };
export type Selection = { fromMs: number; toMs: number; minNs: number; maxNs: number };

/** The rows of duration buckets between the first and the last one in use, with one empty row around them. */
export function usedRows(heat: Heat): { first: number; last: number } {
  let first = heat.bounds_ns.length;
  let last = -1;
  for (const column of heat.counts) {
    column.forEach((n, j) => {
      if (n > 0) {
        first = Math.min(first, j);
        last = Math.max(last, j);
      }
    });
  }
  if (last < 0) return { first: 0, last: heat.bounds_ns.length - 1 };
  return { first: Math.max(0, first - 1), last: Math.min(heat.bounds_ns.length - 1, last + 1) };
}

const TICKS_NS = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 6e10, 6e11, 3.6e12, 3.6e13];

/** Round durations and where they stand, in rows from the top; bounds are taken as a scale of logarithms. */
export function ticks(heat: Pick<Heat, "bounds_ns">, rows: { first: number; last: number }): { ns: number; at: number }[] {
  const out: { ns: number; at: number }[] = [];
  for (const ns of TICKS_NS) {
    for (let j = Math.max(1, rows.first); j <= rows.last; j += 1) {
      const low = heat.bounds_ns[j - 1] ?? 0;
      const high = heat.bounds_ns[j] ?? 0;
      if (ns < low || ns >= high || low <= 0) continue;
      out.push({ ns, at: rows.last - (j - 1) - Math.log(ns / low) / Math.log(high / low) });
    }
  }
  return out.reverse();
}

/** Shade 1–4 of a count; by its logarithm, so that a single slow item is seen beside thousands of fast ones. */
export function shade(count: number, most: number): number {
  if (count <= 0) return 0;
  return most <= 1 ? 4 : 1 + Math.round((Math.log(count) / Math.log(most)) * 3);
}

/** The rectangle in units of cells, as times and durations. */
export function selected(heat: Heat, box: Box, rows: { first: number; last: number }): Selection {
  const clamp = (value: number, most: number) => Math.max(0, Math.min(most, value));
  const columns = heat.times_ms.length;
  const at = (i: number) => (heat.times_ms[0] ?? 0) + i * heat.step_ms;
  const low = rows.last - Math.floor(clamp(box.bottom, rows.last - rows.first + 0.999));
  const high = rows.last - Math.floor(clamp(box.top, rows.last - rows.first + 0.999));
  return {
    fromMs: at(Math.floor(clamp(box.left, columns))),
    toMs: at(Math.ceil(clamp(box.right, columns))),
    minNs: low > 0 ? (heat.bounds_ns[low - 1] ?? 0) : 0,
    maxNs: heat.bounds_ns[high] ?? 0,
  };
}

/** The cells that a selection covers, as far as they are in sight; undefined where none are. */
export function boxOf(heat: Heat, area: Selection, rows: { first: number; last: number }): Box | undefined {
  const columns = heat.times_ms.length;
  const clamp = (value: number, most: number) => Math.max(0, Math.min(most, value));
  const column = (ms: number) => clamp((ms - (heat.times_ms[0] ?? 0)) / heat.step_ms, columns);
  /** How many buckets lie below a duration. */
  const below = (ns: number) => heat.bounds_ns.filter((bound) => bound <= ns).length;
  const line = (buckets: number) => clamp(rows.last + 1 - buckets, rows.last - rows.first + 1);
  const box = { left: column(area.fromMs), right: column(area.toMs), top: line(below(area.maxNs)), bottom: line(below(area.minNs)) };
  return box.right > box.left && box.bottom > box.top ? box : undefined;
}
