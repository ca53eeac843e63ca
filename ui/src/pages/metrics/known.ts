import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { known, parsed, type Metadata } from "@/api/prometheus";
import { interpolate } from "@/lib/promql";
import { selector } from "./result";
import { chosenAtEach, family, metricUnit, queryUnit } from "@/lib/units";

const METRICS_MAX = 20_000;
const FRESH_MS = 60_000;

/** Kind, help and unit of metrics, as their senders say. */
const METADATA = { queryKey: ["metadata"], staleTime: FRESH_MS, queryFn: async ({ signal }: { signal: AbortSignal }) => (await known<Metadata>("metadata", { limit_per_metric: 1 }, signal)).data };

/** Names of metrics with their kind and help; read once in a while. */
export function useMetrics() {
  return useQuery({
    queryKey: ["metrics"],
    staleTime: FRESH_MS,
    queryFn: async ({ signal, client }) => {
      const [names, about] = await Promise.all([known<string[]>("label/__name__/values", { limit: METRICS_MAX }, signal), client.fetchQuery(METADATA)]);
      return names.data.map((text) => {
        const one = about[text]?.[0] ?? about[family(text)]?.[0];
        return { text, about: [one?.type === "unknown" ? "" : one?.type, one?.help].filter(Boolean).join(" · ") };
      });
    },
  });
}

const NAMES_MAX = 200;

/** Names of the labels of a metric, of all where it is empty, or values of one label. The editor and the list beside it ask for the same, and share what is told. */
export function useNames(wanted: "labels" | `label/${string}/values` | undefined, metric: string) {
  return useQuery({
    queryKey: ["names", wanted, metric],
    enabled: wanted !== undefined,
    staleTime: 30_000,
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: async ({ signal }) => (await known<string[]>(wanted ?? "labels", { ...(metric && { "match[]": selector(metric) }), limit: NAMES_MAX }, signal)).data.filter((name) => name !== "__name__"),
  });
}

export type Measured = {
  /** Of what all queries answer, empty where it is not known or they differ. */
  unit: string;
  /** So many series are chosen anew at each moment, by the outermost `topk` or `bottomk`. */
  chosen?: number;
  /** The unit of a metric's own values. */
  unitOf: (metric: string) => string;
};

const UNKNOWN: Measured = { unit: "", unitOf: () => "" };

/** In what queries answer, as far as their metrics' units and their own words tell. */
export function useMeasured(queries: readonly string[], variables: Record<string, string> = {}): Measured {
  const asked = queries.map((query) => interpolate(query, variables, 3_600_000, 60)).filter((query) => query.trim() !== "");
  const result = useQuery({
    queryKey: ["promql units", asked],
    enabled: asked.length > 0,
    staleTime: FRESH_MS,
    retry: false,
    queryFn: async ({ signal, client }): Promise<Measured> => {
      const [about, trees] = await Promise.all([client.fetchQuery(METADATA), Promise.all(asked.map((query) => parsed(query, signal)))]);
      const told = (name: string) => about[name]?.[0]?.unit ?? "";
      const units = new Set(trees.map((tree) => queryUnit(tree, told)));
      const [first] = trees;
      return { unit: units.size === 1 ? ([...units][0] ?? "") : "", chosen: trees.length === 1 && first ? chosenAtEach(first) : undefined, unitOf: (metric) => metricUnit(metric, told) };
    },
  });
  return result.data ?? UNKNOWN;
}

/** What lines are in: native histograms are drawn by how many were observed, and `{error}/{request}` is a share where no value is above 1. */
export function settledUnit(unit: string, lines: readonly { values: readonly (number | null)[]; observed?: boolean }[]): string {
  if (lines.some((line) => line.observed)) return "{observation}";
  const each = /^\{.*\}\/\{.*\}$/.test(unit);
  return each && lines.every(({ values }) => values.every((value) => value === null || (value >= 0 && value <= 1))) ? "ratio" : unit;
}
