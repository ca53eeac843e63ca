import { expect, test } from "vitest";
import { chartRecords, csv, fileName, table } from "./download";

const AT = new Date(Date.UTC(2026, 0, 31, 12, 0, 7));

test("cells are quoted where they have to be, and no text becomes a formula", () => {
  expect(csv(["a", "b"], [["x,y", 'say "hi"'], ["=1+1", -5], [null, { k: 1 }]])).toBe('a,b\r\n"x,y","say ""hi"""\r\n\'=1+1,-5\r\n,"{""k"":1}"\r\n');
});

test.each(["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠a"])("%j is text to every spreadsheet", (text) => {
  const [header, cell] = csv([text], [[text]]).split("\r\n").map((line) => line.replace(/^"/, ""));
  expect(header?.startsWith("'")).toBe(true);
  expect(cell?.startsWith("'")).toBe(true);
});

test("where a semicolon parts cells, one within a text does not", () => {
  expect(csv(["a"], [["x;=1+1"]])).toBe('a\r\n"x;=1+1"\r\n');
});

test("records of different shapes share one header, and what is no record is a value", () => {
  expect(table([{ a: 1 }, { b: [2], a: 3 }])).toEqual({ header: ["a", "b"], rows: [[1, undefined], [3, "2"]] });
  expect(table([7])).toEqual({ header: ["value"], rows: [[7]] });
  expect(table([])).toEqual({ header: [], rows: [] });
});

test("a cell holds one value: what lies within has a column of its own, a list of texts is a text", () => {
  const { header, rows } = table([{ labels: { "k8s.node": "a", deep: { er: 1 } }, models: ["x", "y"], parts: [{ k: 1, of: { l: "x" } }, { k: 2 }], none: null }]);
  expect(header).toEqual(["labels.k8s.node", "labels.deep.er", "models", "parts", "none"]);
  expect(rows).toEqual([["a", 1, "x; y", "k=1, of.l=x; k=2", null]]);
});

test("a label becomes a name that every system takes, with the page that it is of and when it was saved", () => {
  expect(fileName("Cost by model: <b>../x</b>", "Cost", AT)).toBe("cost-by-model-b-x-b-2026-01-31T12-00-07Z");
  expect(fileName("Versions", "planner/7", AT)).toBe("planner-7-versions-2026-01-31T12-00-07Z");
  expect(fileName("注文 №7", "", AT)).toBe("注文-7-2026-01-31T12-00-07Z");
  expect(fileName("…", "", AT)).toBe("swarmscope-2026-01-31T12-00-07Z");
});

test("a chart's columns say their unit", () => {
  expect(chartRecords([0], [{ label: "p95", values: [7] }], "ns")).toEqual([{ time: "1970-01-01T00:00:00.000Z", "p95 (ns)": 7 }]);
  expect(chartRecords([0], [{ label: "spans", values: [7] }])).toEqual([{ time: "1970-01-01T00:00:00.000Z", spans: 7 }]);
});
