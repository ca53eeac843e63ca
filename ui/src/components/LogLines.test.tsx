import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { LogLines } from "./LogLines";
import { answering, placed } from "./testing";

const row = { id: "1", time: "2026-01-31T11:00:00Z", body: "first", level: "info", severity: 9, agent: "a", service: "", attributes: {}, resource_id: "0" };

test.each([[true, "asc", "oldest"], [false, "desc", "newest"]])("records stand in the order that is asked for, and say it: oldest first %s", async (oldestFirst, order, words) => {
  const calls = answering({ "GET /api/v1/logs": { items: [row], next: null } });
  await placed(<LogLines q="trace_id:1" oldestFirst={oldestFirst} />);
  await screen.findByRole("log", { name: `Log records, ${words} first` });
  expect(calls.some((call) => call.includes(`order=${order}`))).toBe(true);
});
