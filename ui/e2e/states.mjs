// Every address of the program without data, while its answers are under way, when they fail, and healed, on a desk and a phone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { drawn, fire, judged, settled, shape, SIZES } from "./browser.mjs";

const base = () => `${process.env.SWARMSCOPE_URL}/api/v1`;
const api = async (path) => (await fetch(`${base()}${path}`)).json();

/** What waits for no answer: made-up or fixed content, or what comes by the live channel. */
const STILL = ["/agents", "/gallery", "/settings?tab=look", "/traces/compare", "/nowhere"];
const TABS = ["connect", "system", "keys", "users", "retention", "redaction", "prices", "detectors", "plugins", "look"].map((tab) => `/settings?tab=${tab}`);
const LISTS = ["/", "/?show=list&by=team", "/?by=community", "/agents", "/agents?q=spans%3E0", "/graph", "/graph?of=services&weight=cost", "/traces", "/traces?select=status%3Aerror&range=1h", "/traces/compare", "/sessions", "/workflows", "/logs", "/logs?view=patterns", "/explore", "/explore?q=sum(up)", "/explore?tab=boards", "/findings", "/security", "/emergence", "/alerts", "/alerts?tab=rules", "/alerts?q=nothing-like-it", "/cost", "/cost?tab=budgets", "/cost?tab=what-if&model=gpt-4o-mini", "/sql", "/settings", ...TABS, "/gallery", "/nowhere"];
const NOBODY = "0".repeat(32);

/** One of everything that has a page of its own. */
function singles({ trace, other, agent, session, workflow, finding }) {
  const of = (noun, name, ...tabs) => [`/${noun}/${encodeURIComponent(name)}`, ...tabs.map((tab) => `/${noun}/${encodeURIComponent(name)}?${tab}`)];
  return [
    ...of("agents", agent, "tab=signals", "tab=findings", "tab=versions", "tab=peers", "tab=logs"),
    ...of("traces", trace, "view=waterfall", "view=graph", "view=logs"),
    `/traces/compare?a=${trace}&b=${other}`,
    ...of("sessions", session),
    ...of("workflows", workflow, "tab=runs"),
    ...of("findings", finding),
  ];
}

/** The router's addresses that no path stands for: none, or this file forgot a page. */
function forgotten(paths) {
  const routes = [...readFileSync("src/app/router.tsx", "utf8").matchAll(/path: "([^"]+)"/g)].map(([, path]) => (path.startsWith("/") ? path : `/findings/${path}`));
  assert.ok(routes.length > 15, "the router's addresses are found");
  const patterns = routes.map((route) => [route, new RegExp(`^${route.replaceAll(/\$\w+/g, "[^/]+")}$`)]);
  return patterns.filter(([, pattern]) => !paths.some((path) => pattern.test(path.split("?")[0]))).map(([route]) => route);
}

/** `work` at every path, by two pages at once, one dark on a desk and light on a phone, the other the other way; what it says is what is wrong. */
async function everywhere(open, paths, work) {
  const left = [...paths];
  const wrong = [];
  const walk = async (desk, phone) => {
    const page = await open({ quiet: true, theme: desk });
    const session = await page.context().newCDPSession(page);
    const forms = [{ size: "desk", theme: desk }, { size: "phone", theme: phone }];
    let sizes = ["desk", "phone"];
    for (let path = left.shift(); path !== undefined; path = left.shift()) {
      const at = path;
      const say = (words) => wrong.push(`${at}: ${words}`);
      await work({ page, session, path, say, forms, sizes }).catch((error) => say(error.message.split("\n")[0]));
      sizes = sizes.toReversed();
    }
  };
  await Promise.all([walk("dark", "light"), walk("light", "dark")]);
  assert.deepEqual(wrong, []);
}

/** On both sizes, what holds in every state: a heading, nothing wider than the window, and nothing that spills out of its panel. The first is the one that is, as to change it costs most. */
async function seen({ page, session, say }, state, sizes) {
  for (const size of sizes) {
    await shape(page, session, size);
    await drawn(page);
    if (!(await page.locator("h1").first().innerText()).trim()) say(`${state} on a ${size}: no heading`);
    const { width } = SIZES[size];
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width + 1) say(`${state} on a ${size}: ${wide} px wide`);
    const spilt = await page.evaluate(() => [...document.querySelectorAll("main section")].filter((one) => one.scrollHeight > one.clientHeight + 2 && getComputedStyle(one).overflowY === "visible").map((one) => `${one.ariaLabel ?? one.textContent.slice(0, 20)} by ${one.scrollHeight - one.clientHeight}`));
    if (spilt.length > 0) say(`${state} on a ${size}: what a panel holds stands over what is below it: ${spilt.join(", ")}`);
  }
}

