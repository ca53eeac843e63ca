import { describe, expect, it } from "vitest";
import { changes, problems, type Price } from "./prices";

const price = (model: string, more: Partial<Price> = {}): Price => ({ model, input_usd: 1, output_usd: 2, cached_usd: null, source: "shipped", ...more });
const [a, b] = [price("a"), price("b", { source: "set" })];
const stored = [a, b];
const [sameA, sameB] = [{ ...a, was: a }, { ...b, was: b }];
const same = [sameA, sameB];

describe("changes", () => {
  it("counts changed, new and gone lines", () => {
    expect(changes(same, stored)).toBe(0);
    expect(changes([{ ...price("a", { input_usd: 3, source: "set" }), was: a }, sameB], stored)).toBe(1);
    expect(changes([price("c"), ...same], stored)).toBe(1);
    expect(changes([sameA], stored)).toBe(1);
  });
});

describe("problems", () => {
  it("finds lines without a name, with impossible sums, and twins", () => {
    expect(problems(same).size).toBe(0);
    const found = problems([price(" "), price("A"), price("x", { input_usd: -1 }), price("y", { output_usd: Number.NaN }), price("z", { cached_usd: 1e6 }), ...same]);
    expect([...found.keys()].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(found.get(1)).toMatch(/already/);
  });
});
