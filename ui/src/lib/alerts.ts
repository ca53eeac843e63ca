/** Rules and alerts of Prometheus' API, laid out for people. Pure. */
import { duration, percent, reading } from "./format";
import type { Labels } from "./promql";

/** An alert that is pending or fires. `value` as Go's %e writes it. */
export type Alert = { labels: Labels; annotations: Labels; state: string; activeAt: string; value: string; keepFiringSince?: string };
export type Rule = { name: string; query: string; labels: Labels; health: string; lastError?: string; evaluationTime: number; lastEvaluation: string } & (
  | { type: "recording" }
  | { type: "alerting"; state: string; duration: number; keepFiringFor: number; annotations: Labels; alerts: Alert[] }
);
export type RuleGroup = { name: string; file: string; interval: number; limit: number; evaluationTime: number; lastEvaluation: string; rules: Rule[] };
export type Watched = { key: string; group: RuleGroup; rule: Rule };
export type Active = Alert & { key: string; group: RuleGroup; rule: Extract<Rule, { type: "alerting" }> };
export const STATES = ["firing", "pending", "inactive", "unknown"] as const;
const ORDER: Record<string, number> = { firing: 0, pending: 1, inactive: 2, unknown: 3 };
const NEVER = /^0001-/;
const MINUTE_MS = 60_000;

/** Names a rule in an address: its group, and which of the group's rules it is. */
export function keyOf(group: RuleGroup, rule: Rule): string {
  const alike = group.rules.filter((one) => one.name === rule.name);
  const at = alike.indexOf(rule);
  return [group.file.split("/").at(-1), group.name, rule.name, ...(at > 0 ? [at] : [])].join("/");
}

/** Every rule with its group; those that fail or fire first, then in the order of the files. */
export function watched(groups: readonly RuleGroup[]): Watched[] {
  const all = groups.flatMap((group) => group.rules.map((rule) => ({ key: keyOf(group, rule), group, rule })));
  const grave = ({ rule }: Watched) => (rule.health === "err" ? 0 : 1 + (rule.type === "alerting" ? (ORDER[rule.state] ?? 3) : 2));
  return all.map((one, at) => ({ one, at })).sort((a, b) => grave(a.one) - grave(b.one) || a.at - b.at).map(({ one }) => one);
}

/** Every alert with its rule; those that fire first, the newest before older ones. */
export function active(groups: readonly RuleGroup[]): Active[] {
  const all = groups.flatMap((group) =>
    group.rules.flatMap((rule) => (rule.type === "alerting" ? rule.alerts.map((alert) => ({ ...alert, key: [keyOf(group, rule), ...Object.entries(alert.labels).filter(([name]) => name !== "alertname").map(([, value]) => value)].join("/"), group, rule })) : [])),
  );
  return all.sort((a, b) => (ORDER[a.state] ?? 3) - (ORDER[b.state] ?? 3) || Date.parse(b.activeAt) - Date.parse(a.activeAt));
}

