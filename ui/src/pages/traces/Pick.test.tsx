import { render, screen } from "@testing-library/react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import type { Schema } from "@/api/client";
import { Pick } from "./Pick";

afterEach(() => vi.restoreAllMocks());

const like = { trace_id: "a".repeat(32), name: "invoke_agent planner" } as Schema<"TraceRow">;
const other = { ...like, trace_id: "b".repeat(32), agent: "planner", asked: "Where is my order?", duration_ns: 1e9, errors: 0, start_time: "2026-01-31T12:00:00Z" };

/** The chooser, while the server answers with `answer`. */
function choosing(answer: () => Promise<Response>) {
  vi.spyOn(globalThis, "fetch").mockImplementation(answer);
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <Pick like={like} onPick={() => undefined} />
    </QueryClientProvider>,
  );
}

test.each([
  ["Looking for others that began alike …", () => new Promise<Response>(() => undefined)],
  ["Or with another one that began alike:", async () => Response.json({ items: [like, other] })],
  ["No other trace of the last 24 hours began alike.", async () => Response.json({ items: [like] })],
  ["Others that began alike are not known: the store is away", async () => Response.json({ title: "Error", detail: "the store is away" }, { status: 503 })],
])("whoever compares a trace is told: %s", async (words, answer) => {
  choosing(answer);
  await screen.findByText(words);
  expect(screen.getAllByRole("button")).toHaveLength(words.startsWith("Or") ? 2 : 1);
});

test("a trace to choose is told by what was asked and who worked, not by its id", async () => {
  choosing(async () => Response.json({ items: [like, other] }));
  const choice = await screen.findByRole("button", { name: /Where is my order/ });
  expect(choice.textContent).toContain("planner");
  expect(choice.textContent).not.toContain("bbbb");
  expect(String(vi.mocked(fetch).mock.calls[0]?.[0])).toContain("asked=true");
});
