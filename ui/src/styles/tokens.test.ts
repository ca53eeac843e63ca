import { describe, expect, test } from "vitest";
import { readFileSync } from "node:fs";

const tokens = readFileSync("src/styles/tokens.css", "utf8");

/** Name → colour of one theme. */
function colours(theme: "light" | "dark"): Record<string, string> {
  const start = tokens.indexOf(`:root[data-theme="${theme}"] {`);
  const block = tokens.slice(start, tokens.indexOf("\n}", start));
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]));
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG 2 contrast of two colours. */
function contrast(a = "", b = ""): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const SURFACES = ["bg", "surface", "raised", "sunken", "hover"];
const STATES = ["working", "waiting", "looping", "wedged", "idle", "abandoned", "failing"];
const PAIRS: [string, string][] = [
  ...["text", "text-2", "text-3"].flatMap((t) => SURFACES.map((s): [string, string] => [t, s])),
  ...["ok", "warn", "bad", "info", "accent-text", "cat-1", "cat-2", "cat-5"].map((t): [string, string] => [t, "surface"]),
  ...["ok", "warn", "bad", "info"].map((t): [string, string] => [t, `${t}-soft`]),
  ["accent-text", "accent-soft"],
  ["accent-text", "selected"],
  ["text-3", "selected"],
  ["on-accent", "accent"],
];

describe.each(["light", "dark"] as const)("%s theme", (theme) => {
  const all = colours(theme);

  test.each(PAIRS)("%s is readable on %s", (text, ground) => {
    expect(contrast(all[text], all[ground])).toBeGreaterThanOrEqual(4.5);
  });

  test("states and categories stand out from the ground", () => {
    const marks = [...STATES.map((s) => `state-${s}`), ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `cat-${n}`)];
    expect(marks.filter((name) => contrast(all[name], all["surface"]) < 3)).toEqual([]);
  });
});
