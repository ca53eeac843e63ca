/** Panels of a Grafana dashboard (its JSON model) as panels of ours. Pure. */

export type PanelQuery = { expr: string; legend: string };
export type DashboardPanel = { title: string; kind: "lines" | "bars" | "figure" | "table"; unit: string; width: number; queries: PanelQuery[] };
export type Variable = { name: string; metric: string; label: string; pattern: string; values: string[]; value: string };
export type Imported = { name: string; variables: Variable[]; panels: DashboardPanel[]; left: string[] };

type Raw = Record<string, unknown>;
const object = (value: unknown): Raw => (value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Raw) : {});
const list = (value: unknown): Raw[] => (Array.isArray(value) ? value.map(object) : []);
const text = (value: unknown): string => (typeof value === "string" ? value : typeof value === "number" ? String(value) : "");

const KIND: Record<string, DashboardPanel["kind"]> = { timeseries: "lines", graph: "lines", heatmap: "lines", "state-timeline": "lines", barchart: "bars", histogram: "bars", stat: "figure", singlestat: "figure", gauge: "figure", bargauge: "figure", table: "table", "table-old": "table", piechart: "table" };
/** Grafana's units → UCUM. */
const UNIT: Record<string, string> = { s: "s", ms: "ms", "µs": "us", ns: "ns", m: "min", h: "h", bytes: "By", decbytes: "By", Bps: "By/s", binBps: "By/s", percentunit: "ratio", percent: "%", reqps: "1/s", ops: "1/s", cps: "1/s", currencyUSD: "USD", celsius: "Cel", dtdurations: "s", dtdurationms: "ms", clocks: "s", clockms: "ms", rps: "1/s", wps: "1/s", iops: "1/s", eps: "1/s", bps: "{bit}/s", binbps: "{bit}/s", pps: "{packet}/s", bits: "{bit}", decbits: "{bit}", short: "", none: "" };
const GRID = 24;
const NAME = /^[A-Za-z_]\w*$/;

/** Whether queries of a type of data source are PromQL; where none is named, a variable names it or it is a mix, they may be. */
const asksPrometheus = (type: string) => ["", "datasource"].includes(type) || type.startsWith("$") || type.includes("prometheus");

function panelOf(raw: Raw): DashboardPanel | string {
  const title = text(raw["title"]) || "Untitled";
  const kind = KIND[text(raw["type"])];
  const own = text(object(raw["datasource"])["type"]);
  const targets = list(raw["targets"]);
  const sources = targets.map((target) => text(object(target["datasource"])["type"]) || own);
  const queries = targets
    .filter((target, i) => text(target["expr"]) && target["hide"] !== true && asksPrometheus(sources[i] ?? "")) // LogQL stands in `expr` too
    .map((target) => ({ expr: text(target["expr"]), legend: text(target["legendFormat"]).replace(/^__auto$/, "") }));
  if (!kind) return `${title}: panels of type ${text(raw["type"]) || "unknown"} have no counterpart`;
  const other = [own, ...sources].find((type) => !asksPrometheus(type));
  if (queries.length === 0) return other ? `${title}: it asks a data source of type ${other}, not Prometheus` : `${title}: it has no PromQL query`;
  const defaults = object(object(raw["fieldConfig"])["defaults"]);
  const custom = object(defaults["custom"]);
  const old = list(raw["yaxes"])[0];
  const unit = text(defaults["unit"]) || text(old?.["format"]);
  // Halves become thirds: a row of three would hold one panel of two thirds, and nothing beside it.
  const wide = Number(object(raw["gridPos"])["w"] ?? (Number(raw["span"]) || 4) * 2);
  const bars = kind === "lines" && (text(custom["drawStyle"]) === "bars" || raw["bars"] === true);
  return { title, kind: bars ? "bars" : kind, unit: UNIT[unit] ?? "", width: Math.min(3, Math.max(1, Math.ceil((wide * 3) / GRID - 0.5))), queries };
}

