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

test("an attribute's name is taken as it was sent, and its values are asked for next", async () => {
  const names = { start: 0, end: 5, suggestions: [{ text: "gen_ai.request.model:", kind: "field", detail: "attribute", count: 7 }] };
  const values = { start: 21, end: 21, suggestions: [{ text: "gpt-4o", kind: "value", detail: "gen_ai.request.model", count: 7 }] };
  const asked: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation((url) => {
    const q = new URL(String(url), "http://x").searchParams.get("q") ?? "";
    asked.push(q);
    return Promise.resolve(Response.json(q.endsWith(":") ? values : names));
  });
  const change = vi.fn();
  render(
    <QueryClientProvider client={new QueryClient()}>
      <FilterBar noun="spans" placeholder="" value="" onChange={change} />
    </QueryClientProvider>,
  );
  await userEvent.type(screen.getByRole("combobox"), "gen_a");
  await userEvent.click(await screen.findByRole("option", { name: /gen_ai\.request\.model:/ }));
  await userEvent.click(await screen.findByRole("option", { name: /gpt-4o/ }));
  await userEvent.keyboard("{Enter}");
  expect(asked).toContain("gen_ai.request.model:");
  expect(change).toHaveBeenLastCalledWith("gen_ai.request.model:gpt-4o");
});

test("what is proposed goes when the keyboard leaves the field, and what is written holds", async () => {
  const fields = { start: 0, end: 0, suggestions: [{ text: "status:", kind: "field", detail: "outcome" }] };
  vi.spyOn(globalThis, "fetch").mockImplementation(() => Promise.resolve(Response.json(fields)));
  const change = vi.fn();
  render(
    <QueryClientProvider client={new QueryClient()}>
      <FilterBar noun="spans" placeholder="" value="" onChange={change} />
      <button type="button">elsewhere</button>
    </QueryClientProvider>,
  );
  await userEvent.click(screen.getByRole("combobox"));
  await screen.findByRole("option", { name: /status:/ });
  await userEvent.tab();
  expect(screen.queryByRole("option")).toBeNull();
  expect(change).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole("combobox"));
  await userEvent.keyboard("cost>1");
  await screen.findByRole("option", { name: /status:/ });
  await userEvent.tab();
  expect(screen.getByRole("button", { name: "Clear the filter" })).toBe(document.activeElement);
  expect(screen.queryByRole("option")).toBeNull();
  expect(change).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole("combobox"));
  await userEvent.click(screen.getByRole("button", { name: "elsewhere" }));
  expect(change).toHaveBeenLastCalledWith("cost>1");
});
