/** PromQL as far as writing it needs: where the cursor is, what fits there, legends, steps, variables. Pure; the server parses. */

export type Labels = Record<string, string>;

/** Functions with what they take and give, as completion shows them. */
export const FUNCTIONS: readonly (readonly [name: string, about: string])[] = [
  ["rate", "(range) increase a second, resets considered"],
  ["irate", "(range) rate of the last two samples"],
  ["increase", "(range) by how much a counter grew"],
  ["delta", "(range) difference of a gauge"],
  ["idelta", "(range) difference of the last two samples"],
  ["deriv", "(range) slope a second, by regression"],
  ["predict_linear", "(range, seconds) where the slope leads"],
  ["double_exponential_smoothing", "(range, sf, tf) smoothed, with trend"],
  ["changes", "(range) how often the value changed"],
  ["resets", "(range) how often the counter began anew"],
  ["avg_over_time", "(range) mean"],
  ["min_over_time", "(range) least"],
  ["max_over_time", "(range) most"],
  ["sum_over_time", "(range) sum"],
  ["count_over_time", "(range) number of samples"],
  ["quantile_over_time", "(q, range) quantile"],
  ["stddev_over_time", "(range) standard deviation"],
  ["stdvar_over_time", "(range) variance"],
  ["mad_over_time", "(range) median absolute deviation"],
  ["first_over_time", "(range) oldest sample"],
  ["last_over_time", "(range) newest sample"],
  ["ts_of_first_over_time", "(range) when the oldest sample was taken"],
  ["ts_of_last_over_time", "(range) when the newest sample was taken"],
  ["ts_of_max_over_time", "(range) when the most was reached"],
  ["ts_of_min_over_time", "(range) when the least was reached"],
  ["present_over_time", "(range) 1 where there are samples"],
  ["absent_over_time", "(range) 1 where there are none"],
  ["absent", "(vector) 1 where there is none"],
  ["histogram_quantile", "(q, histogram) quantile of buckets or native histograms"],
  ["histogram_quantiles", "(histogram, label, q, …) several quantiles at once"],
  ["histogram_fraction", "(low, high, histogram) share between two values"],
  ["histogram_avg", "(histogram) mean of native histograms"],
  ["histogram_count", "(histogram) observations"],
  ["histogram_sum", "(histogram) sum of observations"],
  ["histogram_stddev", "(histogram) standard deviation"],
  ["histogram_stdvar", "(histogram) variance"],
  ["label_replace", "(vector, new, replacement, label, regex) another label"],
  ["label_join", "(vector, new, separator, labels…) labels joined"],
  ["info", "(vector, {selector}) with the labels of info metrics"],
  ["abs", "(vector)"],
  ["ceil", "(vector)"],
  ["floor", "(vector)"],
  ["round", "(vector, to) nearest multiple"],
  ["clamp", "(vector, min, max)"],
  ["clamp_min", "(vector, min)"],
  ["clamp_max", "(vector, max)"],
  ["exp", "(vector)"],
  ["ln", "(vector)"],
  ["log2", "(vector)"],
  ["log10", "(vector)"],
  ["sqrt", "(vector)"],
  ["sgn", "(vector) −1, 0 or 1"],
  ["min_of", "(scalar, scalar)"],
  ["max_of", "(scalar, scalar)"],
  ...["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"].map((name) => [name, "(vector) in radians"] as const),
  ["deg", "(vector) radians to degrees"],
  ["rad", "(vector) degrees to radians"],
  ["pi", "()"],
  ["sort", "(vector) ascending"],
  ["sort_desc", "(vector) descending"],
  ["sort_by_label", "(vector, labels…) ascending by labels"],
  ["sort_by_label_desc", "(vector, labels…) descending by labels"],
  ["scalar", "(vector) of one series"],
  ["vector", "(scalar)"],
  ["time", "() now, in seconds"],
  ["timestamp", "(vector) of each sample"],
  ["start_timestamp", "(vector) when each counter began"],
  ["start", "() of the range, in seconds; also @ start()"],
  ["end", "() of the range, in seconds; also @ end()"],
  ["range", "() length of the range, in seconds"],
  ["step", "() between points, in seconds"],
  ["minute", "(vector)"],
  ["hour", "(vector)"],
  ["day_of_week", "(vector)"],
  ["day_of_month", "(vector)"],
  ["day_of_year", "(vector)"],
  ["days_in_month", "(vector)"],
  ["month", "(vector)"],
  ["year", "(vector)"],
];

