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

/** A page that collects everything that went wrong in it; `quiet` leaves out network failures, for checks that cause them. */
export async function open(browser, { size = "desk", theme = "dark", quiet = false, ...more } = {}) {
  const phone = size === "phone";
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme: theme, hasTouch: phone, isMobile: phone, reducedMotion: "reduce", baseURL: process.env.SWARMSCOPE_URL, ...more });
  const page = await context.newPage();
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
  return { page, problems, close: () => context.close() };
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
  const look = async (size) => {
    const page = await open({ size });
    const session = await page.context().newCDPSession(page);
    for (let path = left.shift(); path !== undefined; path = left.shift()) {
      const order = size === "desk" ? ["desk", "phone"] : ["phone", "desk"];
      found.push(...(await lookedAt(page, session, path, order)));
      size = order[1];
    }
  };
  await Promise.all([look("desk"), look("phone")]);
  assert.deepEqual(found, []);
}

/** One path, loaded once, on the first of `sizes`, as to load a page costs as much as to judge it. */
async function lookedAt(page, session, path, sizes) {
  await page.goto(path);
  await settled(page);
  return judged(page, session, path, sizes);
}

/**
 * What is wrong with the page as it stands, which is dark and as wide as the first of `sizes`; the other is that window resized, light.
 * A theme changes colours and a size the layout: each is judged once on every page, not each with each.
 */
export async function judged(page, session, path, sizes) {
  const found = [];
  const judge = async (size, theme) => {
    const at = `${path} on a ${size}, ${theme}`;
    await drawn(page);
    if (await page.evaluate((width) => document.documentElement.scrollWidth > width + 1, SIZES[size].width)) found.push(`${at}: wider than the window`);
    for (const violation of await violations(page)) found.push(`${at}: ${violation}`);
  };
  await judge(sizes[0], "dark");
  await shaped(page, session, sizes[1]);
  await themed(page, "light");
  await judge(sizes[1], "light");
  await themed(page, "dark");
  return found;
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

async function shaped(page, session, size) {
  await shape(page, session, size);
  await drawn(page);
  await settled(page);
}

export async function shot(page, name) {
  mkdirSync("test-results", { recursive: true });
  await page.screenshot({ path: `test-results/${name}.png` });
}
