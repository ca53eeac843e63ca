import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { Segments } from "./Button";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

test("choices that do not fit say at which edge there are more", () => {
  let measure: () => void = () => undefined;
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(told: () => void) {
        measure = told;
      }
      observe(): void {}
      disconnect(): void {}
    },
  );
  render(<Segments label="By" value="model" options={[{ value: "model", label: "By model" }, { value: "agent", label: "By agent" }]} onChange={() => undefined} />);
  const group = screen.getByRole("group", { name: "By" });
  const sized = (wide: number, at: number) => {
    for (const [name, value] of [["scrollWidth", wide], ["clientWidth", 300], ["scrollLeft", at]] as const) Object.defineProperty(group, name, { configurable: true, writable: true, value });
  };
  sized(500, 0);
  act(() => measure());
  expect(group.dataset["more"]).toBe("after");
  sized(500, 90);
  fireEvent.scroll(group);
  expect(group.dataset["more"]).toBe("before after");
  sized(500, 200);
  fireEvent.scroll(group);
  expect(group.dataset["more"]).toBe("before");
  sized(300, 0);
  act(() => measure());
  expect(group.dataset["more"]).toBeUndefined();
});
