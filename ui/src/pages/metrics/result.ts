import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { evaluate, exemplars, type Series } from "@/api/prometheus";
import { useRange } from "@/components/range";
import { columns, interpolate, stepOf, type Labels } from "@/lib/promql";
import { bounds } from "@/lib/time";

export type Line = { labels: Labels; values: (number | null)[]; query: number };
export type Drawn = { times: number[]; from: number; to: number; stepS: number; lines: Line[]; total: number; warnings: string[] };
export type Exemplar = { time: number; value: number; trace: string; series: Labels };

/** So many are drawn; the table lists all. */
export const DRAWN_MAX = 60;
const SERIES_MAX = 1000;
const EXEMPLARS_MAX = 200;

/** Queries over the page's time range, on one grid. */
export function useRangeQuery(queries: readonly string[], variables: Record<string, string> = {}, points = 240) {
  const time = useRange();
  return useQuery({
    queryKey: ["promql", queries, variables, time.range, points],
    enabled: queries.some((query) => query.trim() !== ""),
    placeholderData: keepPreviousData,
    retry: false,
    refetchInterval: time.every(10_000),
    queryFn: async ({ signal }): Promise<Drawn> => {
      const ends = bounds(time.range, Date.now());
      const stepS = stepOf(ends.to - ends.from, points);
      const to = Math.floor(ends.to / 1000 / stepS) * stepS * 1000;
      const from = Math.ceil(ends.from / 1000 / stepS) * stepS * 1000;
      const told = await Promise.all(queries.map((query) => evaluate("query_range", { query: interpolate(query, variables, ends.to - ends.from, stepS), start: from / 1000, end: to / 1000, step: stepS, limit: SERIES_MAX }, signal)));
      const series = told.flatMap(({ data }, query) => (data.resultType === "matrix" ? data.result.map((one) => ({ ...one, query })) : []));
      const { times, values } = columns(series.map(floats), from, to, stepS);
      const lines = series.map((one, i) => ({ labels: one.metric, values: values[i] ?? [], query: one.query }));
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
      const { data } = await exemplars({ query, start: ends.from / 1000, end: ends.to / 1000 }, signal);
      const found = data.flatMap((one) => one.exemplars.map((e) => ({ time: e.timestamp * 1000, value: Number(e.value), trace: e.labels["trace_id"] ?? e.labels["traceID"] ?? e.labels["TraceID"] ?? "", series: one.seriesLabels })));
      return found.filter((one) => one.trace !== "" && Number.isFinite(one.value)).sort((a, b) => b.value - a.value).slice(0, EXEMPLARS_MAX);
    },
  });
}

export type Figures = { last: number | null; min: number | null; max: number | null; mean: number | null };

/** What the table says of a line. */
export function figures(values: readonly (number | null)[]): Figures {
  const found = values.filter((value) => value !== null);
  if (found.length === 0) return { last: null, min: null, max: null, mean: null };
  return { last: found.at(-1) ?? null, min: found.reduce((a, b) => Math.min(a, b)), max: found.reduce((a, b) => Math.max(a, b)), mean: found.reduce((a, b) => a + b, 0) / found.length };
}

/** The largest last value first, what has none last; those as large stay as they were. */
export function largestFirst<T extends { last: number | null }>(rows: readonly T[]): T[] {
  const known = rows.filter(({ last }) => last !== null && !Number.isNaN(last));
  const rest = rows.filter(({ last }) => last === null || Number.isNaN(last));
  return [...known.sort((a, b) => (a.last === b.last ? 0 : (b.last ?? 0) - (a.last ?? 0))), ...rest];
}
