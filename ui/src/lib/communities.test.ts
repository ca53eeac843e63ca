import { expect, test } from "vitest";
import { placesOf, titled } from "./communities";

const community = (number: number, lead: string, name = lead) => ({ number, size: 3, inside: 1, lead, name });

test("a community is called after its lead, and no two alike", () => {
  const all = [community(0, "p1", "planner"), community(1, "p2", "planner"), community(2, "coder")];
  expect(titled(all).map((one) => one.title)).toEqual(["around planner (p1)", "around planner (p2)", "around coder"]);
});

test("who works with nobody else is in no community", () => {
  expect([...placesOf(["a", "b", "c"], [1, -1, 0])]).toEqual([["a", 1], ["c", 0]]);
});
