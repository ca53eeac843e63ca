import { describe, expect, test } from "vitest";
import { parts, speaker } from "./messages";

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
