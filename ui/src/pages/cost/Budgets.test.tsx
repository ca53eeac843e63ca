import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { placed } from "@/components/testing";
import { Budgets } from "./Budgets";

HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
  this.open = false;
};
afterEach(() => vi.restoreAllMocks());

const budget = (name: string, spent_usd: number, forecast_usd: number, state: string) => ({ name, scope: "all", key: "", period: "month", limit_usd: 20, start: "", end: "", elapsed: 0.5, spent_usd, pace_usd_per_day: 1, forecast_usd, exhausted: null, state });

/** The page, while the server has one budget and keeps another, of which its list tells nothing yet. */
async function shown(first: ReturnType<typeof budget>) {
  let asked = 0;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    if (String(input).includes("/me")) return Response.json({ role: "admin" });
    if (init?.method === "PUT") return Response.json(budget("new", 5, 30, "at_risk"));
    asked += 1;
    return asked > 1 ? new Promise(() => undefined) : Response.json({ items: [first] });
  });
  await placed(<Budgets />);
  return screen.findByRole("img");
}

const widths = (gauge: HTMLElement) => [...gauge.querySelectorAll<HTMLElement>("span")].map((part) => part.style.width);

test.each([
  [12.6, 240, "at_risk", ["100%", "63%"]],
  [50, 400, "over", ["100%", "100%"]],
  [2, 10, "ok", ["50%", "10%"]],
])("of $20, %d spent and %d expected fill the bar as far as the words say", async (spent, forecast, state, expected) => {
  expect(widths(await shown(budget("old", spent, forecast, state)))).toEqual(expected);
});

test("what is expected is told as a share of the limit, or as a multiple", async () => {
  await shown(budget("old", 12.6, 240, "at_risk"));
  expect(screen.getByText(/expected by the end/).textContent).toContain("$240.00 (12 times the limit) expected");
});

test("a budget that was set stands in the list at once", async () => {
  await shown(budget("old", 2, 10, "ok"));
  await userEvent.click(await screen.findByRole("button", { name: "Set a budget" }));
  await userEvent.type(screen.getByLabelText("Name"), "new");
  await userEvent.type(screen.getByLabelText("US dollars"), "20");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await screen.findByText("new");
  await waitFor(() => expect(screen.queryByLabelText("US dollars")).toBeNull());
});
