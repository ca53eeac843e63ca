/** The unit of what a PromQL query answers, from the units of its metrics: UCUM, as `signalFormat` reads it. Pure. */

/** A part of a query's tree, as Prometheus' `parse_query` gives it; only what units follow from. */
export type Tree = { type: string; op?: string; name?: string; val?: string; bool?: boolean; func?: { name: string }; args?: Tree[]; expr?: Tree; param?: Tree | null; lhs?: Tree; rhs?: Tree };

/** What is measured, and by which time. `any`: a bare number, which fits whatever it stands beside. */
type Unit = { of: string; per: string };

const ANY: Unit = { of: "any", per: "" };
const COUNT: Unit = { of: "1", per: "" };
const SHARE: Unit = { of: "ratio", per: "" };
const PER_SECOND: Record<string, string> = { "60": "min", "3600": "h", "86400": "d" };
const RATES = new Set(["rate", "irate", "deriv"]);
/** Those that count, or say whether. */
const COUNTING = new Set(["count_over_time", "changes", "resets", "present_over_time", "absent_over_time", "absent", "histogram_count", "sgn"]);
const QUANTILES = new Set(["histogram_quantile", "histogram_avg", "histogram_stddev"]);
/** Those whose answer is in the unit of what they are given. */
const KEEPING = new Set(["increase", "delta", "idelta", "abs", "ceil", "floor", "round", "clamp", "clamp_min", "clamp_max", "sort", "sort_desc", "sort_by_label", "sort_by_label_desc", "label_replace", "label_join", "scalar", "predict_linear", "double_exponential_smoothing", "histogram_sum", ...["avg", "min", "max", "sum", "quantile", "stddev", "mad", "last", "first"].map((name) => `${name}_over_time`)]);
const KEEPING_GROUPS = new Set(["sum", "avg", "min", "max", "topk", "bottomk", "limitk", "limit_ratio", "quantile", "stddev"]);

/** Endings of names by which units are known where nobody told them, as OpenTelemetry and Prometheus write them. */
const ENDINGS: [RegExp, string][] = [
  [/_seconds$/, "s"],
  [/_milliseconds$/, "ms"],
  [/_bytes$/, "By"],
  [/_ratio$/, "ratio"],
  [/_percent$/, "%"],
  [/_celsius$/, "Cel"],
  [/_(?:usd|dollars)$/i, "USD"],
];

/** The metric that a series such as `wait_seconds_bucket` is a part of. */
export function family(name: string): string {
  return name.replace(/_(?:bucket|sum|count|total)$/, "");
}

/** `told`: the unit of a metric as its sender says it, empty where nobody does. */
export function metricUnit(name: string, told: (name: string) => string): string {
  const whole = family(name);
  const said = told(name) || told(whole);
  if (said === "1") return /_ratio$/.test(whole) ? "ratio" : said;
  return said || (ENDINGS.find(([ending]) => ending.test(whole))?.[1] ?? "");
}

/** The unit of what a query answers: `USD/h`, `ratio` for a share, `{error}/{request}`, empty where it is not known. */
export function queryUnit(tree: Tree, told: (name: string) => string): string {
  const unit = of(tree, told);
  if (!unit || unit.of === "any") return "";
  if (unit.of === unit.per) return "1"; // seconds of work a second
  return unit.per ? `${unit.of}/${unit.per}` : unit.of;
}

/** How many series an outermost `topk` or `bottomk` chooses at each moment; undefined where there is none. */
export function chosenAtEach(tree: Tree): number | undefined {
  if (tree.type === "parenExpr" && tree.expr) return chosenAtEach(tree.expr);
  const chooses = tree.type === "aggregation" && (tree.op === "topk" || tree.op === "bottomk");
  return chooses && tree.param?.type === "numberLiteral" ? Number(tree.param.val) : undefined;
}