export const AGGREGATIONS: readonly (readonly [name: string, about: string])[] = [
  ["sum", "by (label) (vector)"],
  ["avg", "by (label) (vector)"],
  ["min", "by (label) (vector)"],
  ["max", "by (label) (vector)"],
  ["count", "by (label) (vector)"],
  ["group", "by (label) (vector) 1 per group"],
  ["stddev", "by (label) (vector)"],
  ["stdvar", "by (label) (vector)"],
  ["topk", "(k, vector) the largest"],
  ["bottomk", "(k, vector) the smallest"],
  ["quantile", "(q, vector) over series"],
  ["limitk", "(k, vector) any k series"],
  ["limit_ratio", "(ratio, vector) a share of the series"],
  ["count_values", "(label, vector) how many have each value"],
];

const KEYWORDS = ["by", "without", "on", "ignoring", "group_left", "group_right", "offset", "bool", "and", "or", "unless", "atan2"];
const GROUPING = new Set(["by", "without", "on", "ignoring", "group_left", "group_right"]);
const DURATIONS = ["1m", "5m", "15m", "1h", "6h", "1d"];

/** What stands at the cursor: a piece of text from `start` to `end`, of some kind, about a metric or a label of it. */
export type Spot = { kind: "name" | "label" | "value" | "range" | "none"; start: number; end: number; word: string; metric: string; label: string };

const NAME = /[A-Za-z0-9_:.]/;

/** What can be completed at `at`. */
export function spotAt(text: string, at: number): Spot {
  let metric = ""; // of the selector that is open, or the last one before
  let word = "";
  let label = "";
  const groups: boolean[] = []; // open parentheses: whether label names stand in them
  let braces = false;
  let quote = "";
  let from = 0; // of the string that is open
  let operator = false; // an operator stands between label and value
  let range = -1;
  for (let i = 0; i < at; i += 1) {
    const c = text[i] ?? "";
    if (quote) {
      if (c === "\\") i += 1;
      else if (c === quote) quote = "";
      continue;
    }
    if (c === '"' || c === "'" || c === "`") {
      quote = c;
      from = i + 1;
      continue;
    }
    if (NAME.test(c)) {
      word = NAME.test(text[i - 1] ?? "") ? word + c : c;
      if (braces && !operator) label = word;
      continue;
    }
    if (c === "{") {
      metric = NAME.test(text[i - 1] ?? "") ? word : "";
      braces = true;
      label = "";
      operator = false;
    } else if (c === "}") braces = false;
    else if (c === "," && braces) {
      label = "";
      operator = false;
    } else if ((c === "=" || c === "~" || c === "!") && braces) operator = true;
    else if (c === "[") {
      range = i + 1;
      if (NAME.test(text[i - 1] ?? "")) metric = word;
    } else if (c === "]") range = -1;
    else if (c === "(") groups.push(GROUPING.has(word));
    else if (c === ")") groups.pop();
    if (c === " " && word && !GROUPING.has(word)) word = "";
  }
  let end = at;
  if (quote) {
    while (end < text.length && text[end] !== quote && text[end] !== "\n") end += 1;
    const kind = braces && operator ? "value" : "none";
    return { kind, start: from, end, word: text.slice(from, at), metric, label };
  }
  let start = at;
  while (start > 0 && NAME.test(text[start - 1] ?? "")) start -= 1;
  while (end < text.length && NAME.test(text[end] ?? "")) end += 1;
  const spot = { start, end, word: text.slice(start, at), metric, label };
  if (range >= 0) return { ...spot, kind: "range" };
  if (braces) return { ...spot, kind: operator ? "none" : "label" };
  if (groups.at(-1)) return { ...spot, kind: "label", metric: metricAfter(text, at) || metric };
  return { ...spot, kind: "name" };
}

