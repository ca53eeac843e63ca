import { act, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { DataTable, type Column } from "./DataTable";
import { differing, holdOf, placed, SETTLE_MS } from "./held";

type Row = { id: string; value: number };
const key = (row: Row) => row.id;
const made = (...ids: string[]): Row[] => ids.map((id) => ({ id, value: 1 }));
const columns: Column<Row>[] = [{ id: "name", header: "Name", width: 200, cell: (row) => `${row.id}=${row.value}` }];
const table = (rows: Row[], selected?: string) => <DataTable label="Runs" rows={rows} columns={columns} rowKey={key} selected={selected} />;
const shown = () => screen.getAllByRole("row").slice(1).map((row) => row.textContent);
const frame = () => screen.getByRole("grid").parentElement as HTMLElement;

afterEach(() => {
  vi.useRealTimers();
  history.replaceState(null, "", "/");
});

test("held rows stay where they are: values are new, what is gone stays, what comes in between waits", () => {
  const now = placed(holdOf(made("a", "b", "c"), key), [{ id: "new", value: 1 }, { id: "c", value: 2 }, { id: "a", value: 3 }], key);
  expect(now).toEqual({ rows: [{ id: "a", value: 3 }, { id: "b", value: 1 }, { id: "c", value: 2 }], waiting: 1, moved: true });
});

test("the next page of a held list is taken in, other rows than any known are not", () => {
  const held = holdOf(made("a", "b"), key);
  expect(placed(held, made("a", "b", "c", "d"), key)).toEqual({ rows: made("a", "b", "c", "d"), waiting: 0, moved: false });
  expect(placed(held, made("x", "y"), key)).toEqual({ rows: made("a", "b"), waiting: 2, moved: false });
});

test("a row that is a place in columns goes where its place has become another's", () => {
  let names = ["a", "b", "c"];
  const at = (i: number) => names[i] ?? "";
  const held = holdOf([0, 1, 2], at);
  names = ["b", "c"];
  expect(placed(held, [0, 1], at)).toEqual({ rows: [0, 1], waiting: 0, moved: false });
});

test("what waits is counted: who came, who went, and who moved against the others", () => {
  const times = (shown: string, now: string) => differing([...shown], [...now], (row) => row);
  expect([times("abc", "abc"), times("abc", "xabc"), times("abc", "ac"), times("abc", "cab"), times("abcd", "xdcy")]).toEqual([0, 1, 1, 1, 5]);
});

test("rows under a resting pointer stay, and what is new comes once it leaves", () => {
  const { rerender } = render(table(made("a", "b")));
  fireEvent.pointerEnter(frame());
  rerender(table([{ id: "c", value: 1 }, { id: "b", value: 2 }, { id: "a", value: 2 }]));
  expect(shown()).toEqual(["a=2", "b=2"]);
  expect(screen.getByRole("button", { name: "1 new" })).toBeTruthy();
  fireEvent.pointerLeave(frame());
  expect(shown()).toEqual(["c=1", "b=2", "a=2"]);
  expect(screen.queryByRole("button", { name: "1 new" })).toBeNull();
});

test("what is new can be taken in at once", async () => {
  const { rerender } = render(table(made("a", "b")));
  fireEvent.pointerEnter(frame());
  rerender(table(made("b", "a")));
  expect(shown()).toEqual(["a=1", "b=1"]);
  await userEvent.click(screen.getByRole("button", { name: "New order" }));
  expect(shown()).toEqual(["b=1", "a=1"]);
});

test("rows stay while keys are in the table", async () => {
  const { rerender } = render(table(made("a", "b")));
  await userEvent.tab();
  await userEvent.keyboard("{ArrowDown}");
  rerender(table(made("c", "a", "b")));
  expect(shown()).toEqual(["a=1", "b=1"]);
  act(() => (document.activeElement as HTMLElement).blur());
  expect(shown()).toEqual(["c=1", "a=1", "b=1"]);
});

test("the answer to another question is shown wherever the pointer rests, and held from then on", () => {
  vi.useFakeTimers();
  const { rerender } = render(table(made("a", "b")));
  fireEvent.pointerEnter(frame());
  history.replaceState(null, "", "/?q=other");
  rerender(table(made("a", "b")));
  rerender(table(made("x", "a")));
  expect(shown()).toEqual(["x=1", "a=1"]);
  act(() => {
    vi.advanceTimersByTime(SETTLE_MS);
  });
  rerender(table(made("y", "x", "a")));
  expect(shown()).toEqual(["x=1", "a=1"]);
});

test("to open a row is no other question", () => {
  const { rerender } = render(table(made("a", "b")));
  fireEvent.pointerEnter(frame());
  history.replaceState(null, "", "/?open=a");
  rerender(table(made("c", "a", "b"), "a"));
  expect(shown()).toEqual(["a=1", "b=1"]);
});
