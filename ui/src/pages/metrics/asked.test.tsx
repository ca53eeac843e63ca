import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { renderAt } from "@/components/renderAt";
import { useRangeQuery } from "./result";

function Lines() {
  const { data } = useRangeQuery(["x"]);
  return <p>{data && JSON.stringify(data.lines.map((line) => [line.observed, line.values.filter((value) => value !== null)]))}</p>;
}

test("native histograms are asked for without their buckets, and drawn by their count", async () => {
  let at = 0;
  const asked = vi.spyOn(globalThis, "fetch").mockImplementation((_, init) => {
    at = Number((init?.body as URLSearchParams).get("start"));
    const histograms = [[at, { count: "7", sum: "1.5" }], [at + 1, { count: "9", sum: "2" }]];
    return Promise.resolve(Response.json({ status: "success", data: { resultType: "matrix", result: [{ metric: { model: "m" }, histograms }] } }));
  });
  await renderAt("/?range=2m", <QueryClientProvider client={new QueryClient()}><Lines /></QueryClientProvider>);
  await screen.findByText("[[true,[7,9]]]");
  expect(String(asked.mock.calls[0]?.[1]?.body)).toContain("histograms=totals");
});
