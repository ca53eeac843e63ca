import { screen, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { RuleGroup } from "@/lib/alerts";
import { answering, placed } from "@/components/testing";
import { EndedLately } from "./EndedLately";

const GROUPS: RuleGroup[] = [{ name: "g", file: "f.yaml", interval: 15, limit: 0, evaluationTime: 0, lastEvaluation: "", rules: [{ name: "Slow", query: "up", labels: {}, health: "ok", evaluationTime: 0, lastEvaluation: "", type: "alerting", state: "inactive", duration: 0, keepFiringFor: 0, annotations: {}, alerts: [] }] }];

afterEach(() => vi.restoreAllMocks());

test("what fired and no longer does is listed, with whom it was about and a way to its rule", async () => {
  const at = Math.floor(Date.now() / 1000) - 3600;
  const result = [{ metric: { __name__: "ALERTS", alertstate: "firing", alertname: "Slow", agent: "planner-7" }, values: [[at, "1"], [at + 60, "1"]] }];
  const calls = answering({ "POST /api/v1/query_range": { status: "success", data: { resultType: "matrix", result } } });
  await placed(<EndedLately groups={GROUPS} words="" />);
  const row = within(await screen.findByRole("grid", { name: "Ended lately" })).getAllByRole("row")[1];
  expect(row?.textContent).toMatch(/Slow.*planner-7.*2 min/);
  expect(screen.getByRole("link", { name: "Slow" }).getAttribute("href")).toContain("open=f.yaml");
  expect(calls).toHaveLength(1);
});
