import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Bot, Search } from "lucide-react";
import { useState } from "react";
import { expect, test, vi } from "vitest";
import { Palette, type Command } from "./Palette";

const HOSTILE = '<img src=x onerror="alert(1)"> \u202Eevil';

/** Lines that match what was typed, as the caller chooses them. */
function Used({ ran, closed, note }: { ran: (key: string) => void; closed?: () => void; note?: string }) {
  const [text, setText] = useState("");
  const all: Command[] = [
    { key: "fleet", group: "Pages", label: "Fleet", hint: "How everything is doing", sign: Search, run: () => ran("fleet") },
    { key: "agents", group: "Pages", label: "Agents", sign: Search, run: () => ran("agents") },
    { key: "planner", group: "Agents", label: HOSTILE, hint: "wedged", state: "wedged", sign: Bot, run: () => ran("planner") },
  ];
  return <Palette label="Search" text={text} onText={setText} commands={all.filter((one) => one.label.toLowerCase().includes(text))} note={note} onRun={closed} />;
}

const field = () => screen.getByRole("combobox", { name: "Search" });
/** What Enter would run, by the combobox's own word. */
const active = () => document.getElementById(field().getAttribute("aria-activedescendant") ?? "")?.textContent;

test("arrows choose round the ends while the focus stays in the words, Enter runs what is chosen", async () => {
  const ran = vi.fn();
  const closed = vi.fn();
  render(<Used ran={ran} closed={closed} />);
  await userEvent.click(field());
  expect(active()).toContain("Fleet");
  await userEvent.keyboard("{ArrowUp}");
  expect(active()).toContain("evil");
  await userEvent.keyboard("{ArrowDown}{ArrowDown}");
  expect(active()).toContain("Agents");
  expect(screen.getByRole("option", { selected: true }).textContent).toContain("Agents");
  expect(document.activeElement).toBe(field());
  await userEvent.keyboard("{Enter}");
  expect(ran.mock.calls).toEqual([["agents"]]);
  expect(closed).toHaveBeenCalledBefore(ran);
});

test("other words choose the first line again", async () => {
  render(<Used ran={vi.fn()} />);
  await userEvent.click(field());
  await userEvent.keyboard("{ArrowDown}{ArrowDown}");
  expect(active()).toContain("evil");
  await userEvent.keyboard("e");
  expect(active()).toContain("Fleet");
});

test("a press runs, and what is pointed at is chosen", async () => {
  const ran = vi.fn();
  render(<Used ran={ran} />);
  const line = screen.getByRole("option", { name: /evil/ });
  fireEvent.pointerMove(line);
  expect(line.getAttribute("aria-selected")).toBe("true");
  await userEvent.click(line);
  expect(ran).toHaveBeenCalledExactlyOnceWith("planner");
});

test("lines stand in named groups; names that others gave stay text", () => {
  const { container } = render(<Used ran={vi.fn()} />);
  expect(screen.getAllByRole("group").map((group) => group.getAttribute("aria-label"))).toEqual(["Pages", "Agents"]);
  expect(container.querySelector("img")).toBeNull();
  screen.getByText(HOSTILE);
});

test("with nothing to run, Enter does nothing, no line is said to be chosen, and the note tells why", async () => {
  const ran = vi.fn();
  const closed = vi.fn();
  render(<Used ran={ran} closed={closed} note="Agents could not be looked for: the store is away" />);
  await userEvent.type(field(), "zzz{ArrowDown}{Enter}");
  expect(field().getAttribute("aria-expanded")).toBe("false");
  expect(field().hasAttribute("aria-activedescendant")).toBe(false);
  expect([ran.mock.calls, closed.mock.calls]).toEqual([[], []]);
  expect(screen.getByRole("status").textContent).toContain("the store is away");
});

test("what is chosen comes into sight within the list, and nothing around it moves", async () => {
  const place = vi.spyOn(HTMLElement.prototype, "getBoundingClientRect").mockImplementation(function (this: HTMLElement) {
    const lines = screen.queryAllByRole("option");
    const at = lines.indexOf(this);
    return at < 0 ? new DOMRect(0, 0, 100, 50) : new DOMRect(0, at * 40 - screen.getByRole("listbox").scrollTop, 100, 40);
  });
  const around = vi.fn();
  Element.prototype.scrollIntoView = around;
  render(<Used ran={vi.fn()} />);
  await userEvent.click(field());
  expect(screen.getByRole("listbox").scrollTop).toBe(0);
  await userEvent.keyboard("{ArrowDown}{ArrowDown}");
  expect(screen.getByRole("listbox").scrollTop).toBe(70);
  await userEvent.keyboard("{ArrowDown}");
  expect(screen.getByRole("listbox").scrollTop).toBe(0);
  expect(around).not.toHaveBeenCalled();
  place.mockRestore();
  Reflect.deleteProperty(Element.prototype, "scrollIntoView"); // jsdom has none
});
