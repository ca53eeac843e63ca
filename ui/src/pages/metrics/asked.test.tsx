import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { useNear } from "@/components/near";
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

function Far() {
  const [place, near] = useNear<HTMLParagraphElement>();
  const { data } = useRangeQuery(["x"], {}, 240, near);
  return <p ref={place}>{data ? "told" : "nothing yet"}</p>;
}

test("a panel is asked for once it comes near the screen", async () => {
  let come: (all: { isIntersecting: boolean }[]) => void = () => undefined;
  vi.stubGlobal("IntersectionObserver", class { constructor(seen: typeof come) { come = seen; } observe() { come([{ isIntersecting: false }]); } disconnect() { come = () => undefined; } });
  const asked = vi.spyOn(globalThis, "fetch").mockImplementation(() => Promise.resolve(Response.json({ status: "success", data: { resultType: "matrix", result: [] } })));
  const before = asked.mock.calls.length;
  await renderAt("/?range=2m", <QueryClientProvider client={new QueryClient()}><Far /></QueryClientProvider>);
  expect((await screen.findByText("nothing yet")).tagName).toBe("P");
  expect(asked.mock.calls.length).toBe(before);
  act(() => come([{ isIntersecting: true }]));
  await screen.findByText("told");
  vi.unstubAllGlobals();
});
