import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { Json } from "./Json";
import { MessageView } from "./MessageView";

const MARKUP = '<img src="x" onerror="window.hacked=1"><script>window.hacked=1</script>';
const message = (raw: string) => ({ key: "k", role: "user", direction: "input" as const, text: raw, raw, missing: false, setting: false });

test.each([
  ["plain text", MARKUP],
  ["a part", JSON.stringify({ role: "user", parts: [{ type: "text", content: MARKUP }] })],
  ["a tool's name and arguments", JSON.stringify({ role: "assistant", parts: [{ type: "tool_call", name: MARKUP, arguments: { a: MARKUP } }] })],
  ["an image", JSON.stringify({ role: "user", content: [{ type: "image_url", image_url: { url: "https://example.com/tracker.png" } }] })],
  ["a code fence", `\`\`\`html\n${MARKUP}\n\`\`\``],
])("markup in %s stays text, and nothing is loaded", (_, raw) => {
  const { container } = render(<MessageView message={message(raw)} />);
  expect(container.querySelector("img, script, iframe, [onerror]")).toBeNull();
  expect(container.textContent).toMatch(/<img src|example\.com, not loaded/);
});

test("markdown becomes elements, its markup stays text", () => {
  const { container } = render(<MessageView message={message("# Plan\n\n1. **buy** `milk`\n2. <b onclick=x>go</b>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- [ ] later")} />);
  expect([...container.querySelectorAll("strong, code, td, li")].map((e) => e.textContent)).toEqual(["buy milk", "buy", "milk", "<b onclick=x>go</b>", "1", "2", "☐ later"]);
  expect(container.querySelector("b")).toBeNull();
});

test("a link says where it goes and opens apart; other schemes stay text", () => {
  const { container } = render(<MessageView message={message("[your bank](https://evil.example/x) [run](javascript:alert(1)) [data](data:text/html,x)")} />);
  const [link, ...more] = container.querySelectorAll("a");
  expect(more).toEqual([]);
  expect(link?.textContent).toBe("your bank (evil.example)");
  expect(link?.rel).toContain("noreferrer");
  expect(container.textContent).toContain("javascript:alert(1)");
});

test("an image is drawn when its bytes came along, a remote one is a link", () => {
  const png = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAYAAAC56t6BAAAAFklEQVR4nGNk+M/wn4GBgYGJAQoAHxcCAq+8bHcAAAAASUVORK5CYII=";
  const { container } = render(<MessageView message={message(`![chart](data:image/png;base64,${png}) ![spy](https://example.com/x.png)`)} />);
  expect(container.querySelectorAll("img")).toHaveLength(1);
  expect(container.querySelector("img")?.alt).toBe("chart");
  expect(container.querySelector("a")?.href).toBe("https://example.com/x.png");
});

test.each([["quotes", ">".repeat(3000)], ["lists", "- ".repeat(3000)], ["emphasis", "*".repeat(9000)], ["brackets", "[".repeat(9000)], ["links", "[a](".repeat(2500)]])("%s without end are drawn in time", (_, text) => {
  const begun = performance.now();
  const { container } = render(<MessageView message={message(text)} />);
  expect(performance.now() - begun).toBeLessThan(2000);
  expect(container.textContent).not.toBe("");
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

test("what a model was given to work with is one folded line", () => {
  const { container } = render(<MessageView message={{ ...message('{"temperature":0.2}'), key: "llm.invocation_parameters", role: "", setting: true }} />);
  expect(container.querySelector("article")).toBeNull();
  expect(container.querySelector("details:not([open]) > summary")?.textContent?.trim()).toBe("Parameters, 19 characters");
  expect(container.textContent).toContain("temperature");
});