const held = (path) => `${path}${path.includes("?") ? "&" : "?"}live=false`; // what fails stays so: live, a page tries again by itself

/** Lists that are all of a page: without a row they say so, and why. */
const SAID = ["/agents", "/traces", "/sessions", "/workflows", "/logs", "/cost", "/findings"];

/** Goes to a path by the router; the page before stays in sight until the new one's script is there. */
async function gone(page, path) {
  const [before, from] = [await page.title(), new URL(page.url()).pathname];
  await page.evaluate((to) => history.pushState({}, "", to), path);
  if (new URL(path, page.url()).pathname !== from) await page.waitForFunction((title) => document.title !== title, before);
  await drawn(page);
}

/** An install that has seen nothing: every page says that there is nothing, and none waits for ever. By the router, as people go. */
export async function nothing({ open }) {
  const paths = [...LISTS, ...singles({ trace: NOBODY, other: NOBODY.replace(/0$/, "1"), agent: "no-agent", session: "no-session", workflow: "no-workflow", finding: NOBODY })];
  assert.deepEqual(forgotten(paths), []);
  await everywhere(open, paths, async (one) => {
    if (one.page.url() === "about:blank") await one.page.goto(held("/"));
    await gone(one.page, held(one.path));
    await settled(one.page);
    if (SAID.includes(one.path)) await one.page.locator("main").getByText(/^(No|Nothing) /).first().waitFor();
    await seen(one, "empty", one.sizes);
  });
}

const PARTS_MAX = 6; // of a page, each of which can fail behind the one that stands before it

/** What rooms.mjs and detect.mjs judge with more to see on it. */
const JUDGED_ELSEWHERE = /^\/(settings|cost|findings|security)|^\/(logs|gallery)$/;

/** Answers that are held, then fail, then come: every page says that it loads, then why it could not and what to do, heals by that, and leaves axe nothing to say. */
export async function states({ open }) {
  const [trace, other] = (await api("/traces?limit=2&q=operation:invoke_agent")).items;
  const [workflow] = (await api("/workflows?limit=1")).items;
  const [session] = (await api("/sessions?limit=1")).items;
  const [agent] = (await api("/agents?limit=1&sort=spans")).items;
  const [finding] = (await api("/findings?limit=1&start=-1h")).items;
  const paths = [...LISTS, ...singles({ trace: trace.trace_id, other: other.trace_id, agent: agent.agent, session: session.session, workflow: workflow.workflow, finding: finding.id })];
  assert.deepEqual(forgotten(paths), []);
  await everywhere(open, paths, async (one) => {
    const { page, path, say } = one;
    const burning = await fire(page, "*");
    const waits = !STILL.includes(path);
    const told = page.getByRole("alert").getByText("the store is on fire");
    const again = page.getByRole("button", { name: path === "/sql" ? /^(Try again|Run)$/ : "Try again" });
    try {
      await page.goto(held(path));
      if (path === "/sql") await page.getByRole("button", { name: "Run" }).click();
      if (waits) await page.getByRole("status", { name: "Loading" }).first().waitFor();
      await seen(one, "loading", ["phone", "desk"]);
      burning.release();
      if (waits) {
        await told.first().waitFor();
        await settled(page);
        await seen(one, "failing", ["desk", "phone"]);
        await shape(page, one.session, "desk"); // nothing is folded there
        await settled(page); // what was folded asks anew, and fails
      }
    } finally {
      burning.release();
      await burning.end();
    }
    if (waits && (await again.count()) === 0) say("failing: no way to try again");
    for (let parts = 0; parts < PARTS_MAX && (await told.count()) > 0; parts += 1) {
      await again.evaluateAll((all) => all.forEach((button) => button.click())); // each part of a page has its own
      await told.first().waitFor({ state: "detached" });
      await settled(page);
    }
    if ((await told.count()) > 0) say("does not heal");
    if (JUDGED_ELSEWHERE.test(path)) await seen(one, "full", ["desk", "phone"]);
    else (await judged(page, one.session, "full", one.forms)).forEach(say);
  });
}
