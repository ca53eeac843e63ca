import { expect, test } from "vitest";
import { groupKey, lines, type Finding, type Group } from "./grouped";

const finding = (id: string, subject = "a", kind = "loop") => ({ id, subject, kind, subject_kind: "agent" }) as Finding;
const group = (count: number, newest: Finding) => ({ count, newest }) as Group;
const keys = (all: ReturnType<typeof lines>) => all.map((line) => line.key);

const repeated = group(3, finding("3"));
const single = group(1, finding("9", "b"));
const others = new Map([[groupKey(repeated), [finding("3"), finding("2"), finding("1")]]]);

test("what was found again and again is one line, and its others follow when it is unfolded", () => {
  expect(keys(lines([repeated, single], new Set(), others))).toEqual(["3", "9"]);
  const open = lines([repeated, single], new Set([groupKey(repeated)]), others);
  expect(keys(open)).toEqual(["3", "2", "1", "9"]);
  expect(open.map((line) => line.group?.count)).toEqual([3, undefined, undefined, 1]);
});

test("a group whose others are not there yet is its newest alone", () => {
  expect(keys(lines([repeated], new Set([groupKey(repeated)]), new Map()))).toEqual(["3"]);
});

test("a group that comes on two pages stands once, and one finding has nothing to unfold", () => {
  expect(keys(lines([group(4, finding("4")), single, repeated], new Set(), others))).toEqual(["4", "9"]);
  expect(lines([single], new Set([groupKey(single)]), new Map())[0]?.unfolded).toBe(false);
});
