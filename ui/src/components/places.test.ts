import { afterEach, expect, test } from "vitest";
import { keepPlaces, placesOf } from "./places";

const kept = new Map<string, string>();
Object.assign(globalThis, { sessionStorage: { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) } });
afterEach(() => kept.clear());

test("a graph is found where it stood, and none where it never was", () => {
  keepPlaces("Agents", { positions: { a: { x: 1.234, y: 5 } }, came: ["a"], scale: 0.9, grouped: true });
  expect(placesOf("Agents")).toEqual({ positions: { a: { x: 1.2, y: 5 } }, came: ["a"], scale: 0.9, grouped: true });
  expect(placesOf("Services")).toBeUndefined();
});

test.each(["{", "null", "7", '{"positions":{"a":{"x":1}},"came":[],"scale":1,"grouped":true}', '{"positions":{},"came":7,"scale":1,"grouped":true}', '{"positions":{},"came":[],"scale":0,"grouped":true}', '{"positions":null,"came":[],"scale":1,"grouped":true}'])("what somebody else left there counts for nothing: %s", (text) => {
  kept.set("swarmscope.places.Agents", text);
  expect(placesOf("Agents")).toBeUndefined();
});
