import { screen, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { RuleGroup } from "@/lib/alerts";
import { placed } from "@/components/testing";
import { EndedLately } from "./EndedLately";

const GROUPS: RuleGroup[] = [{ name: "g", file: "f.yaml", interval: 15, limit: 0, evaluationTime: 0, lastEvaluation: "", rules: [{ name: "Slow", query: "lag > 4", labels: {}, health: "ok", evaluationTime: 0, lastEvaluation: "", type: "alerting", state: "inactive", duration: 0, keepFiringFor: 0, annotations: { summary: "{{ $labels.agent }} lags by {{ $value }} s" }, alerts: [] }] }];

afterEach(() => vi.restoreAllMocks());

test("what fired and no longer does is listed, with whom it was about and a way to its rule", async () => {
  const at = Math.floor(Date.now() / 1000) - 3600;
  const result = [{ metric: { __name__: "ALERTS", alertstate: "firing", alertname: "Slow", agent: "planner-7" }, values: [[at, "1"], [at + 60, "1"]] }];
  const asked: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_, init) => {
    const query = (init?.body as URLSearchParams).get("query") ?? "";
    asked.push(query);
    return Response.json({ status: "success", data: { resultType: "matrix", result: query === "lag > 4" ? [{ metric: { agent: "planner-7" }, values: [[at, "5"], [at + 60, "6.5"]] }] : result } });
  });
  await placed(<EndedLately groups={GROUPS} words="" />);
  const row = within(await screen.findByRole("grid", { name: "Ended lately" })).getAllByRole("row")[1];
  await screen.findByText("planner-7 lags by 6.5 s");
  expect(row?.textContent).toMatch(/Slow.*planner-7.*6\.5.*2 min/);
  expect(screen.getByRole("link", { name: "Slow" }).getAttribute("href")).toContain("open=f.yaml");
  expect(asked.slice(1)).toEqual(["lag > 4"]);
});

test("a rule whose values are refused keeps those of the others from nobody", async () => {
  const at = Math.floor(Date.now() / 1000) - 3600;
  const fired = (alertname: string) => ({ metric: { __name__: "ALERTS", alertstate: "firing", alertname, agent: "planner-7" }, values: [[at, "1"], [at + 60, "1"]] });
  const [group] = GROUPS;
  const [rule] = group?.rules ?? [];
  const groups = [{ ...group, rules: [rule, { ...rule, name: "Heavy", query: "much > 1" }] }] as RuleGroup[];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_, init) => {
    const query = (init?.body as URLSearchParams).get("query") ?? "";
    if (query === "much > 1") return Response.json({ status: "error", errorType: "timeout", error: "too much" }, { status: 503 });
    return Response.json({ status: "success", data: { resultType: "matrix", result: query === "lag > 4" ? [{ metric: { agent: "planner-7" }, values: [[at, "6.5"]] }] : [fired("Slow"), fired("Heavy")] } });
  });
  await placed(<EndedLately groups={groups} words="" />);
  await screen.findByText("planner-7 lags by 6.5 s");
  expect(screen.getByText("much > 1")).toBeTruthy();
});
