// End-to-end checks of the UI against a running server: `SWARMSCOPE_URL=… node e2e/run.mjs [name …]`.
// Where a check needs the server to change, it prints `@word` and waits for a line on standard input (see tests/e2e).
import { createInterface } from "node:readline";
import { browserPath, launch, open, shot } from "./browser.mjs";
import { CHECKS, LOCKED, PAGES } from "./checks.mjs";
import { DETECT } from "./detect.mjs";
import { ROOMS } from "./rooms.mjs";

if (!browserPath()) {
  console.error("no Chromium found; install one or name it in SWARMSCOPE_CHROMIUM");
  process.exit(3);
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const ask = async (word) => {
  console.log(`@${word}`);
  const { value, done } = await lines.next();
  if (done) throw new Error(`nobody answered @${word}`);
  return value;
};

const wanted = process.argv.slice(2);
const browser = await launch();
let failed = 0;
const sets = { rooms: ROOMS, detect: DETECT, pages: PAGES };
const set = sets[process.env.SWARMSCOPE_E2E_SET] ?? (process.env.SWARMSCOPE_E2E_KEY ? LOCKED : CHECKS);
for (const check of set) {
  const { name } = check;
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const begun = Date.now();
  const opened = [];
  const start = async (options) => {
    const one = await open(browser, options);
    opened.push(one);
    return one.page;
  };
  try {
    await check({ open: start, ask });
    const problems = opened.flatMap((one) => one.problems);
    if (problems.length > 0) throw new Error(problems.join("\n  "));
    console.log(`ok     ${name} (${Date.now() - begun} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}: ${error.message}`);
    for (const problem of opened.flatMap((one) => one.problems)) console.log(`  ${problem}`);
    for (const [index, one] of opened.entries()) await shot(one.page, `${name}-${index}`).catch(() => {});
  }
  for (const one of opened) await one.close();
}
await browser.close();
process.exit(failed ? 1 : 0);
