/** Signals of an agent as people read them: names, units, and how a value is written. Pure. */
import { bytes, count, duration, money, percent, reading, sentence, unitOf } from "./format";

const NAMES: Record<string, string> = {
  spans: "Spans",
  errors: "Errors",
  error_ratio: "Failed share of spans",
  latency_mean: "Latency, mean",
  latency_p50: "Latency, p50",
  latency_p95: "Latency, p95",
  latency_p99: "Latency, p99",
  latency_max: "Latency, longest",
  ttft: "Time to first token",
  llm_calls: "Model calls",
  llm_errors: "Failed model calls",
  tool_calls: "Tool calls",
  tool_errors: "Failed tool calls",
  cost: "Cost",
  llm_latency: "Latency of model calls",
  tool_error_ratio: "Failed share of tool calls",
  refusal_ratio: "Refused share of calls",
  repetition: "Share of repeated calls",
};

/** `latency_p95` → `Latency, p95`; a metric of the agent's own keeps its name. */
export function signalName(signal: string): string {
  return NAMES[signal] ?? (signal.includes(".") ? signal : sentence(signal));
}

/** What detectors look at under a name, where that is not what the name says by itself: the p95 of a minute is another figure. */
export function watchedName(signal: string): string {
  return signal === "latency_p95" ? "Latency, p95 of 10 s" : signalName(signal);
}

/** Where the values of a trend go, in words; empty where the newest of them says otherwise, or nothing is known. */
export function course({ direction, values }: { direction: string; values: readonly (number | null)[] }): string {
  const known = values.filter((v) => v != null);
  const last = known.at(-1);
  if (last === undefined || direction === "unknown") return "";
  const mean = known.reduce((sum, v) => sum + v, 0) / known.length;
  return (direction === "rising" && last < mean) || (direction === "falling" && last > mean) ? "" : direction;
}

const MEANINGS: Record<string, string> = {
  spans: "Spans that ended, a second",
  error_ratio: "Spans that failed, of all spans",
  latency_mean: "How long spans took, on average",
  latency_p95: "19 of 20 spans of ten seconds took no longer, on average of those ten seconds",
  llm_latency: "How long model calls took, on average",
  ttft: "How long model calls took to begin their answer, on average",
  input_tokens: "Tokens that a model call was given, on average",
  output_tokens: "Tokens that a model call answered, on average",
  cost: "What a model call cost, on average",
  tool_error_ratio: "Tool calls that failed, of all tool calls",
  repetition: "Spans that say what another one has said, of all spans",
};

/** What a signal that the platform counts is, over a stretch of so many words; empty for an agent's own. */
export function signalMeaning(signal: string, over: string): string {
  const said = MEANINGS[signal];
  return said ? `${said}: each point over the ${over} before it` : "";
}

const PER: Record<string, string> = { call: "a call", s: "a second", min: "a minute", h: "an hour", d: "a day" };

/** A unit in words, for behind the name: `1/s` → `a second`, `USD/h` → `an hour`; empty where the values say it. */
export function unitWords(unit: string): string {
  const [what = "", per = ""] = unit.split("/");
  const rate = PER[per] ?? (per.startsWith("{") ? `a ${noun(per)}` : "");
  if (["1", "", "ns", "us", "ms", "s", "By", "USD", "%", "Cel", "ratio"].includes(what)) return rate;
  return [many(noun(what)), rate].filter(Boolean).join(" ");
}

const noun = (annotation: string) => annotation.replaceAll(/[{}]/g, "");
const many = (one: string) => (one.endsWith("s") ? one : one.endsWith("y") ? `${one.slice(0, -1)}ies` : `${one}s`);

const NAMED: Record<string, string> = { USD: "dollars", By: "bytes", "1": "times", Cel: "degrees" };

/** What the values of a chart are that has only a query for a name: `in dollars an hour`, `in tasks`; empty where the values say it. */
export function measuredIn(unit: string): string {
  const words = unitWords(unit);
  const what = words && unit.includes("/") ? (NAMED[unit.split("/")[0] ?? ""] ?? "") : "";
  return words && `in ${[what, words].filter(Boolean).join(" ")}`;
}

const NS: Record<string, number> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, min: 60e9, h: 3600e9 };

/** How a value of a unit (UCUM, as OpenTelemetry writes them) is written. */
export function signalFormat(unit: string, signal = ""): (value: number) => string {
  const [what = ""] = unit.split("/");
  if (/^usd$|^\$$/i.test(what)) return money;
  if (what === "By") return bytes;
  if (!unit.includes("/") && NS[what]) return (value) => duration(value * (NS[what] ?? 1));
  if (what === "ratio") return percent;
  if (what === "Cel") return (value) => `${reading(value)} °C`;
  if (what === "1" && !unit.includes("/") && /ratio|share|utili[sz]ation|health|quality|repetition/.test(signal)) return percent;
  if (what === "%") return (value) => `${reading(value)} %`;
  return what.startsWith("{") ? count : reading;
}

/** The unit of a signal's values where they stand alone, as in a file: `1/s`, `USD/h`, `ns`; empty for bare numbers. */
export function signalUnit(unit: string, signal = ""): string {
  const bare = unit.replaceAll(/[{}]/g, "");
  return bare === "1" || bare === "" || bare === "ratio" ? unitOf(signalFormat(unit, signal)) : bare;
}
