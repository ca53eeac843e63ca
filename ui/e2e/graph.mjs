// A graph of a growing fleet stays as it is: a made-up fleet grows between two answers of the server.
import assert from "node:assert/strict";

const FIRST = 46; // so many are placed by forces, and are drawn large
const THEN = 54;
const PLACES = "swarmscope.places.Agents";

const name = (i) => `agent-${String(i).padStart(2, "0")}`;
const figures = { cost_usd: 0, errors: 0, tokens: 0, latency_mean_ns: null, latency_max_ns: null };
const edge = (i) => ({ ...figures, source: name(i - (i % 6 || 6)), target: name(i), kind: "call", count: 3 });
const span = { start: new Date(0).toISOString(), end: new Date(1).toISOString() };

/** As the server answers of a fleet of `n`: six of a team, led by its first, the leads in a row. */
function answers(n) {
  const all = Array.from({ length: n }, (_, i) => i);
  const teams = all.filter((i) => i % 6 === 0);
  return {
    graph: { window: span, truncated: false, nodes: all.map((i) => ({ ...figures, id: name(i), name: "", spans: 9, state: "working" })), edges: all.slice(1).map(edge) },
    communities: { window: span, communities: teams.map((i) => ({ number: i / 6, size: 6, inside: 1, lead: name(i), name: name(i) })), agent: all.map(name), community: all.map((i) => Math.floor(i / 6)) },
  };
}

/** Known nodes keep their places, on the screen too; who comes is counted, and all are arranged anew on request. */
export async function stands({ open }) {
  const page = await open();
  let many = FIRST;
  const session = await page.context().newCDPSession(page);
  session.on("Fetch.requestPaused", async ({ requestId, request }) => {
    const { graph, communities } = answers(many);
    const body = Buffer.from(JSON.stringify(request.url.includes("communities") ? communities : graph)).toString("base64");
    await session.send("Fetch.fulfillRequest", { requestId, responseCode: 200, responseHeaders: [{ name: "content-type", value: "application/json" }], body });
  });
  await session.send("Fetch.enable", { patterns: ["graph/agents", "emergence/network/communities"].map((call) => ({ urlPattern: `*/api/v1/${call}*` })) });
  await page.goto("/graph?range=15m");
  const places = () => page.evaluate((key) => JSON.parse(sessionStorage.getItem(key) ?? "null"), PLACES);
  await page.waitForFunction((key) => sessionStorage.getItem(key), PLACES); // it is arranged
  const before = await places();
  assert.equal(Object.keys(before.positions).length, FIRST);

  const canvas = page.getByRole("img", { name: /^Agents: / });
  const { x, y, width, height } = await canvas.boundingBox();
  const over = async (at) => {
    await page.mouse.move(at.x, at.y);
    return (await canvas.evaluate((box) => box.style.cursor)) === "pointer";
  };
  const hit = [];
  for (let i = 0; hit.length < 4 && i < 400; i += 1) {
    const at = { x: x + 50 + ((i * 89) % (width - 100)), y: y + 40 + ((i * 53) % (height - 80)) };
    if (await over(at)) hit.push(at);
  }
  assert.equal(hit.length, 4, "the pointer meets nodes");

  many = THEN;
  await page.getByText(`${THEN - FIRST} came since it was arranged`).waitFor({ timeout: 90_000 });
  const after = await places();
  assert.deepEqual(Object.fromEntries(Object.keys(before.positions).map((id) => [id, after.positions[id]])), before.positions);
  assert.equal(after.came.length, THEN - FIRST);
  for (const at of hit) assert.ok(await over(at), `a node is still at ${at.x}, ${at.y}`);

  await page.getByRole("button", { name: "Arrange anew" }).click();
  await page.getByText("came since it was arranged").waitFor({ state: "detached" });
  await page.waitForFunction((key) => JSON.parse(sessionStorage.getItem(key)).came.length === 0, PLACES);
}
