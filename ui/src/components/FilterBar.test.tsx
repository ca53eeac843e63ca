import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { ApiError } from "@/api/client";
import { FilterBar } from "./FilterBar";

function marked(value: string, position?: number): string | null {
  const error = new ApiError(400, "QueryError", "this makes no sense", false, position);
  const { container, unmount } = render(
    <QueryClientProvider client={new QueryClient()}>
      <FilterBar noun="spans" placeholder="" value={value} onChange={() => undefined} error={error} />
    </QueryClientProvider>,
  );
  expect(screen.getByRole("alert").textContent).toContain("this makes no sense");
  const text = container.querySelector("mark")?.textContent ?? null;
  unmount();
  return text;
}

test("the word from which on a filter makes no sense is marked", () => {
  expect(marked("agent:a status:wrong cost>1", 8)).toBe("status:wrong");
  expect(marked("(agent:a", 0)).toBe("(agent:a");
});

test("characters beyond the basic plane count as one", () => {
  expect(marked('"🦊🦊" status:wrong', 5)).toBe("status:wrong");
});

test("without a place, or one behind the end, nothing is marked", () => {
  expect(marked("agent:")).toBeNull();
  expect(marked("agent:", 6)).toBeNull();
});

test("what was proposed for other words is not offered for these", async () => {
  const first = { start: 0, end: 0, suggestions: [{ text: "status:", kind: "field", detail: "outcome" }] };
  vi.spyOn(globalThis, "fetch").mockResolvedValueOnce(Response.json(first)).mockReturnValue(new Promise(() => undefined));
  render(
    <QueryClientProvider client={new QueryClient()}>
      <FilterBar noun="spans" placeholder="" value="" onChange={() => undefined} />
    </QueryClientProvider>,
  );
  await userEvent.click(screen.getByRole("combobox"));
  await screen.findByRole("option", { name: /status:/ });
  await userEvent.keyboard("ag");
  await waitFor(() => expect(fetch).toHaveBeenCalledTimes(2));
  expect(screen.queryByRole("option")).toBeNull();
});
