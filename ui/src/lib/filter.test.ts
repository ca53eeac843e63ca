import { describe, expect, test } from "vitest";
import { hasTerm, replaceTerms, term, terms, toggleTerm } from "./filter";

describe("terms", () => {
  test("a value that the language would read otherwise is quoted", () => {
    expect(term("agent", "planner")).toBe("agent:planner");
    expect(term("model", "gpt-4o:2024")).toBe('model:"gpt-4o:2024"');
    expect(term("name", 'say "hi" \\')).toBe('name:"say \\"hi\\" \\\\"');
    expect(term("name", "a,b")).toBe('name:"a,b"');
    expect(term("name", "wild*")).toBe('name:"wild*"');
    expect(term("name", "or")).toBe('name:"or"');
  });

  test("quotes and brackets hold a term together", () => {
    expect(terms('agent:a "two words" (x:1 OR y:2) name:"a b"')).toEqual(["agent:a", '"two words"', "(x:1 OR y:2)", 'name:"a b"']);
    expect(terms("  ")).toEqual([]);
    expect(terms('broken "quote')).toEqual(["broken", '"quote']);
  });
});

describe("clicking", () => {
  test("a second press takes the term away", () => {
    const once = toggleTerm("status:error", "agent", "two words");
    expect(once).toBe('status:error agent:"two words"');
    expect(hasTerm(once, "agent", "two words")).toBe(true);
    expect(toggleTerm(once, "agent", "two words")).toBe("status:error");
  });

  test("another value of a field replaces the one before", () => expect(toggleTerm("agent:a x", "agent", "b")).toBe("x agent:b"));

  test("brushing replaces durations only", () => expect(replaceTerms("duration>1s duration_x:1 agent:a", ["duration"], ["duration<=2ms"])).toBe("duration_x:1 agent:a duration<=2ms"));
});
