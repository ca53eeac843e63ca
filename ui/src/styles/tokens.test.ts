import { describe, expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { CATEGORIES, categoryToken, REST_TOKEN, WORK_TOKEN } from "@/lib/palette";
import { SEVERITY_TOKEN } from "@/lib/severity";
import { STATES } from "@/lib/states";

const tokens = readFileSync("src/styles/tokens.css", "utf8");

/** Name → colour of one theme. */
function colours(theme: "light" | "dark"): Record<string, string> {
  const start = tokens.indexOf(`:root[data-theme="${theme}"] {`);
  const block = tokens.slice(start, tokens.indexOf("\n}", start));
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]));
}

type Triple = [number, number, number];

function linear(hex: string): Triple {
  return [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as Triple;
}

function luminance(hex: string): number {
  const [r, g, b] = linear(hex);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG 2 contrast of two colours. */
function contrast(a = "", b = ""): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

/** What a dichromat sees of a colour in linear sRGB: Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE TVCG 15(6), 2009, severity 1.0. */
const VISIONS: Record<string, [Triple, Triple, Triple]> = {
  "full colour vision": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

const times = (matrix: [Triple, Triple, Triple], [x, y, z]: Triple): Triple => matrix.map(([a, b, c]) => a * x + b * y + c * z) as Triple;

/** A colour in OKLab (Ottosson 2020) as `vision` sees it. */
function seen(hex = "", vision = ""): Triple {
  const matrix = VISIONS[vision];
  if (!matrix) throw new Error(`no such vision: ${vision}`);
  const light = times(matrix, linear(hex)).map((c) => Math.min(1, Math.max(0, c))) as Triple;
  const cones = times([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]], light).map(Math.cbrt) as Triple;
  return times([[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]], cones);
}

const distance = (a: Triple, b: Triple): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** Smallest distance in OKLab of two colours that stand beside each other; 0.02 is just noticed. */
const APART_MIN = 0.07;

const SURFACES = ["bg", "surface", "raised", "sunken", "hover"];
const names = (properties: readonly string[]): string[] => properties.map((property) => property.slice(2));
/** Colours that stand beside each other and each say something else. */
const PALETTES: Record<string, string[]> = {
  states: STATES.map((state) => `state-${state}`),
  outcomes: ["ok", "warn", "bad", "info"],
  categories: names([...Array.from({ length: CATEGORIES }, (_, i) => categoryToken(i)), REST_TOKEN]),
  "kinds of work": names(Object.values(WORK_TOKEN)),
  severities: names(Object.values(SEVERITY_TOKEN)),
  "heat of a map": [0, 1, 2, 3, 4].map((n) => `heat-${n}`),
};
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
    const marks = [...(PALETTES["states"] ?? []), ...(PALETTES["categories"] ?? [])];
    expect(marks.filter((name) => contrast(all[name], all["surface"]) < 3)).toEqual([]);
  });

  describe.each(Object.keys(VISIONS))("with %s", (vision) => {
    test.each(Object.entries(PALETTES))("any two %s are told apart", (_, palette) => {
      const close = palette.flatMap((a, i) => palette.slice(i + 1).map((b) => ({ pair: `${a}, ${b}`, apart: distance(seen(all[a], vision), seen(all[b], vision)) }))).filter(({ apart }) => !(apart >= APART_MIN));
      expect(close).toEqual([]);
    });
  });
});
