import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { ApiError } from "@/api/client";
import { named, place } from "./Board";
import { Browser } from "./Browser";
import { Editor } from "./Editor";
import { settledUnit } from "./known";
import { metricOf, narrowed } from "./Metrics";
import { coloured, drawnOf, figures, firstQuery, largestFirst, marked, thinned } from "./result";
import { About, Starts, starts } from "./Starts";

test("a metric is asked for the way its name wants", () => {
  expect(["queue_depth", "calls_total", "wait_bucket", "a.b"].map(firstQuery)).toEqual(["queue_depth", "rate(calls_total[5m])", "histogram_quantile(0.95, sum by (le) (rate(wait_bucket[5m])))", '{"a.b"}']);
});

test("a label narrows the selector of its metric and no other", () => {
  expect(narrowed("rate(calls_total[5m])", "calls_total", "model", "m")).toBe('rate(calls_total{model="m"}[5m])');
  expect(narrowed('x_calls_total / calls_total{a="1"}', "calls_total", "model", 'say "m"')).toBe('x_calls_total / calls_total{model="say \\"m\\"", a="1"}');
  expect(narrowed("calls_total{}", "calls_total", "model.name", "m")).toBe('calls_total{"model.name"="m"}');
  expect(narrowed("up", "calls_total", "model", "m")).toBe('calls_total{model="m"}');
  expect(narrowed('rate({"a.b"}[5m])', "a.b", "model", "m"), "a name that is no plain word").toBe('rate({"a.b", model="m"}[5m])');
  expect(narrowed("up", "a.b", "model", "m")).toBe('{"a.b", model="m"}');
});

test("a query is about its metric, quoted or not", () => {
  expect(['rate(calls_total{a="1"}[5m])', 'sum by (model) ({"a.b", x="1"})', '{"say \\"a\\""}', "1 + 1", '{__name__="up"}'].map(metricOf)).toEqual(["calls_total", "a.b", 'say "a"', "", ""]);
});

test("of many observations the largest of each stretch is marked", () => {
  const many = Array.from({ length: 1000 }, (_, i) => ({ time: i, value: (i * 7919) % 1000 }));
  const found = thinned(many, 0, 1000);
  expect(found).toHaveLength(40);
  expect(found[0]?.value).toBe(999);
});

test("a trace stands at what it took, above the chart where that is more than all lines, and at the foot of a chart in another unit", () => {
  const sample = (value: number) => ({ time: 1, value, trace: "t", series: {} });
  expect(marked([sample(4), sample(10.5)], 10, () => true)).toEqual({ marks: [{ time: 1, value: 4 }, { time: 1, value: 10.5 }], above: false });
  expect(marked([sample(4), sample(240)], 10, () => true).above).toBe(true);
  expect(marked([sample(240)], 10, () => false)).toEqual({ marks: [{ time: 1, value: 0 }], above: false });
});

test("native histograms are drawn by how many were observed, not in the unit of what was", () => {
  expect([settledUnit("s", [{ values: [1], observed: true }]), settledUnit("s", [{ values: [1] }])]).toEqual(["{observation}", "s"]);
});

test("figures leave gaps out", () => {
  expect(figures([null, 1, null, 3])).toEqual({ last: 3, min: 1, max: 3, mean: 2 });
  expect(figures([null])).toEqual({ last: null, min: null, max: null, mean: null });
});

test("series stand by their last value, the largest first, those without one last", () => {
  const rows = [{ n: "a", last: null }, { n: "b", last: 1 }, { n: "c", last: 3 }, { n: "d", last: 1 }, { n: "e", last: -Infinity }, { n: "f", last: NaN }];
  expect(largestFirst(rows, "last").map((row) => row.n).join("")).toBe("cbdeaf");
  expect(largestFirst([{ mean: 1, last: 9 }, { mean: 2, last: 1 }], "mean").map((row) => row.mean)).toEqual([2, 1]);
});

test("the address says which series are drawn; what it cannot mean is the largest ones", () => {
  const names = ["a", "b", "c", "d", "e"];
  const ends = (asked: { draw?: string; only?: string }) => { const { from, to, only } = drawnOf(names, asked, 2); return [from, to, only]; };
  expect(ends({})).toEqual([0, 2, false]);
  expect(ends({ draw: "4" })).toEqual([4, 5, false]);
  expect(ends({ draw: "all" })).toEqual([0, 5, false]);
  expect(ends({ draw: "all", only: "c" })).toEqual([2, 3, true]);
  expect([{ draw: "99" }, { draw: "-1" }, { draw: "x" }, { only: "gone" }].map(ends)).toEqual(Array(4).fill([0, 2, false]));
});

test("a series keeps its colour while others come and go", () => {
  const first = coloured(["a", "b", "c"], new Map());
  expect([...first]).toEqual([["a", 0], ["b", 1], ["c", 2]]);
  expect(coloured(["c", "b", "a"], first)).toBe(first);
  expect([...coloured(["c", "d", "a"], first)]).toEqual([["c", 2], ["d", 1], ["a", 0]]);
});

