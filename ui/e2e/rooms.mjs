// The rooms where people set things: settings, cost, logs, tenants. Run by tests/e2e/test_rooms.py.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fire, looked, settled, violations } from "./browser.mjs";

const base = () => `${process.env.SWARMSCOPE_URL}/api/v1`;
const api = async (path) => (await fetch(`${base()}${path}`)).json();

/** Every part of settings and cost, full, on a desk and a phone, in both themes. */
async function looks({ open }) {
  const tabs = ["connect", "system", "keys", "users", "retention", "redaction", "prices", "detectors", "plugins", "look"];
  const paths = [...tabs.map((tab) => `/settings?tab=${tab}`), "/cost", "/cost?tab=budgets", "/cost?tab=what-if&model=gpt-4o-mini", "/logs", "/gallery"];
  await looked(open, paths);
}

/** A call that waits shows that it loads; one that fails says why and can be tried again. */
async function states({ open }) {
  const page = await open({ quiet: true });
  for (const [path, call] of [["/settings?tab=retention", "retention"], ["/settings?tab=plugins", "plugins"], ["/settings?tab=detectors", "detectors"], ["/settings?tab=redaction", "redaction"], ["/settings?tab=connect", "connect"], ["/cost?tab=budgets", "budgets"]]) {
    const burning = await fire(page, `${call}*`);
    await page.goto(path);
    await page.getByRole("status", { name: "Loading" }).first().waitFor();
    burning.release();
    await page.getByRole("alert").getByText("the store is on fire").waitFor();
    await burning.end();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("alert").waitFor({ state: "detached" });
  }
}

/** A part of settings is in the address, and new agents are greeted on an install that has some. */
async function connect({ open, ask }) {
  const page = await open();
  await page.goto("/settings");
  await page.getByText("Listening on").waitFor();
  await page.getByRole("button", { name: "LangChain" }).click();
  await page.getByText("LangChainInstrumentor().instrument()").waitFor();
  assert.ok((await page.getByText("OTEL_EXPORTER_OTLP_ENDPOINT").innerText()).includes(process.env.SWARMSCOPE_URL));
  await ask("newcomer");
  await page.getByRole("status").getByRole("link", { name: "newcomer" }).waitFor({ timeout: 60_000 });
  await page.getByRole("link", { name: "first words" }).waitFor();
  await page.getByRole("button", { name: "Redaction" }).click();
  await page.waitForURL(/tab=redaction/);
  await page.reload();
  await page.getByText("Rules in force").waitFor();
  await page.goBack();
  await page.getByRole("button", { name: "LangChain" }).waitFor();
}

/** Retention: nonsense is refused in place, what is shorter is asked about, what is set can be taken back. */
async function retention({ open }) {
  const page = await open({ quiet: true });
  await page.goto("/settings?tab=retention");
  const logs = page.getByLabel("Log records, days");
  await logs.fill("1.5");
  await page.getByText("whole days").waitFor();
  assert.ok(await page.getByRole("button", { name: /^Save/ }).isDisabled());
  await logs.fill("14");
  await page.getByRole("button", { name: "Save 1" }).click();
  await page.getByText("set here", { exact: true }).waitFor();
  assert.equal((await api("/retention")).items.find((rule) => rule.name === "logs_days").value, 14);
  await logs.fill("2");
  await page.getByRole("button", { name: "Save 1" }).click();
  await page.getByRole("dialog").getByText("older than 2 days goes for good").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Discard" }).click();
  assert.equal(await logs.inputValue(), "14");
  await page.getByRole("button", { name: "Back to 7" }).click();
  await page.getByText("set here", { exact: true }).waitFor({ state: "detached" });
  await page.getByLabel("All spans, days").fill("99");
  await page.getByRole("button", { name: "Save 1" }).click();
  await page.getByText("change both").waitFor();
}

/** A text is tried against the rules, with one more of one's own; a broken one says so. */
async function redaction({ open }) {
  const page = await open({ quiet: true });
  await page.goto("/settings?tab=redaction");
  await page.getByText("[redacted:email]", { exact: true }).waitFor();
  await page.getByLabel("Text").fill('mail ada@example.org <script>window.hacked=1</script> ACME-77');
  await page.getByLabel("With a rule of your own").fill("ACME-\\d+");
  await page.getByText("[redacted:new_rule]").waitFor();
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  await page.getByLabel("With a rule of your own").fill("ACME-(");
  await page.getByRole("alert").getByText("This could not be tried").waitFor();
}

