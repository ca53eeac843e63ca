import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { expect, test, vi } from "vitest";
import { Prices } from "./Prices";
import { Retention } from "./Retention";

type Put = { tag: string | undefined; body: unknown };

/** A server whose document another admin changes: `document()` is what it holds now, `tag()` what it is known by. */
function serving(path: string, document: () => unknown, tag: () => string): Put[] {
  const puts: Put[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const url = String(input);
    if (url.includes("/api/v1/me")) return Response.json({ role: "admin", tenant: "default" });
    if (!url.includes(path)) return Response.json({ items: [] });
    if (init?.method === "PUT") {
      const seen = (init.headers as Record<string, string>)["If-Match"];
      puts.push({ tag: seen, body: JSON.parse(String(init.body)) });
      if (seen !== tag()) return Response.json({ title: "ChangedError", detail: "user eve changed it meanwhile", retryable: false }, { status: 412 });
    }
    return Response.json(document(), { headers: { ETag: tag() } });
  });
  return puts;
}

function shown(page: ReactNode) {
  render(<QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>{page}</QueryClientProvider>);
}

const price = (model: string, input_usd: number, source = "shipped") => ({ model, input_usd, output_usd: 2, cached_usd: null, source });

test("prices that another set meanwhile are told, loaded, and keep what was typed", async () => {
  let [prices, tag] = [[price("a", 1), price("b", 1)], '"1"'];
  const puts = serving("/api/v1/prices", () => ({ prices }), () => tag);
  shown(<Prices />);
  const input = (model: string) => screen.getByLabelText(`Input of ${model}`) as HTMLInputElement;
  await waitFor(() => expect(input("a").disabled).toBe(false));
  fireEvent.change(input("a"), { target: { value: "9" } });
  [prices, tag] = [[price("a", 1), price("b", 5, "set")], '"2"'];
  await userEvent.click(screen.getByRole("button", { name: "Save 1 change" }));
  expect((await screen.findByRole("alert")).textContent).toContain("user eve changed it meanwhile");
  expect([input("a").value, input("b").value]).toEqual(["9", "1"]);
  await userEvent.click(screen.getByRole("button", { name: /Load it/ }));
  await waitFor(() => expect([input("a").value, input("b").value]).toEqual(["9", "5"]));
  expect(screen.queryByRole("alert")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Save 1 change" }));
  await waitFor(() => expect(puts).toHaveLength(2));
  const own = (model: string, input_usd: number) => ({ model, input_usd, output_usd: 2, cached_usd: null });
  expect(puts).toEqual([
    { tag: '"1"', body: { prices: [own("a", 9)] } },
    { tag: '"2"', body: { prices: [own("a", 9), own("b", 5)] } },
  ]);
});

const rule = (name: string, value: number) => ({ name, about: name, value, configured: 7, source: value === 7 ? "configured" : "set", unit: "days", least: 1, most: 999, tables: [], bytes: null, rows: null });

test("times that another set meanwhile are told, loaded, and keep what was typed", async () => {
  let [items, tag] = [[rule("logs", 7), rule("spans", 7)], '"1"'];
  const puts = serving("/api/v1/retention", () => ({ items }), () => tag);
  shown(<Retention />);
  const days = (name: string) => screen.getByLabelText(`${name}, days`) as HTMLInputElement;
  await waitFor(() => expect(days("Logs").disabled).toBe(false));
  await userEvent.clear(days("Logs"));
  await userEvent.type(days("Logs"), "9");
  [items, tag] = [[rule("logs", 7), rule("spans", 30)], '"2"'];
  await userEvent.click(screen.getByRole("button", { name: "Save 1" }));
  expect((await screen.findByRole("alert")).textContent).toContain("user eve changed it meanwhile");
  await userEvent.click(screen.getByRole("button", { name: /Load it/ }));
  await waitFor(() => expect([days("Logs").value, days("Spans").value]).toEqual(["9", "30"]));
  await userEvent.click(screen.getByRole("button", { name: "Save 1" }));
  await waitFor(() => expect(puts).toHaveLength(2));
  expect(puts).toEqual(['"1"', '"2"'].map((seen) => ({ tag: seen, body: { values: { logs: 9 } } })));
});
