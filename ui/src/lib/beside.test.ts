import { expect, test } from "vitest";
import { beside, frameOf } from "./beside";

const room = { x: [0, 400], y: [0, 300] } as { x: [number, number]; y: [number, number] };
const came = (ids: string[], edges: [string, string][], more = {}) =>
  beside({ ids, edges: edges.map(([source, target]) => ({ source, target })), positions: { a: { x: 100, y: 100 }, b: { x: 300, y: 200 } }, radius: () => 8, gap: 6, room, onwards: 0, ...more });
const far = (p: { x: number; y: number } | undefined, x: number, y: number) => Math.hypot((p?.x ?? Infinity) - x, (p?.y ?? Infinity) - y);

test("who comes stands beside those it works with, over nobody, and those who stand are not told another place", () => {
  const found = came(["n"], [["a", "n"]]);
  expect(Object.keys(found)).toEqual(["n"]);
  expect(far(found["n"], 100, 100)).toBeGreaterThanOrEqual(22);
  expect(far(found["n"], 100, 100)).toBeLessThan(60);
});

test("who works with two stands between them; who comes with one that came stands beside that one", () => {
  const found = came(["m", "n"], [["a", "m"], ["m", "b"], ["n", "m"]]);
  expect(far(found["m"], 200, 150)).toBeLessThan(1);
  expect(far(found["n"], 200, 150)).toBeLessThan(60);
});

test("where callers stand left, who is called comes right of its caller, and who calls left of whom it calls", () => {
  const found = came(["n", "m"], [["a", "n"], ["m", "b"]], { onwards: 80 });
  expect(far(found["n"], 180, 100)).toBeLessThan(1);
  expect(far(found["m"], 220, 200)).toBeLessThan(1);
});

test("a crowd around one covers nobody and stays in sight, and comes to the same places each time", () => {
  const ids = Array.from({ length: 120 }, (_, i) => `n${i}`);
  const edges = ids.map((id): [string, string] => ["a", id]);
  const found = came(ids, edges);
  expect(found).toEqual(came([...ids].reverse(), edges));
  const all = [{ x: 100, y: 100 }, { x: 300, y: 200 }, ...Object.values(found)];
  expect(Math.min(...all.flatMap((p, i) => all.slice(i + 1).map((q) => far(p, q.x, q.y))))).toBeGreaterThanOrEqual(22 - 1e-9);
  for (const { x, y } of Object.values(found)) expect([x >= 0, x <= 400, y >= 0, y <= 300]).toEqual([true, true, true, true]);
});

test("where there is no room they stand in sight all the same", () => {
  const ids = Array.from({ length: 40 }, (_, i) => `n${i}`);
  const small = { x: [90, 130], y: [90, 130] } as typeof room;
  for (const { x, y } of Object.values(came(ids, ids.map((id): [string, string] => ["a", id]), { room: small }))) expect([x >= 90, x <= 130, y >= 90, y <= 130]).toEqual([true, true, true, true]);
});

test("a frame holds all", () => expect(frameOf({ a: { x: 3, y: 1 }, b: { x: -2, y: 5 } })).toEqual({ x: [-2, 3], y: [1, 5] }));