/** A price is changed in place, stays, and is taken back; a model in use without one is offered. */
async function prices({ open }) {
  const page = await open({ quiet: true });
  await page.goto("/settings?tab=prices");
  await page.getByLabel("Find a model").fill("gpt-4o");
  const input = page.getByLabel("Input of gpt-4o", { exact: true });
  const shipped = await input.inputValue();
  await input.fill("-1");
  await page.getByText("between 0 and a million").waitFor();
  await input.fill("7");
  await page.getByRole("button", { name: "Save 1 change" }).click();
  await page.getByText("Prices saved").waitFor();
  await page.reload();
  await page.getByLabel("Find a model").fill("gpt-4o");
  assert.equal(await input.inputValue(), "7");
  await page.getByRole("button", { name: "Take back the price of gpt-4o", exact: true }).click();
  await page.getByRole("button", { name: "Save 1 change" }).click();
  await page.getByText("Prices saved").waitFor();
  await page.reload();
  await page.getByLabel("Find a model").fill("gpt-4o");
  assert.equal(await input.inputValue(), shipped);
  await page.getByRole("button", { name: "Set a price" }).first().click();
  await page.getByRole("button", { name: "Save 1 change" }).waitFor();
}

/** A budget is set, stands with what was spent of it, is changed and removed. */
async function budgets({ open }) {
  const page = await open({ quiet: true });
  await page.goto("/cost?tab=budgets");
  await page.getByText("No budgets yet").waitFor();
  await page.getByRole("button", { name: "Set a budget" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("all <b>of</b> it");
  await dialog.getByLabel("US dollars").fill("0.000001");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "all <b>of</b> it" }).waitFor();
  await page.getByText("over budget", { exact: true }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: "Change" }).click();
  await dialog.getByLabel("US dollars").fill("900000");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("within", { exact: true }).waitFor();
  await page.getByRole("button", { name: /^Remove the budget/ }).click();
  await page.getByText("No budgets yet").waitFor();
}

/** What it would cost with another model; one without a price is said to have none. */
async function whatIf({ open }) {
  const page = await open({ quiet: true });
  await page.goto("/cost?range=1h");
  await page.getByRole("grid", { name: "Cost by model" }).waitFor();
  const [total, hour] = await Promise.all(["Cost", "Cost an hour"].map(async (name) => Number((await page.locator("dt", { hasText: new RegExp(`^${name}$`) }).locator("+ dd").innerText()).replace(/[^\d.]/g, ""))));
  assert.ok(hour >= total && hour <= 200 * total, `${total} in all cannot be ${hour} an hour`);
  await page.getByRole("button", { name: "With another model" }).click();
  await page.getByText("Choose another model").waitFor();
  await page.getByLabel("What would it have cost with").fill("gpt-4o-mini");
  await page.keyboard.press("Enter");
  await page.waitForURL(/model=gpt-4o-mini/);
  await page.getByRole("grid", { name: "What it would cost, by model" }).waitFor();
  await page.reload();
  await page.getByText("With gpt-4o-mini").waitFor();
  await page.getByLabel("What would it have cost with").fill("nobody-knows-it");
  await page.keyboard.press("Enter");
  await page.getByText("there is no price for").waitFor();
}

/** What the address of a page without a time range says can be kept as a view; what a thing costs leads to the prices. */
async function kept({ open }) {
  const page = await open();
  const [trace] = (await api("/traces?limit=1")).items;
  await page.goto(`/traces/${trace.trace_id}?view=waterfall`);
  const views = page.getByRole("button", { name: "Saved views", exact: true });
  await views.click();
  await page.getByLabel("Name of the view").fill("the slow one");
  await page.keyboard.press("Enter");
  await page.getByRole("list", { name: "Saved views" }).getByRole("link", { name: "the slow one" }).waitFor();
  await page.goto("/cost?range=1h");
  await page.getByRole("link", { name: "What models cost" }).click();
  await page.waitForURL(/settings.*tab=prices/);
  await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor(); // the page before stays until the script of this one is there
  assert.equal(await views.count(), 0, "settings are no view");
  await page.keyboard.press("Control+k");
  await page.getByLabel("Search and commands").last().fill("slow one");
  await page.getByRole("option", { name: /the slow one/ }).click();
  await page.waitForURL(new RegExp(`/traces/${trace.trace_id}\\?.*view=waterfall`));
  await page.getByRole("treeitem").first().waitFor();
}

