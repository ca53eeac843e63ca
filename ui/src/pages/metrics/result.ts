import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { evaluate, exemplars, type Series } from "@/api/prometheus";
import { HEADROOM } from "@/components/Chart";
import { useRange } from "@/components/range";
import { columns, interpolate, stepOf, type Labels } from "@/lib/promql";
import { bounds } from "@/lib/time";

export type Line = { labels: Labels; values: (number | null)[]; query: number; /** A native histogram, drawn by its number of observations. */ observed: boolean };
export type Drawn = { times: number[]; from: number; to: number; stepS: number; lines: Line[]; total: number; warnings: string[] };
export type Exemplar = { time: number; value: number; trace: string; series: Labels };

/** So many are asked for. */
export const SERIES_MAX = 1000;
/** Native histograms come without their buckets: only what stands here is drawn. A parameter of this server; Prometheus knows none. */
export const DRAWN = { histograms: "totals" };
/** Of so many stretches of a chart the largest observation is marked: more would hide the lines. */
const MARKS_MAX = 40;

/** Queries over the page's time range, on one grid. on: whether to ask; what was told before stays. */
export function useRangeQuery(queries: readonly string[], variables: Record<string, string> = {}, points = 240, on = true) {
  const time = useRange();
  return useQuery({
    queryKey: ["promql", queries, variables, time.range, points],
    enabled: on && queries.some((query) => query.trim() !== ""),
    placeholderData: keepPreviousData,
    retry: false,
    refetchInterval: time.every(10_000),
    queryFn: async ({ signal }): Promise<Drawn> => {
      const ends = bounds(time.range, Date.now());
      const stepS = stepOf(ends.to - ends.from, points);
      const to = Math.floor(ends.to / 1000 / stepS) * stepS * 1000;
      const from = Math.ceil(ends.from / 1000 / stepS) * stepS * 1000;
      const told = await Promise.all(queries.map((query) => evaluate("query_range", { query: interpolate(query, variables, ends.to - ends.from, stepS), start: from / 1000, end: to / 1000, step: stepS, limit: SERIES_MAX, ...DRAWN }, signal)));
      const series = told.flatMap(({ data }, query) => (data.resultType === "matrix" ? data.result.map((one) => ({ ...one, query })) : []));
      const { times, values } = columns(series.map(floats), from, to, stepS);
      const lines = series.map((one, i) => ({ labels: one.metric, values: values[i] ?? [], query: one.query, observed: one.values === undefined && one.histograms !== undefined }));
      return { times, from, to, stepS, lines, total: lines.length, warnings: [...new Set(told.flatMap((one) => one.warnings))] };
    },
  });
}

/** Native histograms are drawn by their number of observations. */
function floats(one: Series): { values: (readonly [number, string])[] } {
  return { values: one.values ?? one.histograms?.map(([time, histogram]) => [time, histogram.count] as const) ?? [] };
}

/** Single observations with their traces, for the series of a query. */
export function useExemplars(query: string, on: boolean) {
  const time = useRange();
  return useQuery({
    queryKey: ["exemplars", query, time.range],
    enabled: on && query.trim() !== "",
    retry: false,
    placeholderData: keepPreviousData,
    refetchInterval: time.every(20_000),
    queryFn: async ({ signal }): Promise<Exemplar[]> => {
      const ends = bounds(time.range, Date.now());
      const { data } = await exemplars({ query: interpolate(query, {}, ends.to - ends.from, stepOf(ends.to - ends.from)), start: ends.from / 1000, end: ends.to / 1000 }, signal);
      const found = data.flatMap((one) => one.exemplars.map((e) => ({ time: e.timestamp * 1000, value: Number(e.value), trace: e.labels["trace_id"] ?? e.labels["traceID"] ?? e.labels["TraceID"] ?? "", series: one.seriesLabels })));
      return thinned(found.filter((one) => one.trace !== "" && Number.isFinite(one.value)), ends.from, ends.to);
    },
  });
}

