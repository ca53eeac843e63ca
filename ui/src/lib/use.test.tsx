import { act, render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { useLarge } from "./use";

function Large() {
  return <output>{useLarge()}</output>;
}

test("a wall screen draws larger the wider it is, and never smaller than can be read from some way off", () => {
  render(<Large />);
  const at = (width: number) => {
    act(() => {
      window.innerWidth = width;
      window.dispatchEvent(new Event("resize"));
    });
    return Number(screen.getByRole("status").textContent);
  };
  expect([1024, 1920, 3840].map(at)).toEqual([1.25, 1.5, 3]);
});
