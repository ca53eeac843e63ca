import { expect, test } from "vitest";
import { csv } from "./download";

test("cells are quoted where they have to be, and no text becomes a formula", () => {
  expect(csv(["a", "b"], [["x,y", 'say "hi"'], ["=1+1", -5], [null, { k: 1 }]])).toBe('a,b\r\n"x,y","say ""hi"""\r\n\'=1+1,-5\r\n,"{""k"":1}"\r\n');
});
