import { expect, test } from "vitest";
import { beat, figure, hundredths, keptInside, lately, mood, odds, often, split, stays } from "./words";

test("chances are said in one way, however rare", () => {
  expect([0.0003, 0.05, 0.13, 0.23, 0.9, 1].map(odds)).toEqual(["1 in 3,333", "1 in 20", "1 in 8", "2 in 10", "9 in 10", "nearly always"]);
});

test("nothing is below zero that is none", () => {
  expect([-0.001, 0, -0.126, 1].map(hundredths)).toEqual(["0.00", "0.00", "-0.13", "1.00"]);
});

test("how clearly groups are split is a word, and what luck gives as often is none", () => {
  expect([0.12, 0.3, 0.62, 0.7].map((m) => split(m, undefined))).toEqual(["weak", "clear", "clear", "very clear"]);
  const beside = (modularity_chance: number | null, modularity_p: number | null) => split(0.62, { modularity_chance, modularity_p });
  expect([beside(0.31, 0.05), beside(null, null), beside(0.6, 0.3), beside(0.58, 0.05)]).toEqual(["clear", "clear", "no more than luck", "little more than luck"]);
});

test("what stays inside a community is told of the edges that are drawn, in their colours", () => {
  const colours: Record<string, number> = { a: 0, b: 0, c: 1, d: 1, e: 2, f: 2 };
  const edge = (source: string, target: string, calls: number) => ({ source, target, calls });
  const kept = keptInside([edge("a", "b", 996), edge("a", "c", 3), edge("d", "b", 1), edge("c", "d", 12), edge("e", "f", 5), edge("f", "stranger", 5)], (agent) => colours[agent] ?? -1);
  expect([0, 1, 2, 3].map((number) => stays(kept.get(number)))).toEqual([
    "99.6 % of its calls stay inside, 2 edges lead across",
    "75 % of its calls stay inside, 2 edges lead across",
    "50 % of its calls stay inside, 1 edge leads across",
    "",
  ]);
  expect(stays(keptInside([edge("a", "b", 2)], () => 0).get(0))).toBe("all of its calls stay inside");
});

test("whether there is one beat is a yes or a no, from what stands above luck", () => {
  expect(beat([0.1, 0.2, null, 0.3], [0.4, 0.4, 0.4, null])).toBe("No: each begins when it likes.");
  expect(beat([0.1, 0.5, 0.2], [0.4, 0.4, 0.4])).toBe("No: each begins when it likes, but for 1 of 3 moments.");
  expect(beat([0.9, 0.5, 0.2], [0.4, 0.4, 0.4])).toBe("Yes: more in step than luck gives at 2 of 3 moments.");
  expect(beat([null], [0.4])).toBe("Not known yet: too little work was begun.");
});

test("a gauge whose swings grow is not called steady", () => {
  expect(mood({ p: 0.23, variance_trend: 0.65, memory_trend: 0.35 })).toBe("within luck");
  expect(mood({ p: 0.5, variance_trend: -0.3, memory_trend: 0.1 })).toBe("steady");
  expect(mood({ p: 0.03, variance_trend: 0.65, memory_trend: -0.35 })).toBe("unsettled");
  expect(mood({ p: 0.01, variance_trend: 0.65, memory_trend: 0.35 })).toBe("slows down");
});

test("it is said which minutes rhythm and warnings are about", () => {
  expect(lately(60)).toMatch(/^The last minute, and the 2 before\. /);
  expect(lately(300)).toMatch(/^The last 5 minutes, and the 10 before\. /);
  expect(lately(120, new Date(2026, 0, 31, 14, 3, 22).getTime())).toMatch(/^2 minutes up to 14:03:22, and the 4 before\. /);
});

test("every figure that a pattern names has its sentence, and somebody else's has none", () => {
  for (const name of ["bimodality", "communities", "gap", "hazard_ratio", "largest_cascade", "members", "memory_trend", "order_parameter", "reproduction", "variance_ratio", "variance_trend"]) expect(figure(name)).toMatch(/\.$/);
  expect(["resonance", "toString", "constructor"].map(figure)).toEqual([undefined, undefined, undefined]);
});

test("how often luck gives as much reads in a sentence", () => {
  expect([0.05, 0.5, 1].map(often)).toEqual(["in 1 of 20 cases", "in 5 of 10 cases", "nearly always"]);
});
