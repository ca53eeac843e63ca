/** Buckets of time as points that say what was in the stretch before them. Pure. */

type Buckets = { times_ms: readonly number[]; step_ms: number };

/** Where each bucket ends that lies in a stretch as a whole, and the values in it: those at its edges only seem to be less. */
export function whole(buckets: Buckets, all: readonly (readonly (number | null)[])[], from: number, to: number): { times: number[]; values: (number | null)[][] } {
  const at = buckets.times_ms.map((_, i) => i).filter((i) => (buckets.times_ms[i] ?? 0) >= from && (buckets.times_ms[i] ?? 0) + buckets.step_ms <= to);
  return { times: at.map((i) => (buckets.times_ms[i] ?? 0) + buckets.step_ms), values: all.map((values) => at.map((i) => values[i] ?? null)) };
}
