// What detectors found, and who attacks: the pages Findings and Security. Run by tests/e2e/test_detect.py.
import assert from "node:assert/strict";
import { looked, settled } from "./browser.mjs";

const api = async (path) => (await fetch(`${process.env.SWARMSCOPE_URL}/api/v1${path}`)).json();
/** An install that has seen nothing says so, and what to do. */
async function empty({ open }) {
  const page = await open();
  await page.goto("/findings");
  await page.getByText("Nothing was found in this time range").waitFor();
  await page.goto("/security");
  await page.getByText("Nothing is held against anybody").waitFor();
}

/** A fleet works, one of it becomes slow, and somebody attacks. */
async function attack({ ask }) {
  await ask("attack");
}

/** Both pages, full and with one thing opened, on a desk and a phone, in both themes. */
async function looks({ open }) {
  const [slow] = (await api("/findings?subject=slow-one&start=-1h")).items;
  const [attack] = (await api("/findings?kind=sql_injection")).items;
  const [event] = (await api("/security/events")).items;
  assert.ok(slow, "the slow agent was found");
  await looked(open, ["/findings", `/findings/${slow.id}?range=1h`, `/findings/${attack.id}`, "/findings?severity=info", "/security", `/security?event=${event.id}`, "/security?principal=eve", "/security?q=nothing-like-it", "/agents/slow-one", "/agents/slow-one?tab=findings"]);
}

/** By keyboard from the list to the reasons of one, to a verdict and what it moves; the address keeps it all. */
async function finding({ open }) {
  const page = await open({ quiet: true }); // it asks for one that does not exist
  await page.goto("/traces");
  await settled(page);
  await page.keyboard.press("g");
  await page.keyboard.press("d");
  await page.waitForURL(/\/findings/);
  const list = page.getByRole("grid", { name: "Findings, newest first" });
  await list.getByRole("row").nth(2).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/findings\/[0-9a-f]{32}/);
  const first = page.url();
  const one = page.getByRole("article", { name: "Finding" });
  await one.getByRole("heading", { level: 2 }).waitFor();
  await page.keyboard.press("j");
  await page.waitForURL((url) => String(url) !== first);
  await page.keyboard.press("k");
  await page.waitForURL(first);
  await page.keyboard.press("Escape");
  await page.waitForURL(/\/findings(\?|$)/);

  const [slow] = (await api("/findings?subject=slow-one&start=-1h")).items;
  await page.goto(`/findings/${slow.id}?subject=slow-one&range=1h`);
  await one.getByText(slow.explanation).waitFor();
  await one.getByRole("region", { name: "Observed and expected" }).getByText("Usual", { exact: true }).waitFor();
  await one.getByRole("region", { name: "Around that moment" }).getByText("shaded").waitFor();
  await one.getByRole("region", { name: "Evidence" }).getByRole("link", { name: /^Trace / }).first().waitFor();
  const said = one.getByRole("region", { name: "Was this true?" });
  await said.getByLabel("Note").fill("a drill");
  await page.keyboard.press("Escape");
  await said.getByRole("button", { name: "False alarm" }).click();
  await said.getByText("100 times rarer").waitFor();
  await page.reload();
  await said.getByText("100 times rarer").waitFor();
  await page.getByRole("group", { name: "What people said" }).getByRole("button", { name: "False alarms" }).click();
  await page.waitForURL(/feedback=%22false%22|feedback=false/);
  await list.getByRole("row").nth(2).waitFor({ state: "detached" }); // the list as it was before
  await list.getByRole("row").nth(1).waitFor(); // between the two it loads and has no row
  assert.equal(await list.getByRole("row").count(), 2);
  await page.goto(`/findings/${slow.id}?range=1h`);
  await said.getByRole("button", { name: "Take back" }).click();
  await said.getByText("Nobody has said yet").waitFor();

  await page.goto(`/findings/${"0".repeat(32)}`);
  await page.getByText("There is no such finding").waitFor();
}

/** Facets narrow the list and are taken back; another value can be chosen beside the first. */
async function facets({ open }) {
  const page = await open();
  await page.goto("/findings");
  const kinds = page.getByRole("region", { name: "Kind" });
  await kinds.getByRole("button", { name: /^Latency/ }).waitFor();
  const more = kinds.getByRole("button", { name: /^\d+ more$/ });
  if (await more.count()) await more.click();
  await kinds.getByRole("button", { name: /SQL injection/ }).click();
  await page.waitForURL(/kind=sql_injection/);
  await page.getByRole("region", { name: "Detector" }).getByRole("button", { name: /security/ }).click();
  await page.waitForURL(/detector=security/);
  await kinds.getByRole("button", { name: /Brute force/ }).click();
  await page.waitForURL(/kind=sql_injection(%2C|,)brute_force/);
  await page.getByRole("searchbox", { name: "Find findings" }).fill("nothing like it");
  await page.getByText("No finding matches").waitFor();
  await page.getByRole("button", { name: "Show all findings" }).click();
  await page.waitForURL((url) => !url.search.includes("kind="));
}