/** The metric that a grouping before it is about: `sum by (‸) (rate(http_requests_total[5m]))`. */
function metricAfter(text: string, at: number): string {
  const known = new Set([...FUNCTIONS, ...AGGREGATIONS].map(([name]) => name).concat(KEYWORDS));
  const after = text.slice(at).replace(/^[^)]*\)/, "");
  for (const [name] of after.replaceAll(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, " ").matchAll(/[A-Za-z_:][A-Za-z0-9_:]*/g)) if (!known.has(name)) return name;
  const before = text.slice(0, at).replaceAll(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, " ");
  for (const [name] of before.matchAll(/[A-Za-z_:][A-Za-z0-9_:]*/g)) if (!known.has(name)) return name;
  return "";
}

export type Suggestion = { text: string; about: string; kind: "metric" | "function" | "aggregation" | "keyword" | "label" | "value" | "range"; cursor?: number };

const SHOWN_MAX = 40;

/** Those that fit, what begins with the word first; `known`: metrics, labels or values from the server. */
export function suggestions(spot: Spot, known: readonly { text: string; about?: string }[]): Suggestion[] {
  const all: Suggestion[] = [];
  const add = (kind: Suggestion["kind"], items: readonly (readonly [string, string])[]) => all.push(...items.map(([text, about]) => ({ text, about, kind })));
  if (spot.kind === "name") {
    add("aggregation", AGGREGATIONS);
    add("function", FUNCTIONS);
    add("metric", known.map((one) => [one.text, one.about ?? ""] as const));
    add("keyword", KEYWORDS.map((name) => [name, ""] as const));
  } else if (spot.kind === "range") add("range", DURATIONS.map((name) => [name, ""] as const));
  else if (spot.kind === "label") add("label", known.map((one) => [one.text, one.about ?? ""] as const));
  else if (spot.kind === "value") add("value", known.map((one) => [one.text, one.about ?? ""] as const));
  const word = spot.word.toLowerCase();
  if (spot.kind === "name" && !word) return [];
  const rank = (text: string) => (text === word ? 3 : text.startsWith(word) ? 0 : text.includes(word) ? 1 : 2);
  return all
    .map((one) => ({ one, at: rank(one.text.toLowerCase()) }))
    .filter(({ at }) => at < 2)
    .sort((a, b) => a.at - b.at)
    .slice(0, SHOWN_MAX)
    .map(({ one }) => one);
}

