// A headless Chromium, and what every check needs around a page.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable"];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
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

/** Waits until no part of the page is loading any more. */
export async function settled(page) {
  await page.locator("h1").first().waitFor();
  await page.waitForFunction(() => !document.querySelector('[role="status"][aria-label="Loading"]'));
}

/** Waits until what has changed is on the screen, and colours that change softly have changed. */
async function drawn(page) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.waitForFunction(() => !document.getAnimations().some((one) => one instanceof CSSTransition));
}

/** Violations that axe calls serious or critical, in one line each; `rules`: these only. */
export async function violations(page, rules) {
  // As text over the debugging port: a script tag would be refused by the content-security policy.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const result = await page.evaluate((only) => window.axe.run(document, { resultTypes: ["violations"], ...(only && { runOnly: only }) }), rules);
  return result.violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.help} (${v.nodes.length}×, e.g. ${v.nodes[0]?.target.join(" ")} ${v.nodes[0]?.failureSummary?.split("\n")[1]?.trim() ?? ""})`);
}

/** Every path, on a desk and a phone, in both themes: nothing is wider than the window, axe has nothing to say. `open` as checks get it. */
export async function looked(open, paths) {
  const found = await Promise.all(Object.keys(SIZES).map((size) => lookedAt(open, size, paths)));
  assert.deepEqual([...new Set(found.flat())], []);
}

async function lookedAt(open, size, paths) {
  const found = [];
  const page = await open({ size, theme: "dark" });
  for (const path of paths) {
    const at = `${path} on a ${size}`;
    await page.goto(path);
    await settled(page);
    await drawn(page);
    if (await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth + 1)) found.push(`${at} is wider than the window`);
    for (const violation of await violations(page)) found.push(`${at}, dark: ${violation}`);
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await page.waitForFunction(() => document.documentElement.dataset.theme === "light");
    await drawn(page);
    for (const violation of await violations(page, ["color-contrast"])) found.push(`${at}, light: ${violation}`);
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  }
  return found;
}

export async function shot(page, name) {
  mkdirSync("test-results", { recursive: true });
  await page.screenshot({ path: `test-results/${name}.png` });
}