/** Whether every word stands in the name, a label or an annotation. */
export function says(one: { labels: Record<string, string>; annotations?: Record<string, string> }, name: string, words: string): boolean {
  const text = [name, ...Object.entries(one.labels).flat(), ...Object.values(one.annotations ?? {})].join("\n").toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** Labels that tell alerts of one rule apart: all but the rule's name. */
export function telling(labels: Record<string, string>): [string, string][] {
  return Object.entries(labels).filter(([name]) => name !== "alertname" && name !== "severity");
}

/** Whether a moment of the API means never. */
export function never(time: string): boolean {
  return NEVER.test(time);
}

const OF_AGENTS = ["agent", "agent_id", "gen_ai_agent_id", "swarmscope_agent_id"];

/** The agent that labels are about, by the names that it goes by; empty: none. */
export function agentOf(labels: Labels): string {
  return OF_AGENTS.map((name) => labels[name]).find(Boolean) ?? "";
}

/** Whether a label names the agent. */
export function namesAgent(label: string): boolean {
  return OF_AGENTS.includes(label);
}

/** Whom labels are about: the agent, else the values that tell an alert from others of its rule. */
export function whom(labels: Labels): string {
  return agentOf(labels) || telling(labels).map(([, value]) => value).join(", ");
}

/** How a rule stands, in one word. */
export function stateOf(rule: Rule): string {
  return rule.health === "err" ? "failing" : rule.type === "recording" ? "recording" : rule.state;
}

/** The series that says when this alert fired: its name and labels (https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/). */
export function seriesOf({ labels }: { labels: Record<string, string> }): string {
  const pairs = Object.entries({ ...labels, alertstate: "firing" }).map(([name, value]) => `${/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)}=${JSON.stringify(value)}`);
  return `ALERTS{${pairs.join(",")}}`;
}

/** Stretches without a gap longer than a step, oldest first, in milliseconds. points: of one or more series, seconds and value. */
export function firings(series: readonly (readonly (readonly [number, string])[])[], stepS: number): { from: number; to: number }[] {
  const times = [...new Set(series.flatMap((points) => points.map(([time]) => time)))].sort((a, b) => a - b);
  const found: { from: number; to: number }[] = [];
  for (const time of times) {
    const last = found.at(-1);
    if (last && time * 1000 - last.to <= stepS * 1000) last.to = (time + stepS) * 1000;
    else found.push({ from: time * 1000, to: (time + stepS) * 1000 });
  }
  return found;
}

const PLACE = /\{\{\s*(?:\$labels\.(\w+)|(printf\s+"[^"]*"\s+)?\$value(?:\s*\|\s*(\w+))?)\s*\}\}/g;
const PRINTF = /%(?:\.(\d+))?[fgeds]/;

/** A sentence of a rule with what it says of one alert; empty where it does more than name labels and the value. `value`: undefined where it is not known. */
export function filled(template: string, labels: Labels, value: number | undefined): string {
  if (value === undefined && template.includes("$value")) return "";
  const text = template.replaceAll(PLACE, (whole, label: string | undefined, format: string | undefined, turned: string | undefined) => {
    if (label !== undefined) return labels[label] ?? "";
    const n = value ?? 0;
    if (format !== undefined) return format.replace(/^printf\s+"([^"]*)"\s+$/, "$1").replace(PRINTF, (_, digits: string | undefined) => (digits === undefined ? reading(n) : n.toFixed(Number(digits)))).replaceAll("%%", "%");
    if (turned === "humanizePercentage") return percent(n);
    if (turned === "humanizeDuration") return duration(n * 1e9);
    return turned === undefined || turned.startsWith("humanize") ? reading(n) : whole;
  });
  return text.includes("{{") ? "" : text;
}

/** The gravest of the values with which an alert fired: the least where its rule asks for little. `series`: answers of the rule's expression. */
export function worst({ labels, from, to }: Ended, query: string, series: readonly { metric: Labels; values?: readonly (readonly [number, string])[] }[]): number | undefined {
  const mine = series.find(({ metric }) => Object.entries(metric).every(([name, value]) => name === "__name__" || labels[name] === value));
  const within = (slack: number) => (mine?.values ?? []).filter(([time]) => time * 1000 >= from - slack && time * 1000 <= to + slack).map(([, value]) => Number(value));
  const inside = within(0);
  const values = inside.length > 0 ? inside : within(MINUTE_MS); // both ends are known to the minute
  if (values.length === 0) return undefined;
  return query.includes("<") ? Math.min(...values) : Math.max(...values);
}

/** Asks when what no longer fires did. */
export const ENDED = 'ALERTS{alertstate="firing"} unless ALERTS{alertstate="firing"} @ end()';
export type Ended = { key: string; name: string; labels: Labels; from: number; to: number };

/** Each time that one of the series fired, the newest end first. */
export function ended(series: readonly { metric: Labels; values?: readonly (readonly [number, string])[] }[], stepS: number): Ended[] {
  const all = series.flatMap(({ metric, values }) => {
    const labels = Object.fromEntries(Object.entries(metric).filter(([name]) => name !== "__name__" && name !== "alertstate"));
    return firings([values ?? []], stepS).map((one) => ({ ...one, key: `${JSON.stringify(labels)} ${one.from}`, name: labels["alertname"] ?? "", labels }));
  });
  return all.sort((a, b) => b.to - a.to || b.from - a.from);
}