test("a panel is found again where others moved it, and not where they removed it", () => {
  const panel = (title: string) => ({ title, kind: "table" as const, unit: "", width: 1, queries: [{ expr: "up", legend: "" }] });
  const [a, b] = [panel("a"), panel("b")];
  expect([place([a, b], { at: 1, panel: b }), place([b, a], { at: 1, panel: b }), place([a], { at: 1, panel: b })]).toEqual([1, 0, -1]);
  expect(place([b, b], { at: 1, panel: b }), "of two alike the one that was opened").toBe(1);
});

test("series of a panel are called as the legend says, else by what tells them apart, else by their query", () => {
  const lines = (...labels: Record<string, string>[]) => labels.map((one) => ({ labels: one, query: 0 }));
  expect(named(lines({ job: "a", zone: "z" }, { job: "b", zone: "z" }), [{ expr: "up", legend: "" }])).toEqual(["a", "b"]);
  expect(named(lines({ job: "a" }, { job: "a" }), [{ expr: "up", legend: "of {{job}}" }])).toEqual(["of a", "of a (2)"]);
  expect(named([{ labels: {}, query: 0 }, { labels: {}, query: 1 }], [{ expr: "sum(a)", legend: "" }, { expr: "sum(b)", legend: "" }])).toEqual(["sum(a)", "sum(b)"]);
});

test("the explorer begins with the most telling queries of the metrics that there are, then with the others", () => {
  const of = (...names: string[]) => starts(names.map((text) => ({ text, about: `about ${text}` })));
  expect(of("ALERTS", "agent_errors_total", "agent_requests_total", "fleet:x:rate5m", "x_total").map((one) => one.query)).toEqual([
    "sum by (gen_ai_request_model) (rate(agent_requests_total[5m]))",
    "sum(rate(agent_errors_total[5m])) / sum(rate(agent_requests_total[5m]))",
    "rate(x_total[5m])",
  ]);
  expect(of("agent_errors_total").map((one) => [one.query, one.about]), "half of what a query takes is not enough").toEqual([["rate(agent_errors_total[5m])", "about agent_errors_total"]]);
  expect(starts([])).toEqual([]);
});

test("one press asks, and a metric says what it counts", async () => {
  vi.spyOn(globalThis, "fetch").mockImplementation((url) => Promise.resolve(new Response(JSON.stringify({ status: "success", data: String(url).includes("metadata") ? { queue_depth: [{ type: "gauge", help: "what waits", unit: "" }] } : ["queue_depth"] }))));
  const onAsk = vi.fn();
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Starts onAsk={onAsk} />
      <About metric="queue_depth" />
    </QueryClientProvider>,
  );
  const one = await screen.findByRole("button", { name: /queue_depth.*what waits/ });
  expect(screen.getByText("gauge · what waits", { selector: "p span" }).parentElement?.textContent).toBe("queue_depth gauge · what waits");
  await userEvent.click(one);
  expect(onAsk).toHaveBeenCalledWith("queue_depth");
});

function shown(value: string, error?: unknown, onRun = vi.fn()) {
  vi.spyOn(globalThis, "fetch").mockImplementation((url) => Promise.resolve(new Response(JSON.stringify({ status: "success", data: String(url).includes("metadata") ? { queue_depth: [{ type: "gauge", help: "what waits", unit: "" }] } : ["queue_depth", "calls_total"] }))));
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Editor value={value} error={error} onRun={onRun} />
    </QueryClientProvider>,
  );
  return { field: screen.getByRole("combobox") as HTMLTextAreaElement, onRun };
}

test("metrics are completed by key, and Enter runs what stands there", async () => {
  const { field, onRun } = shown("");
  await userEvent.type(field, "sum(queue");
  await screen.findByRole("option", { name: /queue_depth.*what waits/ });
  await userEvent.keyboard("{Tab})");
  expect(field.value).toBe("sum(queue_depth)");
  await userEvent.keyboard("{Enter}");
  expect(onRun).toHaveBeenCalledWith("sum(queue_depth)");
});

test("what is selected stays selected", () => {
  const { field } = shown("sum(queue_depth)");
  field.focus();
  field.setSelectionRange(4, 15);
  fireEvent.select(field);
  expect([field.selectionStart, field.selectionEnd]).toEqual([4, 15]);
});

test("what the server cannot read is marked at its place", () => {
  const { field } = shown("sum(\nrate(x))", new ApiError(400, "bad_data", 'invalid parameter "query": 2:6: parse error: expected type range vector', false));
  expect(field.value).toContain("rate(x)");
  expect(screen.getByRole("alert").querySelector("mark")?.textContent).toBe("x");
  expect(screen.getByRole("alert").textContent).toContain("expected type range vector");
});

test("what the editor completed from and the list beside it agree on what labels are", async () => {
  const none = vi.fn();
  vi.spyOn(globalThis, "fetch").mockImplementation((url) => Promise.resolve(Response.json({ status: "success", data: String(url).includes("metadata") ? {} : String(url).includes("__name__") ? ["queue_depth"] : ["__name__", "model"] })));
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Editor value="" onRun={none} />
      <Browser chosen="queue_depth" onPick={none} onLabel={none} />
    </QueryClientProvider>,
  );
  await userEvent.type(screen.getByRole("combobox"), "queue_depth{{");
  await screen.findByRole("option", { name: /model/ });
  expect(await screen.findByRole("button", { name: "model" })).toBeTruthy();
});