/** The text with a suggestion taken, and where the cursor goes. */
export function taken(text: string, spot: Spot, suggestion: Suggestion): { text: string; at: number } {
  const value = suggestion.kind === "value" ? suggestion.text.replaceAll(/["\\]/g, (c) => `\\${c}`) : suggestion.text;
  const opens = (suggestion.kind === "function" || suggestion.kind === "aggregation") && text[spot.end] !== "(" ? "(" : "";
  const made = text.slice(0, spot.start) + value + opens + text.slice(spot.end);
  return { text: made, at: spot.start + value.length + opens.length };
}

/** Where the server says that a query makes no sense: `2:5: parse error: …` → the place in the text, and the words without it. */
export function fault(text: string, message: string): { at: number | undefined; words: string } {
  const found = /(?:^|\s)(\d+):(\d+): (?:parse error: )?/.exec(message);
  if (!found) return { at: undefined, words: message };
  const lines = text.split("\n");
  const line = Number(found[1]) - 1;
  const at = lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0) + Number(found[2]) - 1;
  return { at: Math.min(Math.max(0, at), text.length), words: message.slice(found.index).replace(found[0], "").trim() || message };
}

/** A series in words: by a template with `{{label}}`, else `name{label="value", …}`. */
export function legend(labels: Labels, template = ""): string {
  if (template && template !== "__auto") return template.replaceAll(/\{\{\s*([\w.]+)\s*\}\}/g, (_, name: string) => labels[name] ?? "") || "value";
  const { __name__: name = "", ...rest } = labels;
  const pairs = Object.entries(rest).map(([key, value]) => `${key}="${value}"`);
  return `${name}${pairs.length ? `{${pairs.join(", ")}}` : ""}` || "value";
}

const FEW_LABELS = 2;

/** Series in as few words as tell them apart: what all have is said once. */
export function distinct(all: readonly Labels[]): { names: string[]; shared: string } {
  const first = all[0] ?? {};
  const shared = all.length > 1 ? Object.fromEntries(Object.entries(first).filter(([key, value]) => all.every((labels) => labels[key] === value))) : {};
  const keys = new Set(all.flatMap((labels) => Object.keys(labels)).filter((key) => !(key in shared)));
  // What tells most series apart is said first: what is cut off at the end is missed least.
  const told = new Map([...keys].map((key) => [key, new Set(all.map((labels) => labels[key])).size]));
  const order = [...keys].sort((a, b) => (told.get(b) ?? 0) - (told.get(a) ?? 0));
  const own = (wanted: readonly string[]) => all.map((labels) => Object.fromEntries(wanted.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]]))));
  const named = (wanted: readonly string[]) => own(wanted).map((labels) => (wanted.length === 1 && all.length > 1 ? Object.values(labels)[0] || '""' : legend(labels)));
  // One or two labels are what was asked for; of more, those that repeat what the first ones say are left out.
  const enough = order.length > FEW_LABELS ? order.findIndex((_, i) => new Set(named(order.slice(0, i + 1))).size === all.length) : -1;
  const names = named(enough < 0 ? order : order.slice(0, enough + 1));
  return { names, shared: Object.keys(shared).length > 0 ? legend(shared) : "" };
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 604_800];

/** Seconds between points, so that a range has about `points` of them. */
export function stepOf(rangeMs: number, points = 240): number {
  const wanted = rangeMs / 1000 / points;
  return STEPS_S.find((step) => step >= wanted) ?? Math.ceil(wanted / 604_800) * 604_800;
}

/** Seconds as PromQL writes them: 90 → `1m30s`. */
export function promDuration(seconds: number): string {
  const parts: [number, string][] = [[86_400, "d"], [3600, "h"], [60, "m"], [1, "s"]];
  let left = Math.max(1, Math.round(seconds));
  return parts.map(([size, unit]) => { const n = Math.floor(left / size); left -= n * size; return n ? `${n}${unit}` : ""; }).join("");
}

const SCRAPE_S = 15;

/** What a variable that stands for all values is. */
export const ALL = ".*";
const USED = /\$\{(\w+)(?::[\w:]+)?\}|\[\[(\w+)(?::\w+)?\]\]|\$(\w+)/g;
const EQUAL = /(?<!!)=(\s*)("[^"\n]*"|'[^'\n]*')/g;

/** The query with variables put in: `$name`, `${name}`, `${name:regex}`, `[[name]]`, and Grafana's `$__interval`, `$__rate_interval`, `$__range`.
 * `label="$name"` is a match of patterns where the variable stands for all. */
export function interpolate(expr: string, values: Record<string, string>, rangeMs: number, stepS: number): string {
  const all: Record<string, string> = {
    ...values,
    __interval: promDuration(stepS),
    __interval_ms: String(stepS * 1000),
    __rate_interval: promDuration(Math.max(stepS + SCRAPE_S, 4 * SCRAPE_S)),
    __range: promDuration(rangeMs / 1000),
    __range_s: String(Math.round(rangeMs / 1000)),
    __range_ms: String(rangeMs),
  };
  const put = (whole: string, name: string) => all[name] ?? whole;
  const ofAll = (quoted: string) => [...quoted.matchAll(USED)].some(([, a, b, c]) => values[a ?? b ?? c ?? ""] === ALL);
  return expr
    .replaceAll(EQUAL, (whole, space: string, quoted: string) => (ofAll(quoted) ? `=~${space}${quoted}` : whole))
    .replaceAll(USED, (whole, a?: string, b?: string, c?: string) => put(whole, a ?? b ?? c ?? ""));
}

