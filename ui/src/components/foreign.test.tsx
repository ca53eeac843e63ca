import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { Json } from "./Json";
import { MessageView } from "./MessageView";

const MARKUP = '<img src="x" onerror="window.hacked=1"><script>window.hacked=1</script>';
const message = (raw: string) => ({ key: "k", role: "user", direction: "input" as const, text: raw, raw, missing: false });

test.each([
  ["plain text", MARKUP],
  ["a part", JSON.stringify({ role: "user", parts: [{ type: "text", content: MARKUP }] })],
  ["a tool's name and arguments", JSON.stringify({ role: "assistant", parts: [{ type: "tool_call", name: MARKUP, arguments: { a: MARKUP } }] })],
  ["an image", JSON.stringify({ role: "user", content: [{ type: "image_url", image_url: { url: "https://example.com/tracker.png" } }] })],
  ["a code fence", `\`\`\`html\n${MARKUP}\n\`\`\``],
])("markup in %s stays text, and nothing is loaded", (_, raw) => {
  const { container } = render(<MessageView message={message(raw)} />);
  expect(container.querySelector("img, script, iframe, a")).toBeNull();
  expect(container.textContent).toMatch(/<img src|tracker\.png/);
});

test("a long message is cut until asked for", async () => {
  const { container } = render(<MessageView message={message("word ".repeat(40_000))} />);
  expect(container.textContent?.length).toBeLessThan(3000);
  await userEvent.click(screen.getByRole("button", { name: /Show all/ }));
  expect(container.textContent?.length).toBeGreaterThan(150_000);
});

test("an erased message says so", () => {
  render(<MessageView message={{ ...message(""), missing: true }} />);
  screen.getByText(/erased or has expired/);
});

test("a huge value draws a part of itself", () => {
  const { container } = render(<Json value={{ list: Array.from({ length: 50_000 }, (_, i) => i), text: "x".repeat(500_000) }} />);
  expect(container.querySelectorAll("*").length).toBeLessThan(300);
  expect(container.textContent?.length).toBeLessThan(3000);
});
