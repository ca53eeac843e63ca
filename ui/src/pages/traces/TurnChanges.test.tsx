import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { Schema } from "@/api/client";
import { TurnChanges } from "./TurnChanges";

const MARKUP = "<img src=x onerror=alert(1)>";
const message = (text: string, direction: string) => ({ key: "k", role: direction, direction, text, raw: text, hash: text, missing: false, setting: false, repeats: false });
const call = (messages: unknown[], attributes = {}) => ({ model: "m", messages, attributes }) as unknown as Schema<"Span">;

test("a changed prompt is told in a line and shown line by line, as text", async () => {
  const before = call([message(`be kind\n${MARKUP}`, "system"), message("a", "input")], { "gen_ai.request.temperature": 0.1 });
  const after = call([message(`be brief\n${MARKUP}`, "system"), message("b", "input")], { "gen_ai.request.temperature": 0.9 });
  const { container } = render(<TurnChanges before={before} after={after} />);
  await userEvent.click(screen.getByRole("button", { name: /1 new message, the system prompt is another, 1 message left out, temperature 0.1 → 0.9/ }));
  expect(screen.getByLabelText("How the system prompt changed").textContent).toBe(`- be kind\n+ be brief\n  ${MARKUP}\n`);
  expect(container.querySelector("img")).toBeNull();
  screen.getByText("no longer given");
});

test("where nothing changed nothing is said", () => {
  const same = call([message("a", "input")]);
  const { container } = render(<TurnChanges before={same} after={same} />);
  expect(container.textContent).toBe("");
});