/** Points of a range answer as columns over one grid of times; what is no finite number is a gap. */
export function columns(series: readonly { values?: readonly (readonly [number, string])[] }[], fromMs: number, toMs: number, stepS: number): { times: number[]; values: (number | null)[][] } {
  const stepMs = stepS * 1000;
  const count = Math.max(1, Math.floor((toMs - fromMs) / stepMs) + 1);
  const times = Array.from({ length: count }, (_, i) => fromMs + i * stepMs);
  const values = series.map((one) => {
    const column = new Array<number | null>(count).fill(null);
    for (const [time, text] of one.values ?? []) {
      const at = Math.round((time * 1000 - fromMs) / stepMs);
      const value = Number(text);
      if (at >= 0 && at < count && Number.isFinite(value)) column[at] = value;
    }
    return column;
  });
  return { times, values };
}

const OPERATOR = /^(?:and|or|unless)\b|^(?:==|!=|>=|<=|>|<)/;

/** Where operators stand outside of all brackets and strings: place, text, whether it joins sets. */
function operators(text: string): { at: number; text: string; sets: boolean }[] {
  const found: { at: number; text: string; sets: boolean }[] = [];
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i] ?? "";
    if (c === '"' || c === "'" || c === "`") {
      for (i += 1; i < text.length && text[i] !== c; i += 1) if (text[i] === "\\" && c !== "`") i += 1;
    } else if (c === "#") while (i + 1 < text.length && text[i + 1] !== "\n") i += 1;
    else if ("([{".includes(c)) depth += 1;
    else if (")]}".includes(c)) depth -= 1;
    else if (depth === 0 && !NAME.test(text[i - 1] ?? "")) {
      const match = OPERATOR.exec(text.slice(i))?.[0];
      if (!match) continue;
      found.push({ at: i, text: match, sets: /[a-z]/.test(match) });
      i += match.length - 1;
    } else if (depth === 0 && "=!<>".includes(c)) {
      const match = OPERATOR.exec(text.slice(i))?.[0];
      if (match) found.push({ at: i, text: match, sets: false });
      i += Math.max(0, (match?.length ?? 1) - 1);
    }
  }
  return found;
}

const isNumber = (text: string) => /^\(?\s*[-+]?\s*(?:\d[\d._]*(?:e[-+]?\d+)?|0x[\da-f]+|inf|nan)\s*\)?$/i.test(text);

/** Without the brackets around all of it. */
function bare(text: string): string {
  const one = text.trim();
  if (!one.startsWith("(") || !one.endsWith(")")) return one;
  let depth = 0;
  for (let i = 0; i < one.length; i += 1) {
    if (one[i] === "(") depth += 1;
    if (one[i] === ")") depth -= 1;
    if (depth === 0 && i < one.length - 1) return one;
  }
  return bare(one.slice(1, -1));
}

/** What an alert's expression compares with its threshold: `rate(x[5m]) > 0.5` → `rate(x[5m])`. The whole expression where it compares nothing. */
export function measured(expr: string): string {
  const text = bare(expr);
  const all = operators(text);
  const joint = all.find((one) => one.sets && one.text !== "or") ?? all.find((one) => one.sets);
  if (joint) {
    const left = measured(text.slice(0, joint.at));
    // Both sides of an `or` can fire; the other side of `and` and `unless` says only when.
    return joint.text === "or" ? `${left} or ${measured(text.slice(joint.at + joint.text.length).replace(/^\s*(?:on|ignoring)\s*\([^)]*\)/, ""))}` : left;
  }
  const compares = all.at(0);
  if (compares) {
    const left = text.slice(0, compares.at).trim();
    return isNumber(left) ? bare(text.slice(compares.at + compares.text.length).replace(/^\s*bool\b/, "")) : bare(left);
  }
  const absent = /^absent\s*\((.*)\)$/s.exec(text);
  return absent?.[1] !== undefined && bare(text.slice(text.indexOf("("))) === absent[1].trim() ? absent[1].trim() : text;
}
