import { describe, expect, test } from "vitest";
import { align, sameness, STEPS_MAX } from "./align";

const step = (id: string, name: string, depth = 1, more = {}) => ({ span_id: id, depth, name, operation: "", tool: "", model: "", peer_agent: "", agent: "", ...more });
const ids = (pairs: ReturnType<typeof align>) => pairs.map((p) => `${p.left?.span_id ?? "-"}${p.right?.span_id ?? "-"}`);

describe("two traces step by step", () => {
  test("like steps stand beside each other, the others where they ran", () => {
    const a = [step("a", "root", 0), step("b", "plan"), step("c", "search"), step("d", "answer")];
    const b = [step("1", "root", 0), step("2", "plan"), step("3", "fetch"), step("4", "search"), step("5", "search"), step("6", "answer")];
    const found = ids(align(a, b));
    expect(found.filter((p) => !p.includes("-"))).toEqual(["a1", "b2", "c4", "d6"]);
    expect(found).toContain("-3");
    expect(found).toContain("-5");
    expect(found).toHaveLength(6);
  });

  test("every step comes once and in order, whatever the traces", () => {
    let seed = 3;
    const random = (n: number) => Math.floor(((seed = (seed * 48271) % 2147483647) / 2147483647) * n);
    for (let round = 0; round < 60; round += 1) {
      const make = (side: string) => Array.from({ length: random(25) }, (_, i) => step(`${side}${i}`, "abc"[random(3)] ?? "", random(3)));
      const [a, b] = [make("a"), make("b")];
      const pairs = align(a, b);
      expect(pairs.flatMap((p) => (p.left ? [p.left] : []))).toEqual(a);
      expect(pairs.flatMap((p) => (p.right ? [p.right] : []))).toEqual(b);
      for (const p of pairs) if (p.left && p.right) expect(sameness(p.left)).toBe(sameness(p.right));
    }
  });

  test("ids and numbers in names do not make a difference, tools and work do", () => {
    expect(sameness(step("a", "run 17 of 4bf92f3577b34da6"))).toBe(sameness(step("b", "run 3 of 00f067aa0ba902b7")));
    expect(sameness(step("a", "x", 1, { tool: "search" }))).not.toBe(sameness(step("b", "x", 1, { tool: "fetch" })));
    expect(sameness(step("a", "x", 1, { operation: "chat" }))).not.toBe(sameness(step("b", "x")));
  });

  test("long ones are aligned as far as they are looked at", () => {
    const many = Array.from({ length: STEPS_MAX + 500 }, (_, i) => step(String(i), "s"));
    expect(align(many, many)).toHaveLength(STEPS_MAX);
    expect(align([], [])).toEqual([]);
  });
});
