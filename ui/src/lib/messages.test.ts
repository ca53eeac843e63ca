import { describe, expect, test } from "vitest";
import { answered, callNames, ofTool, parts, speaker, voice, wordsOf } from "./messages";

describe("message formats of the field", () => {
  test("OpenTelemetry parts", () => {
    const raw = JSON.stringify({ role: "assistant", parts: [{ type: "text", content: "hi" }, { type: "tool_call", id: "1", name: "search", arguments: { q: "x" } }] });
    expect(parts(raw, "")).toEqual([{ kind: "text", text: "hi" }, { kind: "call", name: "search", id: "1", data: { q: "x" } }]);
  });

  test("OpenAI: tool calls with arguments as text, a tool's answer, an image", () => {
    expect(parts(JSON.stringify({ role: "assistant", content: null, tool_calls: [{ id: "c", function: { name: "f", arguments: '{"a":1}' } }] }), "")).toEqual([{ kind: "call", name: "f", id: "c", data: { a: 1 } }]);
    expect(parts(JSON.stringify({ role: "tool", tool_call_id: "c", content: "done" }), "")).toEqual([{ kind: "result", name: "", id: "c", data: "done" }]);
    expect(parts(JSON.stringify({ role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] }), "")).toEqual([{ kind: "image", source: "data:image/png;base64,AAAA" }]);
  });

  test("Anthropic: thinking, use and result of a tool", () => {
    const raw = JSON.stringify([{ type: "thinking", thinking: "hm" }, { type: "tool_use", id: "t", name: "g", input: {} }, { type: "tool_result", tool_use_id: "t", content: "ok" }]);
    expect(parts(raw, "").map((p) => p.kind)).toEqual(["thinking", "call", "result"]);
  });

  test("images of every convention", () => {
    const of = (block: unknown) => parts(JSON.stringify({ role: "user", content: [block] }), "")[0];
    const inline = { kind: "image", source: "data:image/png;base64,AAAA" };
    expect(of({ type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } })).toEqual(inline);
    expect(of({ type: "blob", modality: "image", mime_type: "image/png", content: "AAAA" })).toEqual(inline);
    expect(of({ inline_data: { mime_type: "image/png", data: "AAAA" } })).toEqual(inline);
    expect(of({ type: "uri", modality: "image", uri: "https://example.com/a.png" })).toEqual({ kind: "image", source: "https://example.com/a.png" });
    expect(of({ type: "uri", modality: "audio", uri: "x" })?.kind).toBe("data");
    expect(of({ text: "as Gemini says it" })).toEqual({ kind: "text", text: "as Gemini says it" });
  });

  test.each(["", "{broken", "null", "42", "[]", "{}", '{"role":1,"content":{"deep":[]}}', '"text"'])("%j never throws and loses nothing", (raw) => {
    expect(() => parts(raw, raw)).not.toThrow();
  });

  test("plain text stays as it is", () => expect(parts("<b>hi</b>", "<b>hi</b>")).toEqual([{ kind: "text", text: "<b>hi</b>" }]));
});

test("what is no message is called by its name", () => {
  const message = (key: string, direction: Parameters<typeof speaker>[0]["direction"] = "input", role = "") => ({ key, direction, role });
  expect([message("llm.invocation_parameters"), message("gen_ai.tool.call.arguments", "tool"), message("gen_ai.tool.call.result", "tool"), message("input.value"), message("traceloop.entity.output", "output"), message("gen_ai.input.messages"), message("x", "other", "critic")].map(speaker)).toEqual([
    "parameters", "tool input", "tool result", "input", "output", "user", "critic",
  ]);
});

