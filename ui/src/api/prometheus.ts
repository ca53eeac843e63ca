/** The HTTP API of Prometheus, as this server speaks it (https://prometheus.io/docs/prometheus/latest/querying/api/). */
import type { RuleGroup } from "@/lib/alerts";
import type { Labels } from "@/lib/promql";
import type { Tree } from "@/lib/units";
import { call } from "./client";

/** Seconds and the value as text. */
export type Point = readonly [number, string];
export type Histogram = { count: string; sum: string };
export type Series = { metric: Labels; value?: Point; values?: Point[]; histogram?: readonly [number, Histogram]; histograms?: (readonly [number, Histogram])[] };
export type Result =
  | { resultType: "vector"; result: Series[] }
  | { resultType: "matrix"; result: Series[] }
  | { resultType: "scalar"; result: Point }
  | { resultType: "string"; result: Point };
export type Metadata = Record<string, { type: string; help: string; unit: string }[]>;
export type Exemplars = { seriesLabels: Labels; exemplars: { labels: Labels; value: string; timestamp: number }[] }[];
export type Told<T> = { data: T; warnings: string[] };

type Value = string | number | undefined;
type Params = Record<string, Value | readonly string[]>;

function form(params: Params): URLSearchParams {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || value === "") continue;
    for (const one of typeof value === "object" ? value : [value]) out.append(name, String(one));
  }
  return out;
}

async function told<T>(answer: Promise<Response>): Promise<Told<T>> {
  const body = (await (await answer).json()) as { data: T; warnings?: string[]; infos?: string[] };
  return { data: body.data, warnings: [...(body.warnings ?? []), ...(body.infos ?? [])] };
}

/** A query's answer. By POST, as queries can be longer than an address. Raises ApiError with Prometheus' words. */
export function evaluate(path: "query" | "query_range" | "query_exemplars", params: Params, signal?: AbortSignal): Promise<Told<Result>> {
  return told(call(`/api/v1/${path}`, { method: "POST", body: form(params), signal }));
}

export function exemplars(params: Params, signal?: AbortSignal): Promise<Told<Exemplars>> {
  return told(call(`/api/v1/query_exemplars`, { method: "POST", body: form(params), signal }));
}

/** What is known besides samples: names and values of labels, series, metadata. */
export function known<T>(path: "labels" | "series" | "metadata" | `label/${string}/values` | "format_query", params: Params = {}, signal?: AbortSignal): Promise<Told<T>> {
  return told(call(`/api/v1/${path}?${form(params)}`, { signal }));
}

/** The tree of a query. By POST, as `evaluate`. */
export async function parsed(query: string, signal?: AbortSignal): Promise<Tree> {
  return (await told<Tree>(call("/api/v1/parse_query", { method: "POST", body: form({ query }), signal }))).data;
}

/** Groups of rules, with the alerts that are active. */
export async function ruleGroups(signal?: AbortSignal): Promise<RuleGroup[]> {
  return (await told<{ groups: RuleGroup[] }>(call("/api/v1/rules", { signal }))).data.groups;
}
