// A headless Chromium, and what every check needs around a page.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable"];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SELDOM = { polling: 50 }; // left alone, Playwright asks at every frame, and so has the browser draw every frame
export const SIZES = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

/** The browser to use; undefined where there is none. */
export function browserPath() {
  return [process.env.SWARMSCOPE_CHROMIUM, ...PLACES].find((path) => path && existsSync(path));
}

export async function launch() {
  return chromium.launch({ executablePath: browserPath(), args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

/** Contexts whose page is closed, by what they are like: one that has the program in its cache opens a page in a third of the time. */
const free = new Map();

/** A context, with a page that stays: what comes after it shares its window, and a window takes a second of work with what surrounds pages. */
async function newContext(browser, options) {
  const context = await browser.newContext(options);
  await context.newPage();
  return context;
}

/** A page beside which nothing is open in its context, and that remembers nothing of earlier ones but what the browser's cache holds. */
async function newPage(browser, options) {
  const key = JSON.stringify(options);
  const context = free.get(key)?.pop() ?? (await newContext(browser, options));
  await Promise.all([context.clearCookies(), context.clearPermissions()]);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Storage.clearDataForOrigin", { origin: new URL(options.baseURL).origin, storageTypes: "all" });
  await session.detach();
  page.on("close", () => free.set(key, [...(free.get(key) ?? []), context]));
  return page;
}

/** A page that collects everything that went wrong in it; `quiet` leaves out network failures, for checks that cause them. */
export async function open(browser, { size = "desk", theme = "dark", quiet = false, ...more } = {}) {
  const phone = size === "phone";
  const like = { viewport: SIZES[size], colorScheme: theme, hasTouch: phone, isMobile: phone, reducedMotion: "reduce", baseURL: process.env.SWARMSCOPE_URL, ...more };
  const page = await newPage(browser, like);
  const problems = [];
  page.on("pageerror", (error) => problems.push(`page error: ${error.message}`));
  page.on("dialog", (dialog) => {
    problems.push(`a dialog opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    const network = /Failed to load resource|WebSocket connection/.test(message.text());
    if (message.type() === "error" && !(quiet && network)) problems.push(`console: ${message.text()}`);
  });
  page.setDefaultTimeout(45_000);
  return { page, problems, close: () => page.close() };
}

const FIRE = { title: "StoreError", detail: "the store is on fire", status: 500, retryable: false };
const BURNT = { responseCode: 500, responseHeaders: [{ name: "content-type", value: "application/problem+json" }], body: Buffer.from(JSON.stringify(FIRE)).toString("base64") };

/**
 * What a page asks of `calls` waits for `release()`, and fails from then until `end()`. By the debugging port: a route of Playwright's turns
 * the browser's cache off, and every page loads and compiles the whole program.
 */
export async function fire(page, calls) {
  const session = await page.context().newCDPSession(page);
  let release;
  const released = new Promise((resolve) => (release = resolve));
  session.on("Fetch.requestPaused", async ({ requestId }) => {
    await released;
    await session.send("Fetch.fulfillRequest", { requestId, ...BURNT }).catch(() => undefined); // the page went on
  });
  await session.send("Fetch.enable", { patterns: [{ urlPattern: `*/api/v1/${calls}` }] });
  return { release, end: () => session.detach() };
}

/** Waits until no part of the page is loading any more. What the gallery shows as loading does so for ever. */
export async function settled(page) {
  await page.locator("h1").first().waitFor();
  await page.waitForFunction(() => !document.querySelector('[role="status"][aria-label="Loading"]:not([aria-label="Components"] *)'), undefined, SELDOM);
}

/** Waits until what has changed is on the screen, and colours that change softly have changed. What is folded away keeps transitions that ended. */
export async function drawn(page) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.waitForFunction(() => !document.getAnimations().some((one) => one instanceof CSSTransition && one.playState === "running"), undefined, SELDOM);
}

/** Violations that axe calls serious or critical, in one line each. */
export async function violations(page) {
  // As text over the debugging port: a script tag would be refused by the content-security policy.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  // Nothing is preloaded: only rules about media, and about turning a phone, read what that is. Landmarks are never called serious, and cost a tenth.
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"], preload: false, rules: { region: { enabled: false } } }));
  return result.violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.help} (${v.nodes.length}×, e.g. ${v.nodes[0]?.target.join(" ")} ${v.nodes[0]?.failureSummary?.split("\n")[1]?.trim() ?? ""})`);
}

/** Every path, on a desk and a phone, one in the dark theme and one in the light: nothing is wider than the window, axe has nothing to say. `open` as checks get it. */
export async function looked(open, paths) {
  const left = [...paths];
  const found = [];
  const look = async (forms) => {
    const page = await open(forms[0]);
    const session = await page.context().newCDPSession(page);
    for (let path = left.shift(); path !== undefined; path = left.shift()) {
      await page.goto(path); // once, as to load a page costs as much as to judge it
      await settled(page);
      found.push(...(await judged(page, session, path, forms)));
      forms = forms.toReversed();
    }
  };
  const desk = { size: "desk", theme: "dark" };
  const phone = { size: "phone", theme: "dark" };
  await Promise.all([look([desk, { ...phone, theme: "light" }]), look([phone, { ...desk, theme: "light" }])]);
  assert.deepEqual(found, []);
}

/**
 * What is wrong with the page in two forms, the first of which it has; the other is that window resized, in the other theme.
 * A theme changes colours and a size the layout: each is judged once on every page, not each with each.
 */
export async function judged(page, session, path, forms) {
  const found = [];
  for (const { size, theme } of forms) {
    const at = `${path} on a ${size}, ${theme}`;
    await shape(page, session, size);
    await themed(page, theme);
    await drawn(page);
    await settled(page);
    if (await page.evaluate((width) => document.documentElement.scrollWidth > width + 1, SIZES[size].width)) found.push(`${at}: wider than the window`);
    const moving = size === "phone" ? await page.evaluate(movers) : [];
    if (moving.length > 1) found.push(`${at}: several parts move up and down: ${moving.join(", ")}`);
    for (const violation of await violations(page)) found.push(`${at}: ${violation}`);
  }
  return found;
}

/** The parts of a page that move up and down on their own, by their names; what is written in, and the gallery's specimens, may. */
function movers() {
  const parts = [...document.querySelectorAll("main *:not(textarea)")].filter((one) => !one.parentElement.closest("[data-scrolls] [data-scrolls]"));
  return parts.filter((one) => one.scrollHeight > one.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(one).overflowY) && !one.matches("[data-scrolls] [data-scrolls]")).map((one) => one.ariaLabel ?? one.className);
}

async function themed(page, theme) {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
  await page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme);
}

/** The window becomes that of a desk or of a phone, which is touched. */
export async function shape(page, session, size) {
  const phone = size === "phone";
  await session.send("Emulation.setDeviceMetricsOverride", { ...SIZES[size], deviceScaleFactor: 1, mobile: phone });
  await session.send("Emulation.setTouchEmulationEnabled", { enabled: phone, maxTouchPoints: 1 });
  await page.waitForFunction((touched) => matchMedia("(pointer: coarse)").matches === touched && matchMedia("(max-width: 600px)").matches === touched, phone);
}

export async function shot(page, name) {
  mkdirSync("test-results", { recursive: true });
  await page.screenshot({ path: `test-results/${name}.png` });
}
