import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, test, vi } from "vitest";
import type { Schema } from "@/api/client";
import { hotkeys, useKeyboard } from "@/lib/keyboard";
import { Waterfall, type WaterfallView } from "./Waterfall";

afterEach(() => vi.restoreAllMocks());

function Walked({ from = {}, tell }: { from?: WaterfallView; tell?: (view: WaterfallView) => void }) {
  useKeyboard();
  const [chosen, setChosen] = useState<string>();
  const [view, setView] = useState(from);
  const look = (change: WaterfallView) => {
    setView((old) => ({ ...old, ...change }));
    tell?.(change);
  };
  const span = (span_id: string, depth: number, offset_ns: number) => ({ span_id, depth, name: `step ${span_id}`, offset_ns, duration_ns: 1e9 - offset_ns, status: "ok", pending: false, agent: "planner", service: "", operation: "", tool: "", model: "", peer_agent: "" });
  const spans = [span("a", 0, 0), span("b", 1, 1e8), span("c", 1, 5e8)] as unknown as Schema<"Span">[];
  return <Waterfall spans={spans} steps={[]} totalNs={1e9} selected={chosen} onSelect={setChosen} view={view} onView={look} />;
}

test("what is folded and how near one looks is told, and shown as it is told", async () => {
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
  const tell = vi.fn();
  const { unmount } = render(<Walked tell={tell} />);
  await userEvent.keyboard("j{ArrowLeft}jz");
  expect(tell.mock.calls.map(([change]) => change)).toEqual([{ folded: "a" }, { window: "0_1000000000" }]);
  unmount();
  render(<Walked from={{ folded: "a" }} />);
  expect(screen.getAllByRole("treeitem")).toHaveLength(1);
  cleanup();
  render(<Walked from={{ folded: "nobody", window: "500000000_600000000" }} />);
  expect(screen.getAllByRole("treeitem")).toHaveLength(3);
  screen.getByText("520 ms");
  cleanup();
  render(<Walked from={{ window: "9e9_nonsense" }} />);
  expect(screen.queryByText("520 ms")).toBeNull();
});

test("a waterfall is walked and folded by keys wherever the focus is, and the list of keys has them", async () => {
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
  render(<Walked />);
  const chosen = () => screen.queryByRole("treeitem", { selected: true })?.textContent;
  await userEvent.keyboard("jj");
  expect(chosen()).toContain("step b");
  await userEvent.keyboard("{End}");
  expect(chosen()).toContain("step c");
  await userEvent.keyboard("{Home}{ArrowLeft}");
  expect(screen.getAllByRole("treeitem")).toHaveLength(1);
  await userEvent.keyboard("{ArrowRight}");
  expect(screen.getAllByRole("treeitem")).toHaveLength(3);
  expect(hotkeys().map((key) => key.keys)).toContain("z");
});
