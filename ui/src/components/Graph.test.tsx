import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Graph } from "./Graph";
import { renderAt } from "./renderAt";

const nodes = [
  { id: "a", label: "planner", state: "working" },
  { id: "b", label: "‮reversed <b>" },
];

test("without WebGL the table stands in for the drawing, heaviest first, and opens nodes", async () => {
  const open = vi.fn();
  await renderAt("/", <Graph label="Agents" nodes={nodes} edges={[{ source: "b", target: "a", weight: 2 }, { source: "a", target: "b", weight: 7, label: "3 failed", error: true }]} onOpen={open} weightName="Calls" />);
  const rows = screen.getAllByRole("row").map((row) => row.textContent);
  expect(rows[1]).toContain("3 failed");
  expect(rows[2]).toContain("2");
  await userEvent.click(screen.getAllByRole("button", { name: "planner" })[0] as HTMLElement);
  expect(open).toHaveBeenCalledWith("a");
});

test("nothing to draw is said", async () => {
  await renderAt("/", <Graph label="Agents" nodes={[]} edges={[]} />);
  expect(screen.getByText("Nobody works with anybody here")).toBeTruthy();
});
