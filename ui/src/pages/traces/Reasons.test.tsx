import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { Schema } from "@/api/client";
import { placed } from "@/components/testing";
import { Reasons } from "./Reasons";

const failed = (why: string, i: number) => ({ span_id: why, parent_span_id: null, name: why, status: "error", status_message: why, agent: "", tool: why, model: "", depth: 0, offset_ns: i, duration_ns: 1, messages: [], attributes: {} }) as unknown as Schema<"Span">;

test("more reasons than are shown are a press away, whatever the view", async () => {
  const all = vi.fn();
  await placed(<Reasons spans={["timed out", "refused", "not found", "too long", "no such tool"].map(failed)} errors={5} onOpen={() => undefined} onAll={all} />);
  expect(screen.getAllByRole("listitem")).toHaveLength(3);
  await userEvent.click(screen.getByRole("button", { name: "show all that failed" }));
  expect(all).toHaveBeenCalledOnce();
});
