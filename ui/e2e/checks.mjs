// What people do in the UI, as checks, which run in the order of the list at the end.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { settled, violations } from "./browser.mjs";
import { stands } from "./graph.mjs";
import { metrics } from "./metrics.mjs";
import { nothing, states } from "./states.mjs";
import { emerged, filled, sideways, widths } from "./widths.mjs";

const HOSTILE = '<img src=x onerror="window.hacked=1">';

const api = async (path) => (await fetch(`${process.env.SWARMSCOPE_URL}/api/v1${path}`)).json();

async function eventually(what, look, ms = 20_000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (Date.now() > end) throw new Error(`still not so after ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** An empty install greets, and celebrates when the first data arrives. */
async function onboarding({ open, ask }) {
  const page = await open();
  await page.goto("/");
  await page.getByText("Let us see your agents.").waitFor();
  await page.getByRole("button", { name: "OpenTelemetry" }).click();
  await page.getByText("OTEL_EXPORTER_OTLP_ENDPOINT").waitFor();
  await ask("fill");
  await page.getByText(/ is here$/).waitFor({ timeout: 180_000 });
  await page.getByText("Its first trace:").waitFor({ timeout: 60_000 });
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: "See the fleet" }).click();
  await page.getByText("Every agent").waitFor();
  await worked();
}

const worked = () => eventually("traces arrive", async () => (await api("/traces?limit=20&q=operation:invoke_agent")).items.length >= 5, 180_000);

/** A fleet that is at work, for checks of a server of their own. */
async function fleetAtWork({ ask }) {
  await ask("fill");
  await worked();
  for (const [noun, path] of [["a workflow", "/workflows?limit=1"], ["a session", "/sessions?limit=1"], ["a failure", "/traces?limit=1&q=status:error"]]) {
    await eventually(`there is ${noun}`, async () => (await api(path)).items.length, 180_000);
  }
  const event = { text: "id=1' UNION SELECT password FROM users--", principal: "eve", source: "203.0.113.9", endpoint: "/item" };
  const body = JSON.stringify({ events: [event] });
  assert.ok((await fetch(`${process.env.SWARMSCOPE_URL}/api/v1/security/events`, { method: "POST", headers: { "content-type": "application/json" }, body })).ok);
  await eventually("there is a finding", async () => (await api("/findings?limit=1&start=-1h")).items.length, 180_000);
}

/** A fleet that goes on changes what is looked at, and takes the machine's time. */
async function still({ ask }) {
  await ask("pause");
}

/** A newcomer on the first page is led to the reason of a failure: two presses, no words typed. */
async function reason({ open }) {
  const page = await open();
  await page.goto("/");
  const failing = page.locator("section", { has: page.getByRole("heading", { name: "Just changed" }) }).getByRole("link", { name: /\d of \d+ failed/ });
  await eventually("somebody fails", () => failing.count(), 120_000);
  await failing.first().click();
  const failed = page.getByRole("grid", { name: "Recent errors" }).getByRole("row").nth(1);
  await failed.waitFor();
  const said = await eventually("the agent's page says what failed", async () => (await failed.innerText()).match(/\w+Error: .{12}/)?.[0]);
  await failed.click();
  await page.waitForURL(/span=/);
  const why = page.getByRole("region", { name: "Why it failed" });
  await why.getByText(said.slice(0, 24), { exact: false }).first().waitFor();
  await why.getByRole("button").first().click();
  await page.getByRole("complementary", { name: "Span" }).getByText("Span id").waitFor();
}

/** 10,000 rows: those in sight are drawn, the last is a press away; a chart comes as a file, by keyboard. */
async function rows({ open }) {
  const page = await open();
  await page.goto("/gallery");
  const grid = page.getByRole("grid", { name: "Sample", exact: true });
  await grid.focus();
  await page.keyboard.press("End");
  await grid.getByText("row 9999").waitFor();
  assert.ok((await grid.getByRole("row").count()) < 80);
  const button = page.getByRole("button", { name: "Download Lines" });
  for (const form of ["CSV", "PNG"]) {
    await button.focus();
    await page.keyboard.press("Enter");
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByText(form, { exact: true }).press("Enter")]);
    assert.match(file.suggestedFilename(), new RegExp(`^gallery-lines-[\\dT-]+Z\\.${form.toLowerCase()}$`));
  }
  await button.click(); // by mouse, what cannot be seen cannot be pressed
  await Promise.all([page.waitForEvent("download"), page.getByText("JSON", { exact: true }).click({ timeout: 10_000 })]);
}

/** The map: a lasso selects, a group's name takes the group, a search goes to one; the list is its twin; the address keeps the view. */
async function fleet({ open }) {
  const page = await open();
  await page.goto("/?by=kind");
  const map = page.getByRole("img", { name: /^Map of [\d,]+ agents by kind/ });
  await map.waitFor();
  const { x, y, width, height } = await map.boundingBox();
  await page.mouse.move(x + 1, y + 1);
  await page.mouse.down();
  for (const [to, at] of [[width - 2, 2], [width - 2, height - 2], [2, height - 2], [2, 2]]) await page.mouse.move(x + to, y + at, { steps: 4 });
  await page.mouse.up();
  await page.getByRole("heading", { name: /^Selection/ }).waitFor();
  await eventually("most agents lie within the lasso", async () => {
    const said = await page.getByRole("heading", { name: /^Selection/ }).innerText();
    return Number(said.match(/([\d,]+) agents/)?.[1].replace(",", "")) > (await api("/fleet")).agents * 0.7;
  });
  await page.getByRole("button", { name: "Select nobody" }).click();
  await page.getByRole("heading", { name: "Just changed" }).waitFor();
  await page.getByRole("button", { name: /^llm/ }).click();
  await page.getByRole("link", { name: "Filter by it" }).click();
  await page.waitForURL(/\/agents\?q=kind/);
  await page.evaluate(() => history.back());
  await page.waitForURL(/\/\?by=kind/);
  const [agent] = (await api("/agents?limit=1&sort=spans")).items;
  await page.keyboard.press("/");
  await page.keyboard.type(agent.agent);
  await page.keyboard.press("Enter");
  await eventually("the map is nearer", () => page.getByRole("button", { name: "Farther" }).isEnabled());
  await page.getByRole("button", { name: "List", exact: true }).click();
  await page.waitForURL(/show=list/);
  await page.reload();
  const list = page.getByRole("grid", { name: "Every agent, trouble first" });
  await list.getByRole("row").nth(1).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/agents\//);
}

/** What is selected and how near one looks stand in the address: another browser shows the same, back leads to what was, and moving adds no steps. */
async function links({ open }) {
  const page = await open();
  const steps = () => page.evaluate(() => history.length);
  let other;
  const elsewhere = async (size = "desk") => {
    await other?.close(); // a page that nobody looks at any more is live all the same
    other = await open({ size });
    await other.goto(page.url());
    return other;
  };
  await page.goto("/?by=kind");
  await page.getByRole("img", { name: /^Map of/ }).waitFor();
  const before = await steps();
  for (const zoom of [/zoom=1\.6_/, /zoom=2\.56_/]) {
    await page.getByRole("button", { name: "Nearer" }).click();
    await page.waitForURL(zoom);
  }
  assert.equal(await steps(), before);
  await page.getByTitle(/^Select \d+ agents? of llm$/).dispatchEvent("click");
  await page.waitForURL(/group=llm/);
  const llm = await elsewhere();
  await llm.getByRole("heading", { name: /^llm/ }).waitFor();
  assert.ok(await llm.getByRole("button", { name: "Farther" }).isEnabled());
  await page.goBack();
  await page.getByRole("heading", { name: "Just changed" }).waitFor();
  await page.getByRole("button", { name: "All of it" }).click();
  await page.waitForURL((url) => !url.search.includes("zoom="));
  const { x, y, width, height } = await page.getByRole("img", { name: /^Map of/ }).boundingBox();
  await page.mouse.move(x + 1, y + 1);
  await page.mouse.down();
  for (const [to, at] of [[width - 2, 2], [width - 2, height / 2], [2, height / 2], [2, 2]]) await page.mouse.move(x + to, y + at, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/lasso=|agents=/);
  const selected = (where) => where.getByRole("heading", { name: /^Selection/ }).innerText();
  assert.equal(await selected(await elsewhere("phone")), await selected(page));
  await page.getByRole("button", { name: "List", exact: true }).click();
  await page.getByRole("button", { name: "Errors" }).click();
  await page.waitForURL(/sort=-errors/);
  await (await elsewhere()).locator('[role="columnheader"][aria-sort="descending"]', { hasText: "Errors" }).waitFor();

  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/traces?view=lines&range=1h&live=false");
  const said = page.getByText("The link is copied; it shows").waitFor(); // it goes after four seconds: less than a press takes on a busy machine
  await Promise.all([said, page.getByRole("button", { name: "Copy a link with these times" }).click()]);
  const copied = new URL(await page.evaluate(() => navigator.clipboard.readText()));
  const [from, to] = copied.searchParams.get("range").split("~").map(Date.parse);
  assert.equal(to - from, 3_600_000);
  await page.goto(copied.href);
  await page.getByRole("button", { name: /^p50/ }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Time range: Last hour" }).count(), 0);

  await page.goto("/traces?view=lines&range=1h");
  await page.getByRole("button", { name: /^p50/ }).click();
  await page.waitForURL(/hidden=/);
  await (await elsewhere()).getByRole("button", { name: /^p50/, pressed: false }).waitFor();

  const [trace] = (await api("/traces?limit=1&sort=tokens&order=desc")).items;
  await page.goto(`/traces/${trace.trace_id}?view=waterfall`);
  await page.getByRole("treeitem").nth(1).waitFor();
  await page.keyboard.press("j");
  await page.waitForURL(/span=/);
  await page.keyboard.press("ArrowLeft");
  await page.waitForURL(/folded=/);
  await page.keyboard.press("z");
  await page.waitForURL(/window=/);
  const same = await elsewhere();
  await same.getByRole("treeitem", { expanded: false }).first().waitFor(); // what is folded stays folded
  await same.keyboard.press("z"); // back to the whole, as it was near
  await same.waitForURL((url) => !url.search.includes("window="));

  await page.goto("/graph?range=1h");
  await page.locator("[data-placed]").first().waitFor();
  await page.getByRole("button", { name: "Nearer" }).click();
  await page.waitForURL(/zoom=1\.6_/);
  await page.reload();
  await page.locator("[data-placed]").first().waitFor();
  await page.getByRole("button", { name: "Nearer" }).click();
  await page.waitForURL(/zoom=2\.56_/); // it went on from where it was

  for (const path of ["/?zoom=x&lasso=1_2&agents=7&group=nobody&sort=-__proto__&show=list&hidden=7", "/?by=7&zoom=9e9_1_1&lasso=900_400_1_1_9_9_9_x&hidden=[[]]", `/traces/${trace.trace_id}?view=waterfall&window=9_1&folded=_&turned=[1]&zoom=-`, "/graph?zoom=1e9_0_0&as=7&range=1h"]) {
    await page.goto(path);
    await settled(page);
    assert.equal(await page.getByRole("alert").count(), 0, path);
  }
}

/** A wall screen of many pixels is read from afar, and pointers still hit what they point at. */
/** What is asked before a page's script is there is what the page then wants, to the letter: else it would be asked twice. */
async function ahead({ open }) {
  const page = await open();
  for (const path of ["/", "/agents", "/alerts", "/cost", "/emergence", "/explore", "/findings", "/graph", "/logs", "/security", "/sessions", "/sql", "/traces", "/workflows"]) {
    await page.goto(path);
    await settled(page);
    const marks = async (word) => (await page.evaluate(() => performance.getEntriesByType("mark").map((mark) => mark.name))).filter((name) => name.startsWith(`${word}: `)).map((name) => name.slice(word.length + 2));
    const asked = (await marks("asked ahead")).sort();
    assert.notEqual(asked.length, 0, path);
    await eventually(`${path} wants ${asked.join(" ")}`, async () => (await marks("wanted")).sort().join() === asked.join());
  }
  await page.goto("/traces?range=1h");
  await settled(page);
  assert.equal(await page.evaluate(() => performance.getEntriesByType("mark").some((mark) => mark.name.startsWith("asked ahead"))), false);
}

async function wall({ open }) {
  const page = await open({ viewport: { width: 3840, height: 2160 } });
  await page.goto("/?kiosk=true&by=kind");
  const name = page.getByTitle(/^Select \d+ agents? of llm$/);
  await name.waitFor();
  await settled(page);
  const { x, y, height } = await name.boundingBox();
  assert.ok(height > 45, `a name is ${height} pixels high`);
  await page.mouse.click(x + 1.2 * height, y + 2.3 * height); // the first cell of the group
  await page.waitForURL(/\/agents\/.*kiosk=true/);
}

/** What WebGL draws comes as a picture too, not as an empty one; on a phone the metric browser is a press away. */
async function pictures({ open }) {
  const page = await open();
  const [agent] = (await api("/agents?limit=1&sort=spans")).items;
  for (const [path, name] of [["/?by=kind", "Fleet by kind"], ["/graph?range=1h", /^Download .*(agents|services)/i], [`/agents/${agent.agent}`, "States over time"]]) {
    await page.goto(path);
    if (path.startsWith("/graph")) await page.locator("[data-placed]").first().waitFor();
    const button = page.getByRole("button", { name: typeof name === "string" ? `Download ${name}` : name }).first();
    await button.click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByText("PNG", { exact: true }).click()]);
    const bytes = await readFile(await file.path());
    const colours = await page.evaluate(async (base64) => {
      const blob = new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], { type: "image/png" });
      const bitmap = await createImageBitmap(blob);
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const pen = canvas.getContext("2d");
      pen.drawImage(bitmap, 0, 0);
      return new Set(new Uint32Array(pen.getImageData(0, 40, bitmap.width, bitmap.height - 90).data.buffer)).size;
    }, bytes.toString("base64"));
    assert.ok(colours >= (path.startsWith("/agents") ? 2 : 30), `${path}: a picture of ${colours} colours`); // an agent may have been in one state all the time
  }
  const phone = await open({ size: "phone" });
  await phone.goto("/explore");
  await phone.getByRole("button", { name: "Metrics and labels" }).click();
  await phone.getByRole("group", { name: "Metrics" }).getByRole("button").first().click();
  await phone.waitForURL(/q=/);
}

/** Without WebGL the map is drawn all the same, and a graph becomes its table. */
async function plain({ open }) {
  const page = await open({ size: "phone", theme: "light" });
  await page.addInitScript(() => {
    const get = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
      return /webgl/.test(kind) ? null : get.call(this, kind, ...more);
    };
  });
  await page.goto("/");
  await page.getByRole("img", { name: /^Map of [\d,]+ agents/ }).waitFor();
  const painted = () => page.evaluate(() => {
    const canvas = document.querySelector("main canvas");
    return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0);
  });
  await eventually("cells are drawn", painted);
  await page.goto("/graph");
  await settled(page);
}

/** Only what is deployed in the environment is shown, live; one that nobody is deployed in is empty, not everybody. */
async function environment({ open }) {
  const page = await open();
  await page.goto("/?environment=production");
  await page.getByRole("img", { name: /^Map of [1-9][\d,]* agents/ }).waitFor();
  await page.goto("/?environment=nowhere");
  await page.getByRole("img", { name: /^Map of 0 agents/ }).waitFor();
  await page.goto("/?live=false"); // a page that is held has its data too
  await page.getByRole("img", { name: /^Map of [1-9][\d,]* agents/ }).waitFor();
  await page.goto("/agents?live=false");
  const first = page.getByRole("grid", { name: "Agents" }).getByRole("row").nth(1);
  await first.waitFor();
}

/** Versions stand side by side, for all of a kind and for one; the graph tells communities and opens one. */
async function dependencies({ open }) {
  const [agent] = (await api("/agents?limit=1&sort=spans&q=kind:llm")).items;
  const page = await open();
  await page.goto(`/agents/${agent.agent}?tab=versions`);
  await page.getByRole("columnheader", { name: /2\.3\.1/ }).waitFor();
  await page.getByRole("button", { name: "This agent" }).click();
  await page.getByRole("rowheader", { name: "Cost of a turn" }).waitFor();
  await eventually("edges are counted", async () => (await api("/graph/agents?start=-15m")).edges.length, 180_000);
  await page.goto("/graph?range=15m");
  await page.getByRole("button", { name: /^around .* agents? ·/ }).first().click();
  await page.waitForURL(/community=around/);
  const known = () => page.getByRole("button", { name: /^around / }).locator("strong").allInnerTexts();
  const there = await known();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Emergence" }).click();
  await page.getByRole("heading", { name: "Rhythm and warnings" }).waitFor();
  await page.getByRole("button", { name: /^around / }).first().waitFor();
  assert.deepEqual((await known()).sort(), there.sort(), "communities are the same on both pages");
  await page.goBack();
  await page.getByRole("button", { name: "Cost" }).click();
  await page.waitForURL(/weight=cost/);
}

/** The list of agents is live, sorts, and filters with completion; the address keeps it all. */
async function agents({ open }) {
  const page = await open({ quiet: true });
  await page.goto("/agents");
  await page.getByRole("row").nth(5).waitFor();
  // What was before the page was opened; an agent that came after it has only what followed.
  await page.waitForFunction(() => [...document.querySelectorAll('svg[aria-label="activity"] path')].some((path) => path.getAttribute("d").split("L").length > 20));
  await page.getByLabel("Filter", { exact: true }).click();
  await page.keyboard.type("stat");
  await page.getByRole("option", { name: /^state/ }).first().waitFor();
  await page.getByLabel("Filter", { exact: true }).fill("state:working,idle,waiting");
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=state/);
  await page.getByRole("row").nth(2).waitFor();
  await page.getByRole("button", { name: "Spans" }).click();
  await page.waitForURL(/sort=-spans/);
  await page.reload();
  await page.getByRole("row").nth(2).waitFor();
  await eventually("the address is in the filter again", async () => (await page.getByLabel("Filter", { exact: true }).inputValue()) === "state:working,idle,waiting");
  await page.getByLabel("Filter", { exact: true }).fill("state:(");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").first().waitFor();
}

/** From the list of failures to the span that failed, by keyboard. */
async function investigation({ open }) {
  await eventually("something failed", async () => (await api("/traces?limit=1&q=status:error")).items.length, 60_000);
  const page = await open();
  await page.goto("/traces");
  await settled(page);
  await page.keyboard.press("/");
  await page.keyboard.type("status:error");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=status/);
  await eventually("only failures are listed", async () => (await page.getByRole("row").count()) - 1 === (await page.getByText(/\d failed/).count()));
  await page.getByLabel("Filter", { exact: true }).blur();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Waterfall" }).waitFor();
  await settled(page);
  await page.keyboard.press("2");
  await page.getByRole("tree", { name: "Spans" }).focus();
  await page.keyboard.press("j");
  await page.waitForURL(/span=/);
  await page.getByRole("complementary", { name: "Span" }).getByText("Span id").waitFor();
  const address = page.url();
  await page.reload();
  await page.getByRole("complementary", { name: "Span" }).waitFor();
  assert.equal(page.url(), address);
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.search.includes("span="));
  await page.goBack();
  await page.waitForURL(/traces/);
}

/** A part of the heat map is brushed and compared with the rest; the address keeps it, back takes it away. */
async function difference({ open }) {
  const page = await open();
  await page.goto("/traces?range=1h&live=false");
  const map = page.getByRole("img", { name: "Latency of matching spans over time" });
  await map.waitFor();
  const { x, y, width, height } = await map.boundingBox();
  await page.mouse.move(x + 70, y + 4);
  await page.mouse.down();
  await page.mouse.move(x + width - 6, y + height / 2, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/select=start_time/);
  await page.getByText(/selected spans? in/).waitFor();
  await page.getByRole("button", { name: "Its traces" }).click();
  await page.waitForURL(/show=traces/);
  await page.getByRole("row").nth(1).waitFor();
  await page.goBack();
  await page.getByText(/selected spans? in/).waitFor();
  await page.reload();
  await page.getByText(/selected spans? in/).waitFor();
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.search.includes("select="));
}

/** What a hostile agent sends is text everywhere. */
async function hostile({ open, ask }) {
  const trace = await ask("hostile");
  await eventually("the hostile trace is stored", async () => (await api(`/traces/${trace}`)).spans?.length);
  const page = await open();
  for (const path of [`/traces/${trace}?view=waterfall`, `/traces/${trace}?view=transcript`, `/traces/${trace}?view=graph`, `/traces/${trace}?view=logs`, `/traces/compare?a=${trace}&b=${trace}`, "/traces", "/agents", "/logs", "/"]) {
    await page.goto(path);
    await settled(page);
    await page.waitForTimeout(150);
    assert.equal(await page.evaluate(() => window.hacked), undefined, path);
    assert.equal(await page.locator('img[src="x"]').count(), 0, path);
  }
  await page.goto(`/traces/${trace}?view=waterfall`);
  await page.getByText(HOSTILE, { exact: false }).first().waitFor();
}

/** A trace of 10,000 spans: only what is in sight is drawn, and its end can be reached. */
async function large({ open, ask }) {
  const trace = await ask("large");
  await eventually("the large trace is stored", async () => (await api(`/traces/${trace}?limit=100000&messages=false`)).spans?.length >= 10_000, 60_000);
  const page = await open();
  await page.goto(`/traces/${trace}?view=waterfall`);
  await page.getByRole("treeitem").first().waitFor();
  await page.getByRole("tree").focus();
  await page.keyboard.press("End");
  await page.getByRole("treeitem", { name: /step 9999\b/ }).waitFor();
  const drawn = await page.getByRole("treeitem").count();
  assert.ok(drawn < 120, `${drawn} rows drawn`);
}

/** Logs: search by level, one record opened, the live tail follows. */
async function logs({ open }) {
  const page = await open();
  await page.goto("/logs?q=level:info");
  await page.getByRole("log").getByRole("button").first().click();
  await page.getByText("Lines around it").first().waitFor();
  await page.getByRole("button", { name: "Live tail" }).click();
  await page.waitForURL(/tail=true/);
  await page.getByRole("log", { name: "Live tail, newest first" }).waitFor({ timeout: 40_000 });
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Go on" }).waitFor();
}

/** SQL answers, and refuses what would write. */
async function sql({ open }) {
  const page = await open({ quiet: true });
  await page.goto("/sql");
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByRole("grid", { name: "Rows" }).waitFor();
  assert.equal(await page.locator('pre [data-kind="keyword"]').first().innerText(), "SELECT");
  await page.getByLabel("SQL query").fill("DROP TABLE spans");
  await page.keyboard.press("Control+Enter");
  await page.getByText("The query was refused").waitFor();
}

/** Everything is reachable by keyboard: pages, the palette, the list of keys. */
async function keyboard({ open }) {
  const page = await open();
  await page.goto("/");
  await settled(page);
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await page.waitForURL(/\/traces/);
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor({ state: "detached" });
  const [agent] = (await api("/agents?limit=1")).items;
  await page.keyboard.press("Control+k");
  await page.getByLabel("Search and commands").last().fill(agent.agent);
  await page.getByRole("option", { name: new RegExp(`^${agent.agent}`) }).first().click();
  await page.waitForURL(/\/agents\//);
  await page.getByText("Health").first().waitFor();
  const rail = page.getByRole("link", { name: "Workflows" });
  for (const [said, shown] of [["Wall screen", "detached"], ["Leave the wall screen", "visible"]]) {
    await page.keyboard.press("Control+k");
    await page.getByLabel("Search and commands").last().fill(said);
    await page.getByRole("option", { name: said }).first().click();
    await rail.first().waitFor({ state: shown });
    await page.getByText("Health").first().waitFor(); // the same page
  }
}

/** The server dies and comes back: the page says so, keeps what it has, and goes on by itself. */
async function away({ open, ask }) {
  const page = await open({ quiet: true });
  await page.goto("/agents");
  await page.getByRole("row").nth(3).waitFor();
  await ask("kill");
  await page.getByText("The connection is lost", { exact: false }).waitFor({ timeout: 30_000 });
  assert.ok((await page.getByRole("row").count()) > 3, "the last that arrived stays in sight");
  await ask("start");
  await page.getByText("The connection is lost", { exact: false }).waitFor({ state: "detached", timeout: 60_000 });
  await page.getByRole("button", { name: "Live" }).waitFor();
}

/** Times are shown in the reader's zone. */
async function zone({ open }) {
  const { items } = await api("/logs?limit=1&start=-1h");
  const read = async (timezoneId) => {
    const page = await open({ timezoneId });
    await page.goto(`/logs?q=trace_id:${items[0].trace_id ?? "0".repeat(32)}&range=1h`);
    await page.getByRole("log").getByRole("button").first().waitFor();
    return (await page.getByRole("log").getByRole("button").first().innerText()).slice(0, 2);
  };
  const hours = (Number(await read("Asia/Tokyo")) - Number(await read("UTC")) + 24) % 24;
  assert.equal(hours, 9);
}

/** An install that demands keys shows nothing without one. */
async function login({ open }) {
  const page = await open({ quiet: true });
  await page.goto("/agents");
  await page.getByLabel("Key", { exact: true }).fill("swk_wrong");
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Key", { exact: true }).fill(process.env.SWARMSCOPE_E2E_KEY);
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByRole("heading", { name: "Agents" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Agents" }).waitFor();
}

/** Where there are users, people enter with name and password, change it, and leave. */
async function password({ open }) {
  const headers = { authorization: `Bearer ${process.env.SWARMSCOPE_E2E_KEY}`, "content-type": "application/json" };
  const body = JSON.stringify({ name: "ada@example.org", password: "correct horse", role: "viewer" });
  assert.equal((await fetch(`${process.env.SWARMSCOPE_URL}/api/v1/users`, { method: "POST", headers, body })).status, 201);
  const page = await open({ quiet: true });
  await page.goto("/settings");
  const enter = async (secret) => {
    await page.getByLabel("Name", { exact: true }).fill("ada@example.org");
    await page.getByLabel("Password", { exact: true }).fill(secret);
    await page.getByRole("button", { name: "Log in", exact: true }).click();
  };
  await enter("wrong horse");
  await page.getByRole("alert").waitFor();
  await enter("correct horse");
  await page.getByRole("button", { name: "Users" }).click();
  await page.getByText("You are a viewer here").waitFor();
  await page.getByLabel("Current password").fill("correct horse");
  await page.getByLabel("New password").fill("another horse");
  await page.getByRole("button", { name: "Change" }).click();
  await enter("another horse");
  await page.getByRole("heading", { name: "Settings" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Users" }).click();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByRole("button", { name: "Use a key instead" }).waitFor();
}

/** A list stands where it was after back, and after closing what was opened from it, on a desk and on a phone. */
async function returned({ open }) {
  for (const size of ["desk", "phone"]) {
    const page = await open({ size });
    await page.goto("/traces");
    const grid = page.getByRole("grid", { name: "Traces" });
    await grid.getByRole("row").nth(12).waitFor();
    const moved = () => page.evaluate(() => Math.max(...[...document.querySelectorAll("[data-kept]")].map((one) => one.scrollTop)));
    await grid.hover();
    await page.mouse.wheel(0, 300);
    await page.waitForFunction(() => [...document.querySelectorAll("[data-kept]")].some((one) => one.scrollTop > 100));
    const before = await moved();
    const leave = async () => {
      await grid.getByRole("row").nth(10).click();
      await page.waitForURL(/traces\/[0-9a-f]{32}/);
      await settled(page);
    };
    await leave();
    await page.goBack();
    await page.waitForFunction((top) => [...document.querySelectorAll("[data-kept]")].some((one) => one.scrollTop > top - 60), before);
    await leave();
    await page.getByRole("main").getByRole("link", { name: "Traces", exact: true }).click();
    await page.waitForFunction((top) => [...document.querySelectorAll("[data-kept]")].some((one) => one.scrollTop > top - 60), before);
    await page.close();
  }
}

// Two sets of about the same length, each with a server of its own, so that two processes run them side by side. The pages are
// looked at first while there is nothing, and last: there are failures, edges, a dashboard and hostile texts then.
export const CHECKS = [onboarding, agents, fleet, links, ahead, stands, wall, pictures, plain, environment, rows, returned, reason, investigation, difference, large, logs, sql, keyboard, zone, away];
export const PAGES = [nothing, fleetAtWork, hostile, dependencies, metrics, widths, emerged, filled, sideways, still, states];
export const LOCKED = [login, password];
