import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Schema } from "@/api/client";
import type { LiveFleet } from "@/api/fleet";
import { answering, placed } from "@/components/testing";
import { Counters } from "./Fleet";
import { Gravest } from "./Gravest";
import { silences } from "./silent";

const finding = (id: string, more: Partial<Schema<"Finding">>) => ({ id, severity: "critical", title: id, subject_kind: "agent", subject: id, kind: "silence", participants: [], explanation: "", end: "2026-01-31T12:00:00Z", ...more }) as unknown as Schema<"Finding">;
const columns = { agent: ["a", "b", "c", "d"], states: ["idle", "abandoned"], state: Uint8Array.from([0, 1, 0, 0]), spans: Float64Array.from([0, 0, 9, 0]), errors: Float64Array.from([0, 0, 2, 0]) } as unknown as LiveFleet["columns"];

test("silent are those whom findings name and who do nothing still, each once; others of the fleet, and who is unknown, are not", () => {
  const found = [finding("node", { participants: ["a", "b", "c", "of another fleet"] }), finding("again", { participants: ["a", "b"] }), finding("d", {}), finding("gone", {})];
  expect(silences({ columns }, found).map((one) => [one.finding.id, one.lines])).toEqual([["node", [0, 1]], ["d", [3]]]);
});

test("silent agents stand beside those in trouble; who is counted there already is not counted again", async () => {
  const figures = { agents: 4, conditions: { working: 1 }, trouble: 1, spans_per_s: 1, error_ratio: 0, tokens_per_s: 1, cost_usd_per_hour: 1, health: 1 };
  const fleet = { columns, figures, past: [] } as unknown as LiveFleet;
  await placed(<Counters fleet={fleet} silent={silences({ columns }, [finding("node", { participants: ["a", "b", "d"] })])} />);
  expect(screen.getByText("In trouble").nextElementSibling?.textContent).toBe("1 and 2 silent");
  expect(screen.getByText("Errors").textContent).toBe("Errors 1 agent");
  expect(screen.getByRole("link", { name: "1 agent" }).getAttribute("href")).toBe("/agents?q=errors%3E0&sort=-errors");
});

const group = (id: string, more: Partial<Schema<"Finding">>) => ({ count: 1, newest: finding(id, more) });

test("what is critical comes before what is high, however much older it is, and what is both comes once", async () => {
  const calls = answering({
    "GET /api/v1/findings/groups?start=-15m&feedback=open&severity=critical": { items: [group("newer critical", { subject: "x" }), group("old critical", { subject: "y" })] },
    "GET /api/v1/findings/groups?start=-15m&feedback=open&severity=high": { items: [group("x again", { subject: "x", severity: "high" }), ...["1", "2", "3", "4"].map((n) => group(`high ${n}`, { severity: "high", end: "2026-01-31T12:09:00Z" }))] },
  });
  await placed(<Gravest />);
  await screen.findByText("old critical");
  expect(screen.getAllByRole("listitem").map((line) => line.querySelector("strong")?.textContent)).toEqual(["newer critical", "old critical", "high 1", "high 2", "high 3"]);
  expect(calls).toHaveLength(2);
});
