import { describe, expect, test } from "vitest";
import { columns, distinct, fault, interpolate, legend, promDuration, spotAt, stepOf, suggestions, taken, measured } from "./promql";

/** The spot at the bar. */
const at = (marked: string) => spotAt(marked.replace("|", ""), marked.indexOf("|"));
const short = (marked: string) => {
  const { kind, word, metric, label } = at(marked);
  return [kind, word, metric, label];
};

describe("where the cursor is", () => {
  test.each([
    ["ra|", ["name", "ra", "", ""]],
    ["sum(ra|te(x))", ["name", "ra", "", ""]],
    ["x{mo|", ["label", "mo", "x", "mo"]],
    ["x{|}", ["label", "", "x", ""]],
    ['x{a="1", mo|="2"}', ["label", "mo", "x", "mo"]],
    ['x{model="gp|"}', ["value", "gp", "x", "model"]],
    ['x{model=~"|"}', ["value", "", "x", "model"]],
    ['x{a="{,", model="gp|"}', ["value", "gp", "x", "model"]],
    ["rate(x[|])", ["range", "", "x", ""]],
    ["sum by (mo|) (rate(calls_total[5m]))", ["label", "mo", "calls_total", ""]],
    ["sum(rate(calls_total[5m])) by (|", ["label", "", "calls_total", ""]],
    ["{|", ["label", "", "", ""]],
    ['label_replace(x, "a|", "")', ["none", "a", "", ""]],
  ])("%s", (marked, expected) => expect(short(marked)).toEqual(expected));

  test("every place of every text has an answer", () => {
    const text = 'sum by (a) (rate(x{b=~"c\\"d", e!=\'f\'}[5m] offset 1h)) / ignoring(g) `h` {';
    for (let i = 0; i <= text.length; i += 1) {
      const spot = spotAt(text, i);
      expect(spot.start <= i && spot.end >= i).toBe(true);
    }
  });
});

describe("completion", () => {
  const known = [{ text: "agent_calls_total", about: "counter" }, { text: "rated" }];
  test("what begins with the word comes first, and functions open their parenthesis", () => {
    const spot = at("rat|");
    const found = suggestions(spot, known);
    expect(found.slice(0, 2).map((one) => one.text)).toEqual(["rate", "rated"]);
    expect(taken("rat", spot, found[0] as never)).toEqual({ text: "rate(", at: 5 });
  });
  test("a value is quoted where it must be, and replaces all of the old one", () => {
    const marked = 'x{model="gp|t-4"}';
    expect(taken(marked.replace("|", ""), at(marked), { text: 'a"b', about: "", kind: "value" })).toEqual({ text: 'x{model="a\\"b"}', at: 13 });
  });
  test("nothing is offered where nothing was begun, or inside of other strings", () => {
    expect(suggestions(at("|"), known)).toEqual([]);
    expect(suggestions(at('label_replace(x, "a|'), known)).toEqual([]);
  });
});

test("the server's place of a fault is a place of the text", () => {
  expect(fault("sum(\nrate(x))", '2:8: parse error: expected type range vector in call to function "rate"')).toEqual({ at: 12, words: 'expected type range vector in call to function "rate"' });
  expect(fault("x", "query timed out")).toEqual({ at: undefined, words: "query timed out" });
  expect(fault("x", "9:99: parse error: unexpected end of input").at).toBe(1);
});

test("a series in words", () => {
  expect(legend({ __name__: "up", job: "a" })).toBe('up{job="a"}');
  expect(legend({ job: "a", model: "m" }, "{{model}} of {{ job }}{{none}}")).toBe("m of a");
  expect(legend({})).toBe("value");
});

test("series are told apart in few words", () => {
  expect(distinct([{ __name__: "up", job: "a", zone: "z" }, { __name__: "up", job: "b", zone: "z" }])).toEqual({ names: ["a", "b"], shared: 'up{zone="z"}' });
  expect(distinct([{ job: "a", at: "1" }, { job: "b" }])).toEqual({ names: ['{job="a", at="1"}', '{job="b"}'], shared: "" });
  expect(distinct([{ host: "h1", agent: "a" }, { host: "h1", agent: "b" }, { host: "h2", agent: "c" }]).names[1]).toBe('{agent="b", host="h1"}');
  expect(distinct([{ agent: "a", host: "h1", zone: "z1" }, { agent: "b", host: "h1", zone: "z1" }, { agent: "c", host: "h2", zone: "z2" }]).names, "of three the first says it all").toEqual(["a", "b", "c"]);
  expect(distinct([{ __name__: "up" }])).toEqual({ names: ["up"], shared: "" });
  expect(distinct([])).toEqual({ names: [], shared: "" });
});

test("steps are round and few enough", () => {
  expect(stepOf(900_000)).toBe(5);
  expect(stepOf(7 * 86_400_000)).toBe(3600);
  for (const range of [1000, 60_000, 3.6e6, 8.64e7, 3e10]) expect(range / 1000 / stepOf(range)).toBeLessThanOrEqual(240);
  expect([1, 90, 3600, 90_061].map(promDuration)).toEqual(["1s", "1m30s", "1h", "1d1h1m1s"]);
});

test("variables of ours and of Grafana's are put in, unknown ones stay", () => {
  const put = (expr: string) => interpolate(expr, { model: "gpt|o3", job: "a" }, 3_600_000, 15);
  expect(put('rate(x{model=~"$model",job="${job:regex}",z="[[job]]"}[$__rate_interval])')).toBe('rate(x{model=~"gpt|o3",job="a",z="a"}[1m])');
  expect(put("x[$__range] $unknown $jobs")).toBe("x[1h] $unknown $jobs");
  const all = (expr: string) => interpolate(expr, { node: ".*", job: "a" }, 3_600_000, 15);
  expect(all('x{instance="$node", at= "${node}:9100",job="$job",b!="$node",c=~"$node"} == 1')).toBe('x{instance=~".*", at=~ ".*:9100",job="a",b!=".*",c=~".*"} == 1');
});

test("points stand on one grid; what is no number is a gap", () => {
  expect(columns([{ values: [[10, "1"], [30, "NaN"]] }, { values: [[20, "+Inf"], [30.0004, "2.5"]] }], 10_000, 30_000, 10)).toEqual({ times: [10_000, 20_000, 30_000], values: [[1, null, null], [null, null, 2.5]] });
});

test.each([
  ["rate(x[5m]) > 0.5", "rate(x[5m])"],
  ["0.5 < rate(x[5m])", "rate(x[5m])"],
  ["sum by (agent) (rate(e[5m])) / sum by (agent) (rate(s[5m])) >= bool 0.2", "sum by (agent) (rate(e[5m])) / sum by (agent) (rate(s[5m]))"],
  ['a{m=~"x>1"} == 0 and on (agent) b > 3', 'a{m=~"x>1"}'],
  ["a > 1 or b < 2", "a or b"],
  ["(a > 1)", "a"],
  ["(a > 1) unless (b > 2)", "a"],
  ["((a + b) * 2) != 4", "(a + b) * 2"],
  ["time() - last_seen > 300", "time() - last_seen"],
  ['absent(up{job="x"})', 'up{job="x"}'],
  ["a > on (agent) group_left limit", "a"],
  ["rate(android[5m])>1", "rate(android[5m])"],
  ["rate(x[5m])", "rate(x[5m])"],
  ["absent(a) + absent(b)", "absent(a) + absent(b)"],
])("of %s what is measured is drawn, without its threshold", (expr, left) => expect(measured(expr)).toBe(left));
