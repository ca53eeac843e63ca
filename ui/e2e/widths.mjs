// Between a phone and a wide desk nothing is cut, no row of panels has a hole, and what belongs in a line stands in one.
import assert from "node:assert/strict";
import { settled, shape } from "./browser.mjs";

const NOW = new Date().toISOString();
const span = { start: NOW, end: NOW };
const event = (id, kind, title, p) => ({ id, kind, title, p, pattern: kind, start: NOW, end: NOW, onset: new Date(Date.now() - 90_000).toISOString(), confidence: 1, magnitude: 0.5, observed: 1, expected: 0, severity: "low", explanation: "More often than luck gives.", recommendation: "Look at it.", participants: ["planner"], features: {}, evidence: [] });
const EVENTS = { window: span, items: [event("1", "herding", "Four agents chose one model", 0.001), event("2", "critical_slowing_down", "Latency of the whole fleet takes longer to settle than it did, and swings grow ".repeat(2), null)] };

/** What emerged, made up: on a desk the parts of every row stand below those of the row before it and beside each other, on a phone below each other. */
export async function emerged({ open }) {
  const page = await open();
  const session = await page.context().newCDPSession(page);
  const body = Buffer.from(JSON.stringify(EVENTS)).toString("base64");
  session.on("Fetch.requestPaused", ({ requestId }) => session.send("Fetch.fulfillRequest", { requestId, responseCode: 200, responseHeaders: [{ name: "content-type", value: "application/json" }], body }));
  await session.send("Fetch.enable", { patterns: [{ urlPattern: "*/api/v1/emergence/events*" }] });
  await page.goto("/emergence");
  await settled(page);
  const rows = async () => page.locator("details[data-emerged] > summary").evaluateAll((all) => all.map((row) => [...row.children].map((part) => part.getBoundingClientRect()).map(({ left, right, top, bottom }) => ({ left, right, top, bottom }))));
  const [first, second] = await rows();
  assert.ok(first[0].left - (await page.locator("details[data-emerged]").first().boundingBox()).x < 40, "what tells that it unfolds stands before the kind, and nothing else");
  for (const [kind, what, when] of [first, second]) {
    assert.ok(kind.right <= what.left && what.right <= when.left, `beside each other: ${JSON.stringify([kind, what, when])}`);
    assert.ok(kind.top < what.bottom && when.top < what.bottom && what.top < kind.bottom && what.top < when.bottom, "in one line");
  }
  assert.deepEqual([second[0].left, second[1].left, second[2].right].map(Math.round), [first[0].left, first[1].left, first[2].right].map(Math.round), "the columns of all rows");
  await shape(page, session, "phone");
  for (const [kind, what, when] of await rows()) assert.ok(kind.bottom <= what.top && what.bottom <= when.top && Math.abs(kind.left - what.left) < 1 && Math.abs(what.left - when.left) < 1, `below each other on a phone: ${JSON.stringify([kind, what, when])}`);
}

/** Panels side by side fill every row, at any width. */
export async function filled({ open }) {
  for (const width of [1440, 1100, 820]) {
    const page = await open({ viewport: { width, height: 900 } });
    for (const path of ["/settings?tab=system", "/emergence"]) {
      await page.goto(path);
      await settled(page);
      await page.locator("section section, main section").nth(1).waitFor();
      const holes = await page.evaluate(() => {
        const grids = new Set([...document.querySelectorAll("main section")].map((one) => one.parentElement).filter((one) => one.querySelectorAll(":scope > section").length > 1));
        return [...grids].flatMap((grid) => {
          const { right } = grid.getBoundingClientRect();
          const parts = [...grid.children].map((one) => one.getBoundingClientRect());
          return parts.filter((one, i) => (parts[i + 1]?.top ?? Infinity) > one.top && right - one.right > 1).map((one) => right - one.right);
        });
      });
      assert.deepEqual(holes, [], `${path} at ${width} px`);
    }
    await page.close();
  }
}

/** A table that moves sideways on a phone: no heading is below the download. */
export async function sideways({ open }) {
  const page = await open({ size: "phone" });
  await page.goto(`/sql?query=${encodeURIComponent("SELECT agent, count() AS spans, 1 AS a_third, 2 AS a_fourth, 3 AS a_fifth FROM spans GROUP BY agent")}`);
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByRole("grid", { name: "Rows" }).getByRole("columnheader").first().waitFor();
  const save = await page.getByRole("button", { name: "Download Rows" }).boundingBox();
  const head = await page.getByRole("grid", { name: "Rows" }).getByRole("columnheader").first().boundingBox();
  assert.ok(save.y + save.height <= head.y, `${JSON.stringify(save)} over ${JSON.stringify(head)}`);
}

/** Traces on narrow desks: the tabs of the Latency panel are whole, and the column that the list goes by is in sight. */
export async function widths({ open }) {
  for (const width of [1280, 1100]) {
    const page = await open({ viewport: { width, height: 800 } });
    await page.goto("/traces");
    await settled(page);
    await page.getByRole("grid", { name: "Traces" }).getByRole("row").nth(1).waitFor();
    const cut = await page.evaluate(() => {
      const tabs = document.querySelector('[aria-label="View"]');
      const panel = tabs?.closest("section")?.getBoundingClientRect();
      const grid = document.querySelector('[role="grid"][aria-label="Traces"]');
      return { tabs: (tabs?.getBoundingClientRect().right ?? Infinity) - (panel?.right ?? 0), list: (grid?.scrollWidth ?? Infinity) - (grid?.clientWidth ?? 0) };
    });
    assert.ok(cut.tabs <= 0 && cut.list <= 0, `at ${width} px: ${JSON.stringify(cut)}`);
    await page.close();
  }
}