/** ⌘K finds a model by a part of its name, in any case. */
async function named({ open }) {
  const page = await open();
  await page.goto("/settings");
  await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
  await page.keyboard.press("Control+k");
  await page.getByLabel("Search and commands").last().fill("sonnet");
  const models = page.getByRole("group", { name: "Models" });
  await models.getByRole("option", { name: /^claude-sonnet-4/ }).click();
  await page.waitForURL(/\/traces\?.*q=model/);
  await page.getByRole("grid").getByRole("row").nth(1).waitFor();
}

const MOMENT = /-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.(csv|json|png|md)$/;

/** Presses a form of a download and reads the file. */
async function saved(page, name, form) {
  const button = page.getByRole("button", { name: `Download ${name}`, exact: true }).first();
  await button.click();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("dialog", { name: `Download ${name}`, exact: true }).getByText(form, { exact: true }).click()]);
  assert.match(file.suggestedFilename(), MOMENT);
  return { name: file.suggestedFilename().replace(MOMENT, ""), bytes: await readFile(await file.path()) };
}

/** Every download that a page offers: its CSV has a header and one value per cell, its picture is one. */
async function downloads({ open }) {
  const page = await open();
  const key = { name: "=HYPERLINK(1)", role: "viewer" };
  await fetch(`${base()}/keys`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(key) });
  await fetch(`${base()}/budgets/all`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ scope: "model", key: "gpt-4o", period: "day", limit_usd: 9 }) });
  const [trace] = (await api("/traces?limit=1")).items;
  const pages = ["/agents/agent-1", "/agents/agent-1?tab=versions", "/traces?select=duration%3E0ms", `/traces/${trace.trace_id}?view=waterfall&span=${(await api(`/traces/${trace.trace_id}`)).spans[0].span_id}`, "/logs", "/logs?view=patterns", "/sessions/talk", "/cost?tab=budgets", ...["keys", "retention", "prices", "redaction", "detectors", "plugins"].map((tab) => `/settings?tab=${tab}`)];
  const wanted = { "/agents/agent-1": "Models", "/agents/agent-1?tab=versions": "Versions of its kind", "/sessions/talk": "Turns", "/cost?tab=budgets": "Budgets", "/settings?tab=keys": "Keys", "/settings?tab=prices": "Prices" };
  for (const path of pages) {
    await page.goto(path.includes("?") ? `${path}&range=1h&live=false` : `${path}?range=1h&live=false`);
    await settled(page);
    const first = wanted[path] ?? "";
    if (path === "/cost?tab=budgets") assert.deepEqual(await violations(page), []); // a link stands within a sentence
    await page.getByRole("button", { name: new RegExp(`^Download ${first}`) }).first().waitFor();
    const names = await page.getByRole("button", { name: /^Download / }).evaluateAll((all) => [...new Set(all.map((one) => (one.getAttribute("aria-label") ?? "").replace("Download ", "")))]);
    for (const name of names.filter((one) => one !== "as JSON" && one !== "the session")) {
      const { bytes } = await saved(page, name, "CSV");
      const [header, ...lines] = new TextDecoder("utf-8", { fatal: true }).decode(bytes).split("\r\n");
      assert.ok(header.split(",").every((cell) => cell !== ""), `${path}, ${name}: ${header}`);
      assert.ok(lines.length > 1, `${path}, ${name} is empty`);
      assert.ok(!/(^|,)"?[=@]/m.test(lines.join("\n")), `${path}, ${name} holds a formula`);
      assert.ok(!/"[[{]""/.test(lines.join("\n")), `${path}, ${name} holds JSON in a cell`);
    }
  }
  await page.goto(`/traces/${trace.trace_id}?view=waterfall`);
  const picture = await saved(page, "Waterfall", "PNG");
  assert.equal(picture.bytes.subarray(1, 4).toString(), "PNG");
  const phone = await open({ size: "phone" });
  await phone.goto(`/traces/${trace.trace_id}?view=waterfall`);
  await saved(phone, "Waterfall", "CSV");
  await page.goto("/sessions/talk");
  const talk = await saved(page, "the session", "Markdown");
  assert.equal(talk.name, "session-talk");
  const text = talk.bytes.toString();
  assert.match(text, /## Turn 1[^]*> where is it[^]*## Turn 2/);
  assert.match(text, /`{3,}text\n<b>it is here<\/b>\n`{3,}/);
  const whole = JSON.parse((await saved(page, "the session", "JSON")).bytes.toString());
  assert.equal(whole.turns.length, 2);
  assert.equal(whole.conversation.length, 4);
}

/** A line has its address and is marked among those around it; a list of lines downloads by keyboard. */
async function lines({ open }) {
  const page = await open();
  await page.goto("/logs?range=1h&live=false");
  await page.getByRole("log").getByRole("button").first().click();
  await page.getByRole("button", { name: "Lines around it" }).click();
  await page.waitForURL(/line=/);
  const marked = page.getByRole("dialog").locator('[aria-current="true"]');
  await marked.waitFor();
  const text = await marked.innerText();
  await page.reload();
  await marked.waitFor();
  assert.equal(await marked.innerText(), text);
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.search.includes("line="));
  const button = page.getByRole("button", { name: "Download Log records, newest first" });
  await button.focus();
  await page.keyboard.press("Enter");
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByText("JSON", { exact: true }).press("Enter")]);
  assert.match(file.suggestedFilename(), /\.json$/);
}

