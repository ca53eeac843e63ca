import { describe, expect, test } from "vitest";
import { speaker, withRoles } from "./roles";

const message = (key: string, direction: "system" | "input" | "output" | "tool" | "other" = "input", role = "") => ({ key, direction, role });
const roles = (messages: ReturnType<typeof message>[], attributes: Record<string, unknown> = {}, events: string[] = []) =>
  withRoles({ messages, attributes, events: events.map((name) => ({ name })) }).map((m) => `${m.role}/${m.direction}`);

describe("roles beside the message", () => {
  test("numbered attributes of OpenInference and OpenLLMetry", () => {
    expect(roles([message("llm.input_messages.0"), message("gen_ai.prompt.1")], { "llm.input_messages.0.message.role": "system", "gen_ai.prompt.1.role": "tool" })).toEqual(["system/system", "tool/tool"]);
  });

  test("an assistant's message in a prompt is not the answer", () => {
    expect(roles([message("gen_ai.prompt.0"), message("gen_ai.completion.0", "output")], { "gen_ai.prompt.0.role": "assistant", "gen_ai.completion.0.role": "assistant" })).toEqual(["assistant/input", "assistant/output"]);
  });

  test("events name the role in their order, the choice is the answer", () => {
    expect(roles([message("content", "other"), message("content", "other"), message("message", "other")], {}, ["gen_ai.system.message", "gen_ai.user.message", "gen_ai.choice"])).toEqual(["system/system", "user/input", "assistant/output"]);
  });

  test("nothing is guessed where events and messages do not match", () => {
    expect(roles([message("content", "other")], {}, ["gen_ai.system.message", "gen_ai.user.message"])).toEqual(["/other"]);
  });

  test("a role that was sent stays", () => expect(roles([message("x", "input", "user")], { "x.role": "system" })).toEqual(["user/input"]));
});

test("what is no message is called by its name", () => {
  expect([message("llm.invocation_parameters"), message("gen_ai.tool.call.arguments", "tool"), message("gen_ai.tool.call.result", "tool"), message("input.value"), message("traceloop.entity.output", "output"), message("gen_ai.input.messages")].map(speaker)).toEqual([
    "parameters", "tool input", "tool result", "input", "output", "user",
  ]);
});
