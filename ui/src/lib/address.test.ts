import { expect, test } from "vitest";
import { cameraOf, idsText, lassoed, lassoText, parseIds, parseSight, parseStretch, sightOf, sightText, simpler, stretchText } from "./address";
import { closeUp, hive, WHOLE } from "./hive";

const count = (n: number) => Array.from({ length: n }, (_, i) => i);
const kindOf = (line: number) => `kind ${line % 5}`;

test("what is in sight comes back from the address, in a window of another size too; all of it is not told", () => {
  const small = hive(kindOf, count(400), 600, 300);
  const near = closeUp(small, 77);
  const back = cameraOf(parseSight(sightText(sightOf(near, small))) ?? { k: 0, x: 0, y: 0 }, small);
  expect([back.k, back.x, back.y].map((v) => v.toFixed(1))).toEqual([near.k, near.x, near.y].map((v) => v.toFixed(1)));
  const large = hive(kindOf, count(400), 1200, 600);
  const there = cameraOf(sightOf(near, small), large);
  expect([there.k, there.x, there.y].map(Math.round)).toEqual([near.k, near.x * 2, near.y * 2].map(Math.round));
  expect(sightText(sightOf(WHOLE, small))).toBeUndefined();
});

test.each(["", "3", "a_b_c", "0_0.5_0.5", "-1_0.5_0.5", "2_Infinity_0.5", "2_0.5_", "2_0.5_0.5_1", "1e9_0.5_0.5", '{"k":1}'])("a sight of %j is none", (text) => {
  expect(parseSight(text)).toBeUndefined();
});

test("a stretch is cut to what there is, and none where nothing of it is left", () => {
  expect(parseStretch(stretchText({ from: 10.4, to: 99.6 }), 1000)).toEqual({ from: 10, to: 100 });
  expect(parseStretch("900_2000", 1000)).toEqual({ from: 900, to: 1000 });
  expect(["1000_2000", "5_5", "9_3", "-1_4", "x_4", "", undefined].map((text) => parseStretch(text, 1000))).toEqual(Array(7).fill(undefined));
});

test("ids come back, the newest where they are many", () => {
  expect([...parseIds(idsText(["a", "b"]))]).toEqual(["a", "b"]);
  expect(idsText([])).toBeUndefined();
  expect([...parseIds(undefined)]).toEqual([]);
  const many = parseIds(idsText(count(900).map((i) => `id${i}`)));
  expect([many.has("id899"), many.has("id0"), many.size < 400]).toEqual([true, false, true]);
});

test("an outline keeps its corners and loses what lies between them", () => {
  expect(simpler([0, 0, 10, 0.2, 20, 0, 20, 20], 1)).toEqual([0, 0, 20, 0, 20, 20]);
});

test("a lasso selects the same agents in a window of any size, and its text is short however long it was drawn", () => {
  const map = hive(kindOf, count(3000), 900, 420);
  const round = count(2000).flatMap((i) => [450 + 300 * Math.cos(i / 318), 210 + (150 + (i % 3)) * Math.sin(i / 318)]);
  const text = lassoText(round, map);
  expect(text.length).toBeLessThan(700);
  const lines = lassoed(text, kindOf, count(3000));
  expect(lines?.length).toBeGreaterThan(500);
  expect(lines).toEqual(lassoed(text, kindOf, count(3000)));
  const joined = lassoed(text, kindOf, count(3003)) ?? [];
  expect(Math.abs(joined.length - (lines?.length ?? 0))).toBeLessThan(300); // some more agents move no selection far
});

test.each(["", "900_420", "900_420_1_1_2_2", "0_0_1_1_9_9_9_1", "900_420_1_1_9_9_9", "900_420_1_1_9_9_9_x", "nonsense", `900_420${"_1".repeat(2000)}`, "1e9_1e9_1_1_9_9_9_1"])("a lasso of %.30s is none", (text) => {
  expect(lassoed(text, kindOf, count(10))).toBeUndefined();
});