function of(tree: Tree | undefined, told: (name: string) => string): Unit | undefined {
  if (!tree) return undefined;
  switch (tree.type) {
    case "numberLiteral":
      return ANY;
    case "parenExpr":
    case "unaryExpr":
    case "subquery":
      return of(tree.expr, told);
    case "vectorSelector":
    case "matrixSelector":
      return measured(tree.name ?? "", told);
    case "aggregation":
      return KEEPING_GROUPS.has(tree.op ?? "") ? of(tree.expr, told) : tree.op === "stdvar" ? undefined : COUNT;
    case "binaryExpr":
      return joined(tree, told);
    case "call":
      return called(tree, told);
    default:
      return undefined;
  }
}

function measured(name: string, told: (name: string) => string): Unit | undefined {
  if (/_(?:bucket|count)$/.test(name) && !told(name)) return COUNT; // so many observations
  const unit = metricUnit(name, told);
  return unit === "" ? undefined : { of: unit, per: "" };
}

function called({ func, args = [] }: Tree, told: (name: string) => string): Unit | undefined {
  const name = func?.name ?? "";
  const given = args.find((arg) => arg.type !== "numberLiteral" && arg.type !== "stringLiteral");
  if (name === "vector") return of(args[0], told);
  if (name === "histogram_fraction") return SHARE;
  if (COUNTING.has(name)) return COUNT;
  if (QUANTILES.has(name)) return observed(given, told);
  const unit = of(given, told);
  if (KEEPING.has(name)) return unit;
  return RATES.has(name) && unit && unit.per === "" && unit.of !== "any" ? { ...unit, per: "s" } : undefined;
}

/** Of single observations, whose buckets or histograms a quantile is taken of. */
function observed(tree: Tree | undefined, told: (name: string) => string): Unit | undefined {
  if (!tree) return undefined;
  if (tree.name !== undefined) {
    const unit = metricUnit(tree.name, told);
    return unit === "" ? undefined : { of: unit, per: "" };
  }
  return observed(tree.expr ?? tree.lhs ?? tree.args?.find((arg) => arg.type !== "numberLiteral"), told);
}

const alike = (a: Unit, b: Unit) => a.of === b.of && a.per === b.per;
const counts = ({ of: what }: Unit) => what === "1" || what.startsWith("{");

function joined(tree: Tree, told: (name: string) => string): Unit | undefined {
  const [left, right] = [of(tree.lhs, told), of(tree.rhs, told)];
  if (tree.bool) return COUNT;
  switch (tree.op) {
    case "and":
    case "unless":
    case "==":
    case "!=":
    case ">":
    case "<":
    case ">=":
    case "<=":
      return left?.of === "any" ? right : left;
    case "or":
    case "+":
    case "-":
      if (!left || !right) return undefined;
      if (left.of === "any") return right.of === "ratio" || tree.op === "or" ? right : undefined;
      return right.of === "any" || alike(left, right) ? left : undefined;
    case "*":
      if (tree.lhs?.type === "numberLiteral") return times(right, tree.lhs.val ?? "");
      return tree.rhs?.type === "numberLiteral" ? times(left, tree.rhs.val ?? "") : undefined;
    case "/":
      return left && right && left.of !== "any" && right.of !== "any" ? divided(left, right) : undefined;
    default:
      return undefined;
  }
}

function times(unit: Unit | undefined, factor: string): Unit | undefined {
  if (!unit) return undefined;
  if (unit.of === "any") return ANY;
  const per = PER_SECOND[factor];
  if (unit.per === "s" && per) return { ...unit, per };
  if (unit.of === "ratio" && factor === "100") return { of: "%", per: "" };
  return factor === "1" ? unit : undefined;
}

function divided(left: Unit, right: Unit): Unit | undefined {
  if (alike(left, right)) return SHARE;
  if (left.per !== right.per || !counts(right)) return undefined;
  return { of: left.of, per: right.of === "1" ? "" : right.of };
}
