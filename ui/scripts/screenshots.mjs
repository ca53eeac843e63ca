// `npm run screenshots [name …]`: pictures of every page of a running demo (SWARMSCOPE_URL, default http://127.0.0.1:8080), and of
// the greeting of an install without data (SWARMSCOPE_EMPTY_URL, left out where there is none) → docs/images/.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { browserPath, launch, open, settled } from "../e2e/browser.mjs";

process.env.SWARMSCOPE_URL ??= "http://127.0.0.1:8080";
const target = fileURLToPath(new URL("../../docs/images", import.meta.url));
if (!browserPath()) throw new Error("no Chromium found; install one or name it in SWARMSCOPE_CHROMIUM");

const GROWN_MAX_MS = 600_000;
const FOUND_MAX_MS = 360_000; // something is found of most fleets by then
const api = async (path) => (await fetch(`${process.env.SWARMSCOPE_URL}/api/v1${path}`)).json();
/** Waits until the demo has done enough to be looked at: best of all, an agent was found to be strange, and somebody attacked. */
async function grown() {
  const begun = Date.now();
  const end = begun + GROWN_MAX_MS;
  for (;;) {
    const found = await Promise.all([api("/traces?limit=100&q=operation:invoke_agent"), api("/workflows?limit=1"), api("/sessions?limit=50"), api("/findings?start=-1h&limit=500"), api("/security/principals?start=-1h&limit=1")]).catch(() => []);
    const [traces, workflows, sessions, findings, attackers] = found.map((page) => page.items ?? []);
    const told = findings?.some(ofAgent) && attackers?.length > 0;
    if (traces?.length >= 100 && workflows.length > 0 && sessions.some((one) => one.turns >= 3) && (told || Date.now() > begun + FOUND_MAX_MS)) return;
    if (Date.now() > end) throw new Error(`no demo worth a picture at ${process.env.SWARMSCOPE_URL}`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

const ofAgent = (f) => f.subject_kind === "agent" && f.signal && f.upper > f.lower && f.evidence.length > 0;

await grown();
const traces = (await api("/traces?limit=200&q=operation:invoke_agent")).items.filter((t) => t.pending === 0);
const trace = traces.sort((a, b) => b.agents.length - a.agents.length || b.spans - a.spans)[0];
const session = (await api("/sessions?limit=50")).items.sort((a, b) => b.turns - a.turns)[0];
const alike = traces.find((t) => t.agent === trace?.agent && t.trace_id !== trace.trace_id);
const workflow = (await api("/workflows?limit=50")).items.sort((a, b) => b.agents.length - a.agents.length)[0];
const worker = (await api("/agents?limit=1&sort=spans&q=kind:llm")).items[0];
const agent = (await api("/agents?limit=1&sort=spans")).items[0];
if (!trace || !session || !agent || !worker) throw new Error("the demo has no traces yet; wait a minute");

const findings = (await api("/findings?start=-1h&limit=500")).items;
const far = (f) => (f.observed - f.upper) / Math.max(f.upper - f.lower, 1e-9);
const told = findings.filter(ofAgent).sort((a, b) => far(b) - far(a))[0] ?? findings[0];
const attacker = (await api("/security/principals?start=-1h&limit=1")).items[0]?.principal ?? "";

const panel = (title, expr, legend, more = {}) => ({ title, kind: "lines", unit: "", width: 1, queries: [{ expr, legend }], ...more });
const board = {
  variables: [{ name: "model", metric: "agent_requests_total", label: "gen_ai_request_model", values: [], value: ".*" }, { name: "window", metric: "", label: "", values: ["1m", "5m"], value: "1m" }],
  panels: [
    panel("Requests", 'sum by (gen_ai_request_model) (rate(agent_requests_total{gen_ai_request_model=~"$model"}[$window]))', "{{gen_ai_request_model}}", { width: 2, unit: "1/s" }),
    panel("Cost an hour", "sum(rate(agent_cost_USD_total[$window])) * 3600", "", { kind: "figure", unit: "USD" }),
    panel("Tokens", "sum by (gen_ai_request_model) (rate(agent_tokens_total[$window]))", "{{gen_ai_request_model}}", { unit: "tokens/s" }),
    panel("Failed", "sum(increase(agent_errors_total[$window]))", "errors", { kind: "bars" }),
    panel("Longest queues", "topk(5, max by (swarmscope_agent_id) (agent_queue_depth))", "{{swarmscope_agent_id}}", { kind: "table" }),
  ],
};
const put = (path, body) => fetch(`${process.env.SWARMSCOPE_URL}/api/v1${path}`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
await put("/dashboards/Agents", board);
await put("/budgets/All%20agents", { period: "day", limit_usd: 900 });
await put("/budgets/GPT-4o", { scope: "model", key: "gpt-4o-2024-11-20", limit_usd: 12_000 });

const empty = process.env.SWARMSCOPE_EMPTY_URL;
const PICTURES = [
  ["welcome", "/", { baseURL: empty }],
  ["fleet", "/", {}],
  ["agents", "/agents", {}],
  ["agent", `/agents/${encodeURIComponent(agent.agent)}`, {}],
  ["versions", `/agents/${encodeURIComponent(worker.agent)}?tab=versions`, {}],
  ["graph", "/graph?weight=cost", {}],
  ["traces", "/traces", {}],
  ["transcript", `/traces/${trace.trace_id}?view=transcript`, {}],
  ["differences", "/traces?range=5m&live=false&select=status%3Aerror", {}],
  ["hops", `/traces/${trace.trace_id}?view=graph`, {}],
  ["compare", `/traces/compare?a=${alike?.trace_id ?? trace.trace_id}&b=${trace.trace_id}`, {}],
  ["workflows", "/workflows", {}],
  ["workflow", `/workflows/${encodeURIComponent(workflow?.workflow ?? "")}`, {}],
  ["waterfall", `/traces/${trace.trace_id}?view=waterfall`, {}],
  ["sessions", "/sessions", {}],
  ["session", `/sessions/${encodeURIComponent(session.session)}`, {}],
  ["logs", "/logs", {}],
  ["patterns", "/logs?view=patterns&range=15m", {}],
  ["explore", `/explore?q=${encodeURIComponent("sum by (gen_ai_request_model) (rate(agent_requests_total[1m]))")}`, {}],
  ["dashboard", "/explore?board=Agents&range=5m", {}],
  ["findings", "/findings?range=30m", {}],
  ["finding", `/findings/${told?.id ?? ""}?range=1h`, {}],
  ["agent-findings", `/agents/${encodeURIComponent(told?.subject ?? "")}?tab=signals&range=15m`, {}],
  ["security", "/security?range=30m", {}],
  ["security-principal", `/security?range=1h&principal=${encodeURIComponent(attacker)}`, { theme: "light" }],
  ["emergence", "/emergence", {}],
  ["rules", "/alerts?tab=rules", {}],
  ["cost", "/cost", {}],
  ["sql", "/sql", {}],
  ["budgets", "/cost?tab=budgets", {}],
  ["what-if", "/cost?tab=what-if&model=gpt-4o-mini", {}],
  ["settings", "/settings", {}],
  ["settings-system", "/settings?tab=system", {}],
  ["settings-retention", "/settings?tab=retention", {}],
  ["settings-redaction", "/settings?tab=redaction", {}],
  ["settings-prices", "/settings?tab=prices", {}],
  ["settings-detectors", "/settings?tab=detectors", {}],
  ["fleet-light", "/", { theme: "light" }],
  ["traces-light", "/traces", { theme: "light" }],
  ["alerts", "/alerts", {}],
  ["fleet-phone", "/", { size: "phone" }],
  ["transcript-phone", `/traces/${trace.trace_id}?view=transcript`, { size: "phone", theme: "light" }],
];
const DRAWN_MS = 1500;
const PICTURE_MAX_BYTES = 200_000;

/** As WebP, as fine as fits. */
async function picture(page, name) {
  const session = await page.context().newCDPSession(page);
  for (let quality = 85; quality >= 35; quality -= 10) {
    const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality });
    const bytes = Buffer.from(data, "base64");
    if (bytes.length > PICTURE_MAX_BYTES) continue;
    writeFileSync(`${target}/${name}.webp`, bytes);
    return;
  }
  throw new Error(`${name} does not fit into ${PICTURE_MAX_BYTES} bytes`);
}

mkdirSync(target, { recursive: true });
const browser = await launch();
const wanted = process.argv.slice(2);
for (const [name, path, looks] of PICTURES) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  if (name === "welcome" && !empty) {
    console.warn("welcome is left out: name an install without data in SWARMSCOPE_EMPTY_URL");
    continue;
  }
  const { page, close } = await open(browser, looks);
  await page.goto(path);
  await settled(page);
  if (name === "welcome") await page.getByText("Let us see your agents.").waitFor();
  if (name === "waterfall") await page.getByRole("treeitem").nth(1).click();
  if (name === "sql") await page.getByRole("button", { name: "Run" }).click();
  if (["graph", "hops", "emergence"].includes(name)) await page.locator("[data-placed]").waitFor();
  if (name === "agent-findings") await page.getByRole("button", { name: "Forecast" }).click();
  if (name === "settings-redaction") await page.getByText(/removed: /).waitFor();
  if (name === "alerts") await page.getByRole("grid", { name: "Active alerts" }).getByRole("row").nth(1).click({ timeout: FOUND_MAX_MS }).catch(() => undefined); // a calm fleet has none
  // Where this copy of the program lies is nobody's business.
  await page.evaluate(() => document.querySelectorAll("code").forEach((one) => (one.textContent = one.textContent?.replace(/^\/.*(?=\/sim\/)/, "…") ?? "")));
  await page.waitForFunction(() => !document.querySelector('[role="status"][aria-label^="Loading"], [class*="waits"]')); // nor a chart whose script is under way
  await page.waitForTimeout(DRAWN_MS);
  await picture(page, name);
  await close();
}
await browser.close();
