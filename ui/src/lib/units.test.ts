import { expect, test } from "vitest";
import { chosenAtEach, metricUnit, queryUnit, type Tree } from "./units";

const TOLD: Record<string, string> = { cost_USD_total: "USD", errors_total: "{error}", requests_total: "{request}", wait_seconds: "s", quality_ratio: "1", depth: "{task}", size: "By" };
const told = (name: string) => TOLD[name] ?? "";
const n = (val: string): Tree => ({ type: "numberLiteral", val });
const x = (name: string): Tree => ({ type: "vectorSelector", name });
const range = (name: string): Tree => ({ type: "matrixSelector", name });
const call = (name: string, ...args: Tree[]): Tree => ({ type: "call", func: { name }, args });
const group = (op: string, expr: Tree, param: Tree | null = null): Tree => ({ type: "aggregation", op, expr, param });
const both = (lhs: Tree, op: string, rhs: Tree, bool = false): Tree => ({ type: "binaryExpr", op, lhs, rhs, bool });
const rate = (name: string) => call("rate", range(name));
const unit = (tree: Tree) => queryUnit(tree, told);

test("a metric has the unit that its sender told, else the one that its name ends with", () => {
  expect(["cost_USD_total", "wait_seconds_bucket", "quality_ratio", "go_memory_bytes", "cpu_seconds_total", "gpu_celsius", "up", "spent_usd_total"].map((name) => metricUnit(name, told))).toEqual(["USD", "s", "ratio", "By", "s", "Cel", "", "USD"]);
});

test("what is dear is in dollars, by the time that it is multiplied to", () => {
  const hourly = both(group("sum", rate("cost_USD_total")), "*", n("3600"));
  expect(unit(hourly)).toBe("USD/h");
  expect(unit(both(n("86400"), "*", rate("cost_USD_total")))).toBe("USD/d");
  expect(unit(both(hourly, "and", group("topk", call("increase", range("cost_USD_total")), n("10"))))).toBe("USD/h");
  expect(unit(both(hourly, ">", n("2")))).toBe("USD/h");
  expect(unit(both(n("2"), "<", hourly))).toBe("USD/h");
  expect(unit(both(hourly, "or", call("vector", n("0"))))).toBe("USD/h");
});

test("like by like is a share, counts by others are so many of them each", () => {
  expect(unit(both(group("sum", rate("errors_total")), "/", group("sum", rate("errors_total"))))).toBe("ratio");
  expect(unit(both(group("sum", rate("errors_total")), "/", group("sum", rate("requests_total"))))).toBe("{error}/{request}");
  expect(unit(both(n("1"), "-", both(rate("errors_total"), "/", rate("errors_total"))))).toBe("ratio");
  expect(unit(both(both(rate("errors_total"), "/", rate("errors_total")), "*", n("100")))).toBe("%");
  expect(unit(both(rate("wait_seconds_sum"), "/", rate("wait_seconds_count")))).toBe("s");
  expect(unit(rate("wait_seconds_sum"))).toBe("1");
  expect(unit(both(call("increase", range("wait_seconds_sum")), "/", call("increase", range("wait_seconds_count"))))).toBe("s");
  expect(unit(both(rate("cost_USD_total"), "/", rate("requests_total")))).toBe("USD/{request}");
});

test("quantiles are in the unit of what was observed, counts of observations in none", () => {
  expect(unit(call("histogram_quantile", n("0.95"), group("sum", rate("wait_seconds_bucket"))))).toBe("s");
  expect(unit(call("histogram_quantile", n("0.95"), rate("wait_seconds")))).toBe("s");
  expect(unit(rate("wait_seconds_count"))).toBe("1/s");
  expect(unit(group("count", x("size")))).toBe("1");
  expect(unit(group("avg", call("max_over_time", range("size"))))).toBe("By");
});

test("what nobody can tell has no unit", () => {
  const unknown = [x("up"), call("time"), both(x("size"), "*", x("size")), both(x("size"), "/", n("3")), both(x("size"), "+", x("depth")), group("stdvar", x("size")), both(n("1"), "+", n("2")), call("ln", x("size")), { type: "durationExpr" }];
  expect(unknown.map(unit)).toEqual(unknown.map(() => ""));
  expect(unit(both(x("size"), ">", n("3"), true))).toBe("1");
});

test("an outermost topk says how many it chooses at each moment", () => {
  expect(chosenAtEach({ type: "parenExpr", expr: group("topk", x("depth"), n("10")) })).toBe(10);
  expect([group("sum", group("topk", x("depth"), n("10"))), group("topk", x("depth"), x("k")), x("depth")].map(chosenAtEach)).toEqual([undefined, undefined, undefined]);
});
