import { screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { Schema } from "@/api/client";
import { answering, placed } from "@/components/testing";
import { Unpriced } from "./Cost";

afterEach(() => vi.restoreAllMocks());

const row = (key: string, priced: boolean) => ({ key, priced, input_tokens: 900, output_tokens: 100 }) as Schema<"CostRow">;

test("models without a price are named also where costs are listed by something else", async () => {
  const calls = answering({ "GET /api/v1/cost": { items: [row("gpt-4o", true), row("my-own", false)] } });
  await placed(<Unpriced models={[]} of="team:blue" />);
  expect((await screen.findByRole("note")).textContent).toContain("No price is known for my-own: 1,000 tokens are counted as free.");
  expect(calls).toEqual([expect.stringMatching(/by=model.*q=team/)]);
});

test("a list by model tells by itself which have none", async () => {
  const calls = answering({});
  await placed(<Unpriced models={[row("my-own", false)]} of={undefined} />);
  expect(screen.getByRole("note").textContent).toContain("my-own");
  expect(calls).toEqual([]);
});