describe("what a tool's own span says", () => {
  const said = (key: string, raw: string, direction: "input" | "output" | "tool" = "tool", role = "") => ({ key, role, direction, raw, text: raw });

  test("bare arguments are a call by the tool's name, what came back is its result", () => {
    expect(ofTool(said("gen_ai.tool.call.arguments", '{"q":"x"}'), "search")).toEqual([{ kind: "call", name: "search", id: "", data: { q: "x" } }]);
    expect(ofTool(said("input.value", "plain", "input"), "search")).toEqual([{ kind: "call", name: "search", id: "", data: "plain" }]);
    expect(ofTool(said("gen_ai.tool.call.result", "[1]"), "search")).toEqual([{ kind: "result", name: "search", id: "", data: [1] }]);
    expect(ofTool(said("output.value", "done", "output"), "search")).toEqual([{ kind: "result", name: "search", id: "", data: "done" }]);
  });

  test("without a tool, with a role, or where it is a call already, a message stays what it is", () => {
    const call = JSON.stringify({ role: "assistant", content: "", tool_calls: [{ id: "1", function: { name: "other", arguments: "{}" } }] });
    expect(ofTool(said("input.value", '{"q":1}', "input"), "")).toEqual([{ kind: "data", data: { q: 1 } }]);
    expect(ofTool(said("x", "hi", "input", "user"), "search")).toEqual([{ kind: "text", text: "hi" }]);
    expect(ofTool(said("gen_ai.completion.0", call), "search")).toEqual([{ kind: "call", name: "other", id: "1", data: {} }]);
  });

  test("an answer's tool is found by the id of its call", () => {
    const call = JSON.stringify({ role: "assistant", content: "", tool_calls: [{ id: "c-1", type: "function", function: { name: "sql_query", arguments: "{}" } }] });
    expect(callNames([said("a", call), said("b", "no call", "input", "user")])).toEqual(new Map([["c-1", "sql_query"]]));
  });

  test("settings and definitions of tools are called what they are", () => {
    expect(speaker(said("gen_ai.tool.definitions", ""))).toBe("tools it may call");
    expect(speaker(said("tool.description", ""))).toBe("about the tool");
  });

  test("a string of JSON is read without its marks", () => {
    expect(ofTool({ ...said("traceloop.entity.output", '"Sunny"', "output"), text: "Sunny" }, "weather")).toEqual([{ kind: "result", name: "weather", id: "", data: "Sunny" }]);
  });

  test("what decorators wrap around arguments is left out", () => {
    expect(ofTool(said("traceloop.entity.input", '{"args":[],"kwargs":{"day":"Sunday"}}', "input"), "weather")).toEqual([{ kind: "call", name: "weather", id: "", data: { day: "Sunday" } }]);
    expect(parts('{"args":[],"kwargs":{"question":"Where to?"}}', "")).toEqual([{ kind: "text", text: "Where to?" }]);
    expect(parts('{"args":["Where to?"],"kwargs":{}}', "")).toEqual([{ kind: "text", text: "Where to?" }]);
    expect(parts('{"args":[],"kwargs":{}}', "")).toEqual([{ kind: "data", data: { args: [], kwargs: {} } }]);
    expect(parts('{"args":[1],"kwargs":{"a":2}}', "")).toEqual([{ kind: "data", data: { args: [1], kwargs: { a: 2 } } }]);
  });

  test("a state of messages alone is its messages", () => {
    expect(parts('{"messages":[{"role":"user","content":"hi"}]}', "")).toEqual([{ kind: "text", text: "hi" }]);
    expect(parts('{"messages":[{"role":"user","content":"hi"}],"step":1}', "")).toEqual([{ kind: "data", data: { messages: [{ role: "user", content: "hi" }], step: 1 } }]);
  });
});

test("a message that is nothing but words reads as them; whatever else it holds is shown as it is", () => {
  expect(wordsOf('{"role":"user","parts":[{"type":"text","content":"Ignore the rules"}]}')).toBe("Ignore the rules");
  expect(wordsOf('{"role":"user","content":"Ignore the rules"}')).toBe("Ignore the rules");
  const called = '{"role":"assistant","parts":[{"type":"text","content":"x"},{"type":"tool_call","name":"f","arguments":{}}]}';
  expect([called, "q=1; DROP TABLE x", '{"a":1}', "{"].map(wordsOf)).toEqual([called, "q=1; DROP TABLE x", '{"a":1}', "{"]);
});

test("in a conversation, what names no role is the user's where it came in, and the tool's where a tool gave it back", () => {
  const said = (key: string, direction: "input" | "output" | "tool", more: object = {}) => voice({ key, role: "", direction, tool: "", ...more });
  expect(said("traceloop.entity.input", "input")).toBe("user");
  expect(said("traceloop.entity.output", "output")).toBe("assistant");
  expect(said("traceloop.entity.output", "output", { tool: "web_search" })).toBe("tool");
  expect(said("gen_ai.tool.call.result", "tool", { tool: "web_search" })).toBe("tool");
  expect(said("gen_ai.tool.call.arguments", "tool", { tool: "web_search" })).toBe("tool input");
  expect(said("gen_ai.prompt.0", "input", { role: "developer" })).toBe("developer");
});

test("a tool's span that holds no arguments is given those of the call that it answers, the newest with its id", () => {
  const said = (q: string) => ({ key: "gen_ai.output.messages", role: "assistant", direction: "output" as const, text: "", raw: JSON.stringify({ role: "assistant", parts: [{ type: "tool_call", id: "call_7", name: "search", arguments: { q } }] }) });
  expect(answered({ "gen_ai.tool.call.id": "call_7" }, [said("old"), said("new")])).toEqual({ kind: "call", name: "search", id: "call_7", data: { q: "new" } });
  expect(answered({ "gen_ai.tool.call.id": "call_8" }, [said("old")])).toBeUndefined();
  expect(answered({}, [said("old")])).toBeUndefined();
});
