import { expect, test } from "vitest";
import { lineChanges, turnChange } from "./turns";

const message = (hash: string, direction = "input", text = hash) => ({ hash, direction, role: "", text });

test("what a call has that the one before had not, and the other way round", () => {
  const before = { model: "m", attributes: { "gen_ai.request.temperature": 0.2, other: 1 }, messages: [message("s1", "system"), message("a"), message("old"), message("out", "output", "answer")] };
  const after = { model: "n", attributes: { "gen_ai.request.temperature": 0.7, other: 2 }, messages: [message("s2", "system"), message("a"), message("again", "input", "answer"), message("b"), message("out2", "output")] };
  const change = turnChange(before, after);
  expect(change.added).toBe(1);
  expect(change.dropped.map((m) => m.hash)).toEqual(["old"]);
  expect(change.rewritten.map((r) => [r.before.hash, r.after.hash])).toEqual([["s1", "s2"]]);
  expect(change.settings).toEqual([{ name: "model", before: "m", after: "n" }, { name: "gen_ai.request.temperature", before: "0.2", after: "0.7" }]);
});

test("nothing changed is nothing", () => {
  const call = { model: "m", attributes: {}, messages: [message("a")] };
  expect(turnChange(call, call)).toEqual({ added: 0, dropped: [], rewritten: [], settings: [] });
});

test("lines taken out and put in make the two texts again", () => {
  const lines = lineChanges("one\ntwo\nthree", "one\n2\nthree\nfour");
  expect(lines.filter((l) => l.mark !== "+").map((l) => l.text).join("\n")).toBe("one\ntwo\nthree");
  expect(lines.filter((l) => l.mark !== "-").map((l) => l.text).join("\n")).toBe("one\n2\nthree\nfour");
  expect(lines.filter((l) => l.mark === " ")).toHaveLength(2);
  expect(lineChanges("x\n".repeat(900), "y")).toHaveLength(902);
});
