import { act, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { Reserved } from "./Reserved";

afterEach(() => vi.restoreAllMocks());

test("room once taken stays reserved when what took it goes, until the width is another", () => {
  const size = { width: 600, height: 20 };
  const resized: (() => void)[] = [];
  vi.stubGlobal("ResizeObserver", class { constructor(tell: () => void) { resized.push(tell); } observe() {} disconnect() {} });
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockImplementation(() => size.width);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockImplementation(() => size.height);
  render(<Reserved>why</Reserved>);
  const box = screen.getByText("why").parentElement as HTMLElement;
  const becomes = (width: number, height: number) => {
    Object.assign(size, { width, height });
    act(() => resized.forEach((tell) => tell()));
    return box.style.minHeight;
  };
  expect([becomes(600, 20), becomes(600, 72), becomes(600, 20), becomes(390, 40)]).toEqual(["20px", "72px", "72px", "40px"]);
});
