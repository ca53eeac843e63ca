import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Dial } from "./Dial";
import { FindBox } from "./FindBox";
import { HeatGrid } from "./HeatGrid";
import { Severity } from "./Severity";

test("a cell of the heat grid that holds something is a button that says what it is and opens its stretch of time", async () => {
  const open = vi.fn();
  render(<HeatGrid label="Heat" noun="event" times={[0, 60_000, 120_000]} lines={[{ key: "high", name: "high", counts: [0, 3, 0] }, { key: "low", name: "low", counts: [1, 0, 0] }]} onOpen={open} />);
  const cells = screen.getAllByRole("button", { name: /event/ });
  expect(cells.map((cell) => cell.getAttribute("aria-label")?.split(",")[0])).toEqual(["high: 3 events", "low: 1 event"]);
  await userEvent.click(cells[0] as HTMLElement);
  expect(open).toHaveBeenCalledWith("high", 60_000, 120_000);
});

test("a dial says its value in words, and stays within its ends", () => {
  const { rerender } = render(<Dial label="Threat score" value={0.734} word="high" token="--bad" />);
  screen.getByRole("img", { name: "Threat score: 73 of 100, high" });
  rerender(<Dial label="Threat score" value={0.9991} word="severe" token="--bad" />);
  expect(screen.getByRole("img").getAttribute("aria-label")).toBe("Threat score: 99 of 100, severe");
  rerender(<Dial label="Threat score" value={7} word="severe" token="--bad" />);
  screen.getByRole("img", { name: "Threat score: 100 of 100, severe" });
});

test("a severity is told by word and by bars, and an unknown one by its word alone", () => {
  const { container, rerender } = render(<Severity severity="high" />);
  const lit = () => [...container.querySelectorAll("rect")].filter((bar) => bar.getAttribute("fill") !== "var(--line-strong)").length;
  screen.getByText("high");
  expect(lit()).toBe(4);
  rerender(<Severity severity="low" bare />);
  screen.getByRole("img", { name: "low" });
  expect(lit()).toBe(2);
  rerender(<Severity severity="<b>odd</b>" />);
  screen.getByText("<b>odd</b>");
  expect(lit()).toBe(0);
});

test("words are told when they stand still, and follow the address", async () => {
  const tell = vi.fn();
  const { rerender } = render(<FindBox label="Find" placeholder="words" value="" onChange={tell} />);
  const field = screen.getByRole("searchbox", { name: "Find" });
  await userEvent.type(field, " slow ");
  await waitFor(() => expect(tell).toHaveBeenCalledWith("slow"));
  expect(tell).toHaveBeenCalledTimes(1);
  rerender(<FindBox label="Find" placeholder="words" value="other" onChange={tell} />);
  expect((field as HTMLInputElement).value).toBe("other");
});
