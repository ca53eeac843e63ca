import { expect, test } from "vitest";
import { usual } from "./band";

test("what is usual follows from what came before, not from what it is compared with", () => {
  const values = [...Array.from({ length: 20 }, (_, i) => 10 + (i % 3)), 500];
  const { low, high } = usual(values);
  expect([low[19], high[19]]).toEqual([null, null]);
  expect([low[20], high[20]]).toEqual([10, 12]);
});

test("gaps are left out", () => {
  expect(usual([...Array<number | null>(30).fill(null), 1, 2, 3]).low).toEqual(Array(33).fill(null));
});
