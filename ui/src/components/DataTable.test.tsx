import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { DataTable, fitting, placeOf, type Column } from "./DataTable";

afterEach(() => void vi.restoreAllMocks());

const columns: Column<number>[] = [
  { id: "name", header: "Name", width: { share: 1, min: 100 }, sortable: true, narrow: true, cell: (i) => `row ${i}` },
  { id: "value", header: "Value", width: 100, end: true, sortable: true, drop: 1, cell: (i) => i },
  { id: "more", header: "More", width: 100, drop: 2, cell: () => "…" },
];
const rows = Array.from({ length: 15_000 }, (_, i) => i);

test("15,000 rows draw those in sight", () => {
  render(<DataTable label="Rows" rows={rows} columns={columns} rowKey={String} />);
  const drawn = screen.getAllByRole("row").length;
  expect(drawn).toBeGreaterThan(10);
  expect(drawn).toBeLessThan(80);
  expect(screen.getByRole("grid").getAttribute("aria-rowcount")).toBe("15001");
});

test("the keyboard moves and opens", async () => {
  const open = vi.fn();
  render(<DataTable label="Rows" rows={rows} columns={columns} rowKey={String} onOpen={open} />);
  screen.getByRole("grid").focus();
  await userEvent.keyboard("{ArrowDown}{ArrowDown}{ArrowUp}{ArrowDown}{Enter}");
  expect(open).toHaveBeenCalledWith(1);
});

test("a number sorts by the largest first, a second press turns it round", async () => {
  const sort = vi.fn();
  const { rerender } = render(<DataTable label="Rows" rows={rows} columns={columns} rowKey={String} onSort={sort} />);
  await userEvent.click(screen.getByRole("button", { name: "Value" }));
  expect(sort).toHaveBeenLastCalledWith({ id: "value", desc: true });
  rerender(<DataTable label="Rows" rows={rows} columns={columns} rowKey={String} sort={{ id: "value", desc: true }} onSort={sort} />);
  await userEvent.click(screen.getByRole("button", { name: "Value" }));
  expect(sort).toHaveBeenLastCalledWith({ id: "value", desc: false });
});

test("what matters least goes first where there is no room", () => {
  const shown = (width: number) => fitting(columns, width).map((c) => c.id);
  expect(shown(400)).toEqual(["name", "value", "more"]);
  expect(shown(250)).toEqual(["name", "value"]);
  expect(shown(50)).toEqual(["name"]);
  expect(shown(0)).toEqual(["name", "value", "more"]);
});

test("the keys stay on their row while rows come, go and change places", () => {
  const key = (row: string) => row;
  expect(placeOf({ key: "b", at: 1 }, ["a", "b", "c"], key)).toBe(1);
  expect(placeOf({ key: "b", at: 1 }, ["new", "newer", "a", "b"], key)).toBe(3);
  expect(placeOf({ key: "b", at: 2 }, ["a", "c"], key)).toBe(1);
  expect(placeOf({ key: undefined, at: -1 }, ["a"], key)).toBe(-1);
});

test("on a phone what tells rows apart takes two lines, and what goes with a figure stands below it", () => {
  const wrapped = columns.map((c) => ({ ...c, narrow: c.id !== "more", ...(c.id === "name" && { wrap: true }), ...(c.id === "value" && { below: (i: number) => `${i} s ago` }) }));
  const list = (of: Column<number>[]) => <DataTable label="Rows" rows={rows.slice(0, 40)} columns={of} rowKey={String} />;
  const high = () => (screen.getByRole("grid").querySelector("[role=presentation]") as HTMLElement).style.height;
  const { rerender } = render(list(wrapped));
  expect([high(), screen.queryByText("3 s ago")]).toEqual(["1360px", null]);
  vi.spyOn(window, "matchMedia").mockImplementation((media) => ({ matches: media === "(max-width: 720px)", media, addEventListener() {}, removeEventListener() {} }) as unknown as MediaQueryList);
  rerender(list(wrapped));
  expect([high(), screen.queryByText("3 s ago")?.textContent]).toEqual(["2080px", "3 s ago"]);
  rerender(list(columns));
  expect(high()).toBe("1360px");
});

test("what has columns of its own keeps their width on a phone and moves sideways", () => {
  vi.stubGlobal("matchMedia", () => ({ matches: true, addEventListener: () => undefined, removeEventListener: () => undefined }));
  const all = columns.map((c) => ({ ...c, narrow: true }));
  const list = (sideways: boolean) => <DataTable label="Rows" rows={rows.slice(0, 3)} columns={all} rowKey={String} sideways={sideways} />;
  const style = () => screen.getByRole("grid").style;
  const { rerender } = render(list(true));
  expect(style().getPropertyValue("--columns")).toContain("minmax(100px, 1fr) 100px 100px");
  expect(style().getPropertyValue("--table-width")).toContain("300px");
  rerender(list(false));
  expect(style().getPropertyValue("--columns")).toContain("minmax(0px, 1fr)");
  vi.unstubAllGlobals();
});

test("the row that a page begins with is brought to the top, once", () => {
  const table = (top?: number) => <DataTable label="Rows" rows={rows} columns={columns} rowKey={String} top={top} />;
  const scrolled = vi.fn();
  const { rerender } = render(table(0));
  Object.defineProperties(screen.getByRole("grid"), { scrollTo: { value: scrolled }, scrollHeight: { value: 15_000 * 34 } });
  rerender(table(14));
  rerender(table(14));
  rerender(table());
  rerender(table(14));
  expect(scrolled.mock.calls.map(([to]) => (to as ScrollToOptions).top)).toEqual([14 * 34]);
});
