// Between a phone and a wide desk nothing is cut.
import assert from "node:assert/strict";
import { settled } from "./browser.mjs";

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