/** Kinds of lines, with their counts; one opens its lines, and the address says both. */
async function patterns({ open }) {
  const page = await open();
  await page.goto("/logs?range=1h&live=false");
  await page.getByRole("button", { name: "Patterns" }).click();
  await page.waitForURL(/view=patterns/);
  const table = page.getByRole("grid", { name: "Log patterns" });
  const row = table.getByRole("row").filter({ hasText: "line <*>" });
  await row.waitFor();
  assert.match(await row.innerText(), /300/);
  await page.getByText("in 300 lines").waitFor();
  await page.getByRole("button", { name: "Refusals" }).click();
  await page.waitForURL(/about=refusal/);
  await page.getByText("No line of this kind").waitFor();
  await page.getByRole("group", { name: "About" }).getByRole("button", { name: "All" }).click();
  await row.click();
  await page.waitForURL((url) => url.search.includes("template") && !url.search.includes("view="));
  await page.getByRole("log").getByRole("button").first().waitFor();
}

/** A rule that fires is listed, opened by keyboard, and says when it fired before; its rule is a press away and back. */
async function alerts({ open }) {
  const page = await open();
  await page.goto("/alerts?live=false");
  const row = page.getByRole("grid", { name: "Active alerts" }).getByRole("row", { name: /AlwaysTrue/ });
  await row.waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const one = page.getByRole("region", { name: "Alert", exact: true });
  await one.getByText("It was made to fire.").waitFor();
  await one.getByRole("heading", { name: "In the last 24 hours" }).waitFor();
  await one.getByRole("img", { name: "Fired 1 time" }).waitFor({ timeout: 150_000 }); // its series has a point a minute
  await one.getByText("It did not fire before.").waitFor();
  await page.reload();
  await one.getByRole("link", { name: "AlwaysTrue" }).click();
  await page.getByRole("region", { name: "Rule", exact: true }).getByText("vector(1)").waitFor();
  await page.goBack();
  await one.waitFor();
  await page.keyboard.press("Escape");
  await one.waitFor({ state: "detached" });
}

/** Admins of the install look at another tenant, where nothing of their own is, and come back. */
async function tenants({ open }) {
  const key = { name: "agents", role: "ingest", tenant: "acme" };
  assert.equal((await fetch(`${base()}/keys`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(key) })).status, 201);
  const page = await open();
  await page.goto("/agents");
  await page.getByRole("row").nth(1).waitFor();
  await page.getByLabel("Tenant").selectOption("acme");
  await page.waitForURL(/tenant=acme/);
  await page.getByText("Let us see your agents.").waitFor();
  await page.goto("/settings?tab=keys&tenant=acme");
  await page.getByText("Keys are for administrators").waitFor();
  await page.getByLabel("Tenant").selectOption("default");
  await page.waitForURL((url) => !url.search.includes("tenant="));
  await page.getByText("Every agent").waitFor();
}

export const ROOMS = [connect, states, retention, redaction, prices, budgets, whatIf, kept, named, downloads, lines, patterns, alerts, tenants, looks];
