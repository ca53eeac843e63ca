import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { answering, placed } from "@/components/testing";
import { change, WhatIf } from "./WhatIf";

test("what is dearer or cheaper has its sign, what is as good as the same has none", () => {
  expect([change(10, 15), change(10, 1), change(10, 10)]).toEqual(["+50 %", "−90 %", "0 %"]);
  expect([change(10_000, 10_001), change(10_000, 9_999)]).toEqual(["about 0 %", "about 0 %"]);
  expect(change(0, 1)).toBe("—");
});

test("models that many know are there to press, where they have a price", async () => {
  answering({ "GET /api/v1/prices": { prices: [{ model: "gpt-4o-mini", input_usd: 1, output_usd: 2 }, { model: "my-own", input_usd: 1, output_usd: 2 }] } });
  const chosen = vi.fn();
  await placed(<WhatIf q="" model="" onModel={chosen} />);
  await userEvent.click(await screen.findByRole("button", { name: "gpt-4o-mini" }));
  expect(chosen).toHaveBeenCalledWith("gpt-4o-mini");
  expect(screen.queryByRole("button", { name: "deepseek-chat" })).toBeNull();
});

test("a model whose price nobody knows is unpriced, not free", async () => {
  const row = { model: "my-own", operation: "chat", spans: 1, input_tokens: 10, cached_tokens: 0, output_tokens: 2, actual_usd: 0, same_cache_usd: 0.5, no_cache_usd: 0.5 };
  answering({ "GET /api/v1/prices": { prices: [] }, "GET /api/v1/cost/what-if": { complete: true, model: "gpt-4o-mini", matched: "gpt-4o-mini", input_usd: 1, output_usd: 2, cached_usd: null, actual_usd: 0, same_cache_usd: 0.5, no_cache_usd: 0.5, items: [row] } });
  await placed(<WhatIf q="" model="gpt-4o-mini" onModel={vi.fn()} />);
  await screen.findByText("unpriced");
});
