import { expect, test } from "vitest";
import { importGrafana, narrowed } from "./grafana";

const board = {
  title: "Agents",
  templating: {
    list: [
      { name: "ds", type: "datasource" },
      { name: "model", type: "query", query: { query: "label_values(agent_calls_total{env=\"x\"}, gen_ai_request_model)" }, current: { value: ["$__all"] } },
      { name: "window", type: "interval", query: "1m,5m, 1h", current: { value: "5m" } },
      { name: "odd", type: "query", query: "query_result(up)" },
      { name: "host", type: "query", query: "label_values(up, instance)", regex: "/([^:]+):.*/" },
    ],
  },
  panels: [
    { type: "row", panels: [{ title: "Rate", type: "timeseries", gridPos: { w: 12 }, fieldConfig: { defaults: { unit: "reqps", custom: { drawStyle: "bars" } } }, targets: [{ expr: "rate(x[$window])", legendFormat: "{{model}}" }, { expr: "hidden", hide: true }] }] },
    { title: "Now", type: "stat", repeat: "host", gridPos: { w: 24 }, fieldConfig: { defaults: { unit: "percentunit" } }, targets: [{ expr: "avg(x)", legendFormat: "__auto" }] },
    { title: "Words", type: "text" },
    { title: "Logs", type: "table", targets: [{ query: "SELECT 1" }] },
    { title: "Lines", type: "timeseries", datasource: { type: "loki" }, targets: [{ expr: 'sum(rate({app="x"}[5m]))' }] },
    { title: "Both", type: "timeseries", datasource: { type: "datasource", uid: "-- Mixed --" }, targets: [{ datasource: { type: "loki" }, expr: "{a=\"b\"}" }, { datasource: { type: "prometheus" }, expr: "up" }] },
  ],
};

test("panels, variables and units come over; what cannot is named", () => {
  expect(importGrafana(JSON.stringify(board))).toEqual({
    name: "Agents",
    variables: [
      { name: "model", metric: 'agent_calls_total{env="x"}', label: "gen_ai_request_model", pattern: "", values: [], value: ".*" },
      { name: "window", metric: "", label: "", pattern: "", values: ["1m", "5m", "1h"], value: "5m" },
      { name: "odd", metric: "", label: "", pattern: "", values: [], value: ".*" },
      { name: "host", metric: "up", label: "instance", pattern: "([^:]+):.*", values: [], value: ".*" },
    ],
    panels: [
      { title: "Rate", kind: "bars", unit: "1/s", width: 1, queries: [{ expr: "rate(x[$window])", legend: "{{model}}" }] },
      { title: "Now", kind: "figure", unit: "ratio", width: 3, queries: [{ expr: "avg(x)", legend: "" }] },
      { title: "Both", kind: "lines", unit: "", width: 1, queries: [{ expr: "up", legend: "" }] },
    ],
    left: [
      "Now: it is repeated for each $host there; here it stands once",
      "Words: panels of type text have no counterpart",
      "Logs: it has no PromQL query",
      "Lines: it asks a data source of type loki, not Prometheus",
      "$odd: this kind of variable has no counterpart; it stands for all",
    ],
  });
});

test("the form with rows, and the one of the API, are read too", () => {
  const old = { dashboard: { rows: [{ panels: [{ title: "Old", type: "graph", span: 6, yaxes: [{ format: "s" }], targets: [{ expr: "x" }] }] }] } };
  expect(importGrafana(JSON.stringify(old)).panels).toEqual([{ title: "Old", kind: "lines", unit: "s", width: 1, queries: [{ expr: "x", legend: "" }] }]);
});

test.each(["", "[]", "{}", '{"panels": 7}', "not json"])("%j is refused in words", (json) => expect(() => importGrafana(json)).toThrow(/JSON|panels/));

test.each([{ apiVersion: "dashboard.grafana.app/v2", kind: "Dashboard", spec: { title: "New", elements: { "panel-1": { kind: "Panel" } } } }, { title: "New", elements: { "panel-1": { kind: "Panel" } } }])("the newer form is named", (board) => expect(() => importGrafana(JSON.stringify(board))).toThrow("schema v2"));

test.each([[1, 1], [8, 1], [12, 1], [13, 2], [16, 2], [20, 2], [21, 3], [24, 3]])("%i of 24 columns are %i of three", (w, width) => {
  const board = { panels: [{ type: "stat", gridPos: { w }, targets: [{ expr: "x" }] }] };
  expect(importGrafana(JSON.stringify(board)).panels[0]?.width).toBe(width);
});

test.each([["bps", "{bit}/s"], ["pps", "{packet}/s"], ["Bps", "By/s"], ["dateTimeFromNow", ""]])("the unit %s is %s", (unit, ours) => {
  const board = { panels: [{ type: "stat", fieldConfig: { defaults: { unit } }, targets: [{ expr: "x" }] }] };
  expect(importGrafana(JSON.stringify(board)).panels[0]?.unit).toBe(ours);
});

test.each([["", ["a:1", "b:1", "b:2", "c"]], ["([^:]+):.*", ["a", "b"]], ["^b", ["b:1", "b:2"]], [".*:(?<value>.*)", ["1", "2"]], ["(", ["a:1", "b:1", "b:2", "c"]]])("the pattern %j leaves %j", (pattern, left) => expect(narrowed(["a:1", "b:1", "b:2", "c"], pattern)).toEqual(left));
