import { describe, expect, it } from "vitest";
import { changes, problems, rebased, unchanged, type Price } from "./prices";

const price = (model: string, more: Partial<Price> = {}): Price => ({ model, input_usd: 1, output_usd: 2, cached_usd: null, source: "shipped", ...more });
const [a, b] = [price("a"), price("b", { source: "set" })];
const stored = [a, b];
const [sameA, sameB] = [{ ...a, was: a }, { ...b, was: b }];
const same = unchanged(stored);

describe("changes", () => {
  it("counts changed, new and gone lines", () => {
    expect(changes(same, stored)).toBe(0);
    expect(changes([{ ...price("a", { input_usd: 3, source: "set" }), was: a }, sameB], stored)).toBe(1);
    expect(changes([price("c"), ...same], stored)).toBe(1);
    expect(changes([sameA], stored)).toBe(1);
  });
});

describe("rebased", () => {
  const mineA = { ...a, input_usd: 9, source: "set" as const };
  it("keeps what was changed, added and taken back, and takes the rest as it is now", () => {
    const theirs = price("b", { input_usd: 5, source: "set" });
    const new_ = price("new", { source: "set" });
    expect(rebased([new_, { ...mineA, was: a }, sameB], stored, [a, theirs, price("d")])).toEqual([new_, { ...mineA, was: a }, { ...theirs, was: theirs }, { ...price("d"), was: price("d") }]);
    expect(rebased([sameA], stored, [a, theirs])).toEqual([sameA]);
  });
  it("keeps one's own of a line that both changed or both added, and one that is no more", () => {
    const theirs = { ...a, input_usd: 5, source: "set" as const };
    expect(rebased([{ ...mineA, was: a }, sameB], stored, [theirs, b])).toEqual([{ ...mineA, was: theirs }, sameB]);
    expect(rebased([price(" D ", { source: "set" }), ...same], stored, [a, b, price("d", { input_usd: 7 })])[2]).toEqual({ ...price("d", { source: "set" }), was: price("d", { input_usd: 7 }) });
    expect(rebased([sameA, { ...b, output_usd: 8, was: b }], stored, [a])).toEqual([{ ...b, output_usd: 8 }, sameA]);
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
