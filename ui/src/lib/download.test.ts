import { expect, test } from "vitest";
import { csv, fileName, table } from "./download";

test("cells are quoted where they have to be, and no text becomes a formula", () => {
  expect(csv(["a", "b"], [["x,y", 'say "hi"'], ["=1+1", -5], [null, { k: 1 }]])).toBe('a,b\r\n"x,y","say ""hi"""\r\n\'=1+1,-5\r\n,"{""k"":1}"\r\n');
});

test("records of different shapes share one header, and what is no record is a value", () => {
  expect(table([{ a: 1 }, { b: [2], a: 3 }])).toEqual({ header: ["a", "b"], rows: [[1, undefined], [3, [2]]] });
  expect(table([7])).toEqual({ header: ["value"], rows: [[7]] });
  expect(table([])).toEqual({ header: [], rows: [] });
});

test("a label becomes a name that every system takes", () => {
  expect(fileName("Cost by model: <b>../x</b>")).toBe("cost-by-model-b-x-b");
  expect(fileName("…")).toBe("swarmscope");
});
