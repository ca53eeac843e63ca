/** What is usual for a signal: quantiles of the values just before. Pure. */

const BEFORE = 30;
const LEAST = 20;
const SHARE = 0.1;

function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? 0;
  return low + ((sorted[Math.ceil(at)] ?? low) - low) * (at % 1);
}

/** For each value the range in which eight of ten of the thirty before it lay; null where fewer than twenty are known: of few it would fill the chart and say nothing. */
export function usual(values: readonly (number | null)[]): { low: (number | null)[]; high: (number | null)[] } {
  const low: (number | null)[] = [];
  const high: (number | null)[] = [];
  values.forEach((_, i) => {
    const known = values
      .slice(Math.max(0, i - BEFORE), i)
      .filter((v) => v !== null)
      .sort((a, b) => a - b);
    low.push(known.length < LEAST ? null : quantile(known, SHARE));
    high.push(known.length < LEAST ? null : quantile(known, 1 - SHARE));
  });
  return { low, high };
}