/** The largest of each stretch, the largest of all first. */
export function thinned<T extends { time: number; value: number }>(all: readonly T[], from: number, to: number): T[] {
  const best = new Map<number, T>();
  for (const one of all) {
    const at = Math.floor(((one.time - from) / Math.max(1, to - from)) * MARKS_MAX);
    const before = best.get(at);
    if (!before || one.value > before.value) best.set(at, one);
  }
  return [...best.values()].sort((a, b) => b.value - a.value);
}

/** Where observations stand in a chart whose lines reach up to `top`, and whether one lies above it. Where a chart is in another unit than they are, such as a rate, they mark the moment at its foot. */
export function marked(samples: readonly Exemplar[], top: number, same: (one: Exemplar) => boolean): { marks: { time: number; value: number }[]; above: boolean } {
  const marks = samples.map((one) => ({ time: one.time, value: same(one) ? one.value : 0 }));
  return { marks, above: marks.some((one) => one.value > top * HEADROOM) };
}

export type Figures = { last: number | null; min: number | null; max: number | null; mean: number | null };

/** What the table says of a line. */
export function figures(values: readonly (number | null)[]): Figures {
  const found = values.filter((value) => value !== null);
  if (found.length === 0) return { last: null, min: null, max: null, mean: null };
  return { last: found.at(-1) ?? null, min: found.reduce((a, b) => Math.min(a, b)), max: found.reduce((a, b) => Math.max(a, b)), mean: found.reduce((a, b) => a + b, 0) / found.length };
}

/** What series can stand in order of. */
export const MEASURES = [
  { value: "last", label: "last value" },
  { value: "mean", label: "mean" },
  { value: "max", label: "most" },
] as const;
export type Measure = (typeof MEASURES)[number]["value"];
export const isMeasure = (text: string | undefined): text is Measure => MEASURES.some(({ value }) => value === text);

/** The largest first, what has no value last; those as large stay as they were. */
export function largestFirst<T extends Partial<Record<Measure, number | null>>>(rows: readonly T[], by: Measure): T[] {
  const none = (row: T) => row[by] == null || Number.isNaN(row[by]);
  const known = rows.filter((row) => !none(row));
  return [...known.sort((a, b) => (a[by] === b[by] ? 0 : (b[by] ?? 0) - (a[by] ?? 0))), ...rows.filter(none)];
}

/** Which of the series, largest first, are drawn, as the address says: `only` one, or `page` of them from `draw` on, or all. */
export function drawnOf(names: readonly string[], asked: { draw?: string; only?: string }, page: number): { from: number; to: number; only: boolean } {
  const one = asked.only === undefined ? -1 : names.indexOf(asked.only);
  if (one >= 0) return { from: one, to: one + 1, only: true };
  if (asked.draw === "all") return { from: 0, to: names.length, only: false };
  const wanted = Math.trunc(Number(asked.draw ?? 0)) || 0;
  const from = wanted > 0 && wanted < names.length ? wanted : 0;
  return { from, to: Math.min(names.length, from + page), only: false };
}

/** Names that are told apart: a chart hides series by their name. */
export function unique(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const n = (seen.get(name) ?? 0) + 1;
    seen.set(name, n);
    return n > 1 ? `${name} (${n})` : name;
  });
}

/** The number of a colour for each name: who was drawn `before` keeps it, others take the free ones in turn. `before` itself where nothing is to change. */
export function coloured(names: readonly string[], before: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  if (names.length === before.size && names.every((name) => before.has(name))) return before;
  const taken = new Set(names.flatMap((name) => before.get(name) ?? []));
  let next = 0;
  const free = () => {
    while (taken.has(next)) next += 1;
    return next++;
  };
  return new Map(names.map((name) => [name, before.get(name) ?? free()]));
}

/** A metric as a query names it: one that is no plain word stands in braces. */
export function selector(metric: string): string {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(metric) ? metric : `{"${metric.replaceAll(/["\\]/g, (c) => `\\${c}`)}"}`;
}

/** The kind of query that a metric asks for by its name. */
export function firstQuery(metric: string): string {
  const name = selector(metric);
  if (/_bucket$/.test(metric)) return `histogram_quantile(0.95, sum by (le) (rate(${name}[5m])))`;
  return /_(total|count|sum)$/.test(metric) ? `rate(${name}[5m])` : name;
}
