import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { useCommunities } from "./communities";
import { renderAt } from "./renderAt";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function Told() {
  const { data } = useCommunities({ start: "-1h" }, false);
  return <p>{data ? `${data.of("c")} ${data.titleOf("c")}, ${data.titleOf("a")}` : "…"}</p>;
}

test("numbers of communities are names, not places: one that is left out shifts no other's title", async () => {
  const community = (number: number, lead: string) => ({ number, size: 2, inside: 1, lead, name: lead });
  const answer = { window: { start: "", end: "" }, communities: [community(4, "c"), community(0, "a")], agent: ["a", "b", "c", "d"], community: [0, 0, 4, 4] };
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(answer), { headers: { "content-type": "application/json" } })));
  await renderAt("/", <QueryClientProvider client={new QueryClient()}><Told /></QueryClientProvider>);
  expect(await screen.findByText("4 around c, around a")).toBeTruthy();
});
