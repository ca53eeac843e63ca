import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { answering, placed } from "@/components/testing";
import { EXAMPLES } from "./examples";
import { Sql } from "./Sql";

test("before anything was asked, a press on an example writes it and runs it; afterwards they are a press away", async () => {
  const calls = answering({
    "GET /api/v1/sql/schema": { tables: [], functions: [] },
    "POST /api/v1/sql": { columns: [{ name: "tool", type: "string" }], rows: [["search"]], truncated: false, elapsed_ms: 3 },
  });
  await placed(<Sql />, "/sql");
  const list = await screen.findByRole("list", { name: "Examples" });
  expect(list.children).toHaveLength(EXAMPLES.length);
  await userEvent.click(screen.getByRole("button", { name: /Tools that fail most/ }));
  await screen.findByText("search");
  expect(screen.getByLabelText<HTMLTextAreaElement>("SQL query").value).toBe(EXAMPLES[1].query);
  expect(calls.some((call) => JSON.stringify(call).includes("/api/v1/sql"))).toBe(true);
  await userEvent.click(screen.getByRole("button", { name: "Examples" }));
  expect(screen.getAllByRole("button", { name: "Slowest spans" })).toHaveLength(1);
});
