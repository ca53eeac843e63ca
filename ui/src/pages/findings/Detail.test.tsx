import { screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { answering, placed } from "@/components/testing";
import { Later } from "@/components/Later";
import { Detail } from "./Detail";

const FINDING = {
  id: "f1", detector: "loop", version: "1", kind: "loop", severity: "high", subject_kind: "agent", subject: "a", signal: "", title: "a repeats search", explanation: "25 calls.", recommendation: "", score: 9, confidence: 0.999,
  observed: 25, expected: 1, lower: null, upper: null, features: [], evidence: [], cohort: "", participants: [], lead_ns: 0, start: "2026-01-31T12:00:00Z", end: "2026-01-31T12:01:00Z", found: "2026-01-31T12:01:00Z", labels: {}, feedback: null, unit: "", threshold: null,
};

afterEach(() => vi.restoreAllMocks());

async function seen(more: object): Promise<string | null> {
  const calls = answering({ "GET /api/v1/findings/f1": { ...FINDING, ...more }, "GET /api/v1/findings?": { items: [], next: null }, "GET /api/v1/detectors": { items: [] } });
  const { unmount } = await placed(<Detail id="f1" onClose={() => undefined} />);
  const words = (await screen.findByRole("region", { name: "Observed and expected" })).textContent;
  expect(calls.filter((call) => call.includes("/normal"))).toEqual([]);
  unmount();
  return words;
}

test("what a detector counts by itself is told in its unit, and no signal is drawn for it", async () => {
  expect(await seen({})).toBe("Seen25 calls25 times as muchUsual1");
  expect(await seen({ kind: "retry_storm", observed: 65, expected: 0.5 })).toContain("Seen65 retries");
  expect(await seen({ kind: "cost_runaway", observed: 0.3, expected: 0.1 })).toContain("Seen$0.30 a minute");
});

test("of a warning ahead what is forecast is not told as usual", async () => {
  expect(await seen({ kind: "cost_forecast", subject_kind: "fleet", subject: "", observed: 2, expected: 4, lead_ns: 6e10 })).toContain("To come");
  expect(await seen({ kind: "other", observed: 2, expected: 4 })).toContain("Usual");
});

test("what became of a finding is told: that it is over, whether what was foretold came, or that it was due", async () => {
  const at = { start: "2026-01-31T12:00:00Z", end: "2026-01-31T12:03:00Z", lead_ns: 0, over: null, outcome: null };
  const told = async (more: object) => {
    const { container, unmount } = await placed(<Later finding={{ ...at, ...more }} />);
    const words = container.textContent;
    unmount();
    return words;
  };
  expect(await told({})).toBe("");
  expect(await told({ over: "2026-01-31T12:03:00Z" })).toBe("over after 3 min");
  expect(await told({ lead_ns: 6e10, outcome: "did not come" })).toBe("did not come");
  expect(await told({ lead_ns: 6e10 })).toMatch(/^was due /);
  expect(await told({ end: new Date().toISOString(), lead_ns: 6e11 })).toBe("");
});