/** The same of one subject is one line with its number, which unfolds to each of them; on a phone the pages that are not at hand are a press away. */
async function groups({ open }) {
  const { items } = await api("/findings/groups?start=-1h");
  const many = items.find((group) => group.count > 1);
  assert.ok(many, "something was found more than once");
  const page = await open({ size: "phone" });
  await page.goto("/agents?range=1h");
  await page.getByRole("button", { name: "More" }).click();
  const sheet = page.locator("#all-pages");
  await sheet.getByRole("link", { name: /^Security/ }).click();
  await page.waitForURL(/\/security/);
  await sheet.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "More", exact: true }).waitFor(); // wherever one is
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: /^Findings/ }).click();
  await page.waitForURL(/\/findings\?.*range=1h/);
  const list = page.getByRole("grid", { name: "Findings, newest first" });
  const fold = list.getByRole("button", { name: new RegExp(`^Show all \\d+ of ${many.newest.subject}`) }).first();
  await fold.waitFor();
  const before = Number(await list.getAttribute("aria-rowcount"));
  await fold.press("Enter");
  const shut = list.getByRole("button", { name: new RegExp(`^Fold all \\d+ of ${many.newest.subject}`) });
  await shut.waitFor();
  await page.waitForFunction(([name, n]) => Number(document.querySelector(`[role="grid"][aria-label="${name}"]`)?.getAttribute("aria-rowcount")) > n, ["Findings, newest first", before]);
  await shut.press("Enter");
  await shut.waitFor({ state: "detached" });
}

/** From the score to an attacker, to what was sent: as text, whatever it says. */
async function security({ open }) {
  const page = await open();
  await page.goto("/findings");
  await settled(page);
  await page.keyboard.press("g");
  await page.keyboard.press("y");
  await page.waitForURL(/\/security/);
  await page.getByRole("img", { name: /^Threat score: \d+ of 100/ }).waitFor();
  await page.getByRole("group", { name: "Rows" }).getByRole("button", { name: "Attack" }).click();
  await page.getByRole("group", { name: "Events by kind over time" }).getByRole("button", { name: /sql_injection/ }).first().waitFor();
  await page.getByRole("button", { name: /^eve/ }).first().click();
  await page.waitForURL(/principal=eve/);
  await page.getByRole("img", { name: /^Risk of eve: \d+ of 100/ }).waitFor();
  const table = page.getByRole("grid", { name: "Security events, newest first" });
  await table.getByRole("row").filter({ hasText: "Cross-site scripting" }).first().click();
  await page.waitForURL(/event=[0-9a-f%"]+/);
  const event = page.getByRole("region", { name: "Security event" });
  await event.getByText("<script>window.hacked=1</script>", { exact: false }).waitFor();
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await page.locator("main img[src=x], main svg[onload]").count(), 0);
  await page.reload();
  await event.waitFor();
  await page.keyboard.press("Escape");
  await event.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "No longer only principal eve" }).click();
  await page.getByRole("heading", { name: "Principals by risk" }).waitFor();
  await page.getByRole("group", { name: "Events by kind over time" }).waitFor(); // how one looks stays over a reload
  await page.getByRole("group", { name: "Rows" }).getByRole("button", { name: "Severity" }).click();
  await page.getByRole("group", { name: "Events by severity over time" }).getByRole("button", { name: /: \d+ events?, / }).last().click();
  await page.waitForURL(/severity=.*range=|range=.*severity=/);
}

/** The navigation counts what nobody judged, the palette leads there, and an agent is judged by a press. */
async function around({ open }) {
  const page = await open();
  await page.goto("/");
  const nav = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: /^Findings \d+\+? open/ });
  await nav.waitFor();
  await page.getByRole("list", { name: "Gravest findings" }).getByRole("link").first().waitFor();
  await page.keyboard.press("ControlOrMeta+k");
  await page.keyboard.type("open findings");
  await page.keyboard.press("Enter");
  await page.waitForURL(/feedback=open/);
  await page.goto("/agents/slow-one?tab=findings");
  await page.getByRole("button", { name: "Judge now" }).click();
  await page.getByRole("grid", { name: "Signals now, strangest first" }).getByRole("row").nth(1).waitFor();
  await page.getByRole("list", { name: "Findings about the agent" }).getByRole("link").first().click();
  await page.waitForURL(/\/findings\/[0-9a-f]{32}/);
}

export const DETECT = [empty, attack, looks, finding, facets, groups, security, around];
