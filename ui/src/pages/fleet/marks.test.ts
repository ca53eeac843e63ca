import { expect, test } from "vitest";
import type { LiveFleet } from "@/api/fleet";
import { ERRING, FAINT, marksOf, RINGED } from "./marks";

const states = ["working", "wedged", "failing", "idle"];

function fleetOf(rows: [state: string, errors: number][], changes: LiveFleet["changes"] = []) {
  const columns = { states, state: Uint8Array.from(rows, ([state]) => states.indexOf(state)), errors: Float64Array.from(rows, ([, errors]) => errors) };
  return { columns, changes, figures: { time: "2026-01-31T12:00:00Z" } } as unknown as LiveFleet;
}

test("who has errors is marked where its state does not tell of them", () => {
  expect([...marksOf(fleetOf([["working", 2], ["working", 0], ["idle", 1], ["wedged", 3], ["failing", 9]]), undefined)]).toEqual([ERRING, 0, ERRING, 0, 0]);
});

test("who came into trouble just now is ringed as long as that lasts; who is not meant is faint, errors or none", () => {
  const at = Date.parse("2026-01-31T11:59:30Z");
  const changes = [0, 1, 2].map((line) => ({ line, time_ms: at, before: "working", after: "wedged" }));
  const fleet = fleetOf([["wedged", 0], ["working", 1], ["wedged", 0], ["idle", 4]], changes);
  expect([...marksOf(fleet, undefined)]).toEqual([RINGED, ERRING, RINGED, ERRING]);
  expect([...marksOf(fleet, new Set([1, 2]))]).toEqual([FAINT, ERRING, RINGED, FAINT]);
});
