// Metrics: PromQL with completion and errors in place, the browser, dashboards, and what comes over from Grafana.
import assert from "node:assert/strict";
import { settled, violations } from "./browser.mjs";

const base = () => `${process.env.SWARMSCOPE_URL}/api/v1`;

const BOARD = {
  title: "From Grafana <b>",
  templating: { list: [{ name: "window", type: "interval", query: "1m,5m", current: { value: "5m" } }] },
  panels: [
    { title: "Everything", type: "timeseries", gridPos: { w: 24 }, targets: [{ expr: "sum(count_over_time(agent_queue_depth[$window]))", legendFormat: "samples" }] },
    { title: "Words", type: "text" },
  ],
};

/** A gauge with one observation that a trace stands behind. */
async function observed(trace) {
  const now = String(Date.now() * 1e6 - 5e9);
  const point = { timeUnixNano: now, asDouble: 4.5, exemplars: [{ timeUnixNano: now, asDouble: 4.5, traceId: trace, spanId: "00000000000000a1" }] };
  const body = { resourceMetrics: [{ resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] }, scopeMetrics: [{ metrics: [{ name: "checkout_wait", gauge: { dataPoints: [point] } }] }] }] };
  const answer = await fetch(`${process.env.SWARMSCOPE_URL}/v1/metrics`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  assert.equal(answer.status, 200);
}

/** A query is completed, drawn, wrong in place, narrowed by a label, and kept on a dashboard that takes another one from Grafana. */
export async function metrics({ open }) {
  const { data: names } = await (await fetch(`${base()}/label/__name__/values`)).json();
  assert.ok(names.length > 0, "the simulator reports metrics");
  const metric = names.find((name) => /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) && !/_(bucket|total|sum|count)$/.test(name)) ?? names[0];
  const page = await open({ quiet: true });
  await page.goto("/explore");
  const field = page.getByLabel("PromQL query");
  await field.click();
  await page.keyboard.type(`avg(${metric.slice(0, -2)}`);
  await page.getByRole("option", { name: metric }).first().click();
  await page.keyboard.type(")");
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=avg/);
  await page.getByRole("grid", { name: "Series" }).getByRole("row").nth(1).waitFor();
  await field.fill("avg(rate(");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("alert").locator("mark").waitFor();
  await page.getByRole("group", { name: "Metrics" }).getByRole("button").first().click();
  await page.getByRole("heading", { name: "Labels" }).waitFor();
  await page.goto("/explore?q=agent_queue_depth");
  const which = page.getByRole("group", { name: "Which are drawn" });
  await which.getByText(/^1 to 14 of \d+ drawn$/).waitFor();
  await which.getByRole("button", { name: "The next smaller ones" }).click();
  await page.waitForURL(/draw=%2214/);
  await which.getByLabel("largest by").selectOption("mean");
  await page.waitForURL(/by=mean/);
  await page.getByRole("button", { name: /^Draw / , pressed: true }).first().click();
  await page.waitForURL(/hidden=/);
  await page.getByRole("grid", { name: "Series" }).getByRole("row").nth(2).click();
  await page.waitForURL(/only=/);
  await which.getByText(/^One of \d+ drawn$/).waitFor();
  await which.getByRole("button", { name: "Draw all" }).click();
  await page.waitForURL(/draw=all/);
  await page.goto(`/explore?q=${encodeURIComponent(metric)}&show=now`);
  await page.getByRole("grid", { name: "Values" }).getByRole("row").nth(1).waitFor();
  assert.deepEqual(await violations(page), []);
  const trace = "5f".repeat(16);
  await observed(trace);
  await page.goto("/explore?q=checkout_wait&range=5m");
  await page.getByRole("link", { name: /^4\.5 at / }).first().waitFor();
  assert.ok((await page.getByRole("link", { name: /^4\.5 at / }).first().getAttribute("href")).includes(trace));
  await page.goto(`/explore?q=${encodeURIComponent(metric)}`);
  await page.getByRole("button", { name: "Add to dashboard" }).click();
  await page.getByLabel("Name of a new dashboard").fill("team/kept");
  await page.keyboard.press("Enter");
  await page.waitForURL(/board=team/);
  await page.getByRole("button", { name: "Change", exact: true }).click();
  await page.getByRole("button", { name: `Change ${metric}` }).click();
  await page.getByLabel("Title").fill("How <i>much");
  await page.getByRole("dialog").getByRole("button", { name: "Figure" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "How <i>much" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "How <i>much" }).waitFor();
  await page.goto("/explore?tab=boards");
  await page.getByRole("button", { name: "Import from Grafana" }).click();
  await page.getByLabel("The dashboard’s JSON").fill(JSON.stringify(BOARD));
  await page.getByText("1 panel and 1 variable come over.").waitFor();
  await page.getByText("1 part cannot").click();
  await page.getByText("Words: panels of type text have no counterpart").waitFor();
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.waitForURL(/board=From/);
  await page.getByLabel("window").selectOption("1m");
  await page.waitForURL(/vars=/);
  await page.getByRole("heading", { name: "Everything" }).waitFor();
  await settled(page);
  assert.deepEqual(await violations(page), []);
}