/** Of a label's values what a variable's pattern lets through: its first group, else whole values; all where it is no pattern. */
export function narrowed(values: readonly string[], pattern: string): string[] {
  if (!pattern) return [...values];
  let regex: RegExp;
  try {
    regex = new RegExp(pattern);
  } catch {
    return [...values];
  }
  return [...new Set(values.flatMap((value) => { const found = regex.exec(value); return found ? [found.groups?.["value"] ?? found[1] ?? value] : []; }))];
}

/** What comes over, but not as it is there. */
function otherwise(panel: Raw): string[] {
  const name = text(panel["repeat"]);
  return name ? [`${text(panel["title"]) || "Untitled"}: it is repeated for each $${name} there; here it stands once`] : [];
}

/** `label_values(metric, label)`, a list, or a constant; undefined for what is neither. */
function variableOf(raw: Raw): Variable | undefined {
  const name = text(raw["name"]);
  if (!NAME.test(name)) return undefined;
  const now = object(raw["current"])["value"];
  const all = (value: string) => (value === "$__all" ? ".*" : value);
  const value = Array.isArray(now) ? now.map((one) => all(text(one))).join("|") : all(text(now));
  const kind = text(raw["type"]);
  if (kind === "query") {
    const query = text(raw["query"]) || text(object(raw["query"])["query"]) || text(raw["definition"]);
    const found = /^label_values\(\s*(?:(.+?)\s*,\s*)?([A-Za-z_]\w*)\s*\)$/.exec(query.trim());
    const pattern = text(raw["regex"]).replace(/^\/(.*)\/[a-z]*$/s, "$1");
    return found ? { name, metric: found[1] ?? "", label: found[2] ?? "", pattern, values: [], value: value || ".*" } : undefined;
  }
  const query = text(raw["query"]);
  if (kind === "custom" || kind === "interval") return { name, metric: "", label: "", pattern: "", values: query.split(",").map((one) => one.trim().replace(/^.*? : /, "")).filter(Boolean), value: value.startsWith("$__") ? "" : value };
  if (kind === "constant" || kind === "textbox") return { name, metric: "", label: "", pattern: "", values: query ? [query] : [], value: value || query };
  return undefined;
}

/** Reads a dashboard's JSON. Throws an Error that says what is wrong with it. */
export function importGrafana(json: string): Imported {
  let raw: Raw;
  try {
    raw = object(JSON.parse(json));
  } catch {
    throw new Error("This is no JSON; in Grafana, take Share → Export → Save to file.");
  }
  const board = object(raw["dashboard"] ?? raw);
  const panels = list(board["panels"]).concat(list(board["rows"]).flatMap((row) => list(row["panels"])));
  const elements = object(object(raw["spec"] ?? board)["elements"]);
  if (Object.keys(elements).length > 0) throw new Error("This is Grafana’s newer form of a dashboard (schema v2); in Grafana, export it as Classic.");
  if (panels.length === 0) throw new Error("There is no dashboard with panels in it.");
  const flat = panels.flatMap((panel) => (text(panel["type"]) === "row" ? list(panel["panels"]) : [panel]));
  const made = flat.map(panelOf);
  const variables = list(object(board["templating"])["list"]);
  const asked = variables.filter((one) => !["datasource", "adhoc"].includes(text(one["type"])));
  const read = asked.map(variableOf);
  const said = asked.filter((_, i) => !read[i]).map((one) => `$${text(one["name"])}: this kind of variable has no counterpart; it stands for all`);
  const free = (one: Raw): Variable[] => (NAME.test(text(one["name"])) ? [{ name: text(one["name"]), metric: "", label: "", pattern: "", values: [], value: ".*" }] : []);
  return {
    name: text(board["title"]) || "Imported",
    variables: asked.flatMap((one, i) => read[i] ?? free(one)),
    panels: made.filter((one) => typeof one !== "string"),
    left: [...made.flatMap((one, i) => (typeof one === "string" ? [one] : otherwise(flat[i] ?? {}))), ...said],
  };
}
