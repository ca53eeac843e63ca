import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { costless, Spent } from "./Spent";

const shown = (usd: number, unpriced: string[] | boolean) => {
  const { container } = render(<Spent usd={usd} unpriced={unpriced} />);
  return container.textContent;
};

test("what a model without a price used is not free: nothing is unpriced, and a part is not the whole", () => {
  expect([shown(0, []), shown(0, false), shown(0.012, [])]).toEqual(["$0", "$0", "$0.012"]);
  expect([shown(0, ["llama"]), shown(0, true), shown(0.012, ["llama", "own-9b"])]).toEqual(["unpriced", "unpriced", "≥ $0.012"]);
  expect(screen.getByTitle("The price table has no price for llama, own-9b: what it used comes on top").textContent).toBe("≥ $0.012");
});

test("free is what used no tokens", () => {
  const used = (input_tokens: number, cost_usd: number) => costless({ input_tokens, output_tokens: 0, cost_usd });
  expect([used(0, 0), used(5, 0), used(5, 0.1)]).toEqual([false, true, false]);
});
