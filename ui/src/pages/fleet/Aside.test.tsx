import { act, fireEvent, screen, within } from "@testing-library/react";
import { useState } from "react";
import { expect, test } from "vitest";
import type { LiveFleet } from "@/api/fleet";
import { renderAt } from "@/components/renderAt";
import { Aside, failures, filterOf, kindsOf, recent } from "./Aside";
import type { Silence } from "./silent";

const states = ["working", "waiting", "looping", "wedged", "idle", "abandoned", "failing"];

function fleetOf(rows: [string, string, number, number][]): LiveFleet {
  const numbers = (at: 2 | 3) => Float64Array.from(rows, (row) => row[at]);
  const columns = { states, agent: rows.map((r) => r[0]), state: Uint8Array.from(rows, (r) => states.indexOf(r[1])), spans: numbers(2), errors: numbers(3), since_ms: new Float64Array(rows.length) };
  return { columns } as unknown as LiveFleet;
}

test("in trouble are those whom the counter counts, the gravest first; whose spans merely fail is listed apart, the most first", () => {
  const fleet = fleetOf([["well", "working", 50, 0], ["failing", "failing", 10, 5], ["looping", "looping", 50, 0], ["stuck", "wedged", 0, 0], ["gone", "abandoned", 0, 0], ["one error", "working", 400, 1], ["one of one", "idle", 1, 1], ["two of six", "working", 6, 2]]);
  const names = (lines: number[]) => lines.map((line) => fleet.columns.agent[line]);
  const { trouble, errs } = kindsOf(fleet);
  expect(names(trouble.first)).toEqual(["stuck", "looping", "failing", "gone"]);
  expect(names(errs.first)).toEqual(["two of six", "one of one", "one error"]);
  expect([trouble.n, errs.n]).toEqual([4, 3]);
});

test("of a whole fleet the first are those that would be first if all were in order, and all are counted", () => {
  const rows = Array.from({ length: 500 }, (_, i): [string, string, number, number] => [`a-${i}`, i % 3 ? "working" : "wedged", 1 + ((i * 37) % 101), (i * 53) % 7]);
  const fleet = fleetOf(rows);
  rows.forEach((_, i) => (fleet.columns.since_ms[i] = (i * 31) % 97));
  const share = (i: number) => Math.min(1, (rows[i]?.[3] ?? 0) / Math.max(4, rows[i]?.[2] ?? 0));
  const sorted = (wanted: (i: number) => boolean) => rows.map((_, i) => i).filter(wanted).sort((a, b) => share(b) - share(a) || (fleet.columns.since_ms[b] ?? 0) - (fleet.columns.since_ms[a] ?? 0));
  const { trouble, errs } = kindsOf(fleet);
  for (const [kind, all] of [[trouble, sorted((i) => i % 3 === 0)], [errs, sorted((i) => i % 3 !== 0 && (rows[i]?.[3] ?? 0) > 0)]] as const) {
    expect(kind.n).toBe(all.length);
    expect(kind.first).toEqual(all.slice(0, kind.first.length));
    expect(kind.first.length).toBeGreaterThan(8);
    expect(all.every(kind.is)).toBe(true);
  }
});

test("each part counts all of its agents, says how many are told of above, and leads to exactly them", async () => {
  const fleet = { ...fleetOf([["stuck", "wedged", 0, 0], ["looping", "looping", 50, 0], ["errs", "working", 10, 1]]), figures: { time: "2026-01-31T12:00:00Z" } } as LiveFleet;
  fleet.columns.name = ["", "", ""];
  fleet.changes = [{ line: 0, time_ms: Date.parse("2026-01-31T11:59:00Z"), before: "working", after: "wedged" }];
  await renderAt("/", <Aside fleet={fleet} silent={[]} />);
  const part = (name: string) => within(screen.getByRole("region", { name }));
  expect(part("In trouble").getByRole("heading").textContent).toBe("In trouble2, 1 of them above");
  expect(part("In trouble").getAllByRole("listitem").map((line) => line.textContent)).toEqual([expect.stringContaining("looping")]);
  expect(part("Errors, not in trouble").getByRole("listitem").textContent).toMatch(/errors.*errs.*1 of 10 failed/);
  const asked = (name: string) => new URL(part(name).getByRole<HTMLAnchorElement>("link", { name: /^All/ }).href).searchParams.get("q");
  expect([asked("In trouble"), asked("Errors, not in trouble")]).toEqual(["condition:wedged,looping,failing,abandoned", "errors>0 -condition:wedged,looping,failing,abandoned"]);
});

const erringFleet = (rows: [string, number][]) => {
  const fleet = { ...fleetOf(rows.map(([agent, errors]) => [agent, "working", 10, errors])), changes: [], figures: { time: "2026-01-31T12:00:00Z" } } as unknown as LiveFleet;
  fleet.columns.name = rows.map(() => "");
  return fleet;
};

test("those for whom there is no room are one press away", async () => {
  await renderAt("/", <Aside fleet={erringFleet(Array.from({ length: 11 }, (_, i) => [`agent-${i}`, 1]))} silent={[]} />);
  const more = screen.getByRole<HTMLAnchorElement>("link", { name: "and 3 more" });
  expect(new URL(more.href).searchParams.get("q")).toBe("errors>0 -condition:wedged,looping,failing,abandoned");
});

test("what one points at keeps its order, how many changed is told, and taken in when one points elsewhere", async () => {
  let become: (fleet: LiveFleet) => void = () => undefined;
  function Live() {
    const [fleet, setFleet] = useState(erringFleet([["a", 5], ["b", 4], ["c", 3]]));
    become = setFleet;
    return <Aside fleet={fleet} silent={[]} />;
  }
  await renderAt("/", <Live />);
  const lines = () => within(screen.getByRole("region", { name: "Errors, not in trouble" })).getAllByRole("listitem").map((line) => line.querySelector("strong")?.textContent);
  expect(lines()).toEqual(["a", "b", "c"]);
  const content = screen.getByRole("region", { name: "In trouble" }).parentElement as HTMLElement;
  fireEvent.pointerEnter(content);
  act(() => become(erringFleet([["a", 1], ["b", 4], ["c", 3], ["d", 9]])));
  expect(lines()).toEqual(["a", "b", "c"]);
  expect(screen.getByText("1 of 10 failed")).toBeTruthy();
  expect(screen.getByRole("button", { name: "2 changed" })).toBeTruthy();
  fireEvent.pointerLeave(content);
  expect(lines()).toEqual(["d", "b", "c", "a"]);
  expect(screen.queryByRole("button", { name: /changed$/ })).toBeNull();
});

test("where nobody is listed nothing is held: the first who come are shown, whatever one points at", async () => {
  let set: (fleet: LiveFleet) => void = () => undefined;
  function Later() {
    const [fleet, setFleet] = useState(erringFleet([["a", 0]]));
    set = setFleet;
    return <Aside fleet={fleet} silent={[]} />;
  }
  const { container } = await renderAt("/", <Later />);
  fireEvent.pointerEnter(container.querySelector("section > div > div") as Element);
  act(() => set(erringFleet([["a", 3]])));
  expect(screen.getByText("3 of 10 failed")).toBeTruthy();
  act(() => set(erringFleet([["a", 3], ["b", 4]])));
  expect(screen.getByRole("button", { name: "1 changed" })).toBeTruthy();
});

test("what changed stands first, the newest on top; who is in trouble stands out there, and others who are follow", async () => {
  const at = (seconds: number) => Date.parse("2026-01-31T12:00:00Z") - seconds * 1000;
  const fleet = { ...fleetOf([["stuck", "wedged", 0, 0], ["well", "working", 50, 0], ["long stuck", "wedged", 0, 0]]), figures: { time: "2026-01-31T12:00:00Z" } } as LiveFleet;
  fleet.columns.name = ["", "", ""];
  fleet.changes = [{ line: 0, time_ms: at(90), before: "working", after: "wedged" }, { line: 1, time_ms: at(5), before: "wedged", after: "working" }];
  await renderAt("/", <Aside fleet={fleet} silent={[]} />);
  expect(screen.getAllByRole("heading").map((one) => one.textContent)).toEqual(["Just changed", "In trouble2, 1 of them above", "Errors, not in trouble"]);
  const [changed, others] = screen.getAllByRole("list").map((list) => within(list).getAllByRole("link").map((link) => [link.querySelector("strong")?.textContent, /grave/.test(link.className)]));
  expect(changed).toEqual([["well", false], ["stuck", true]]);
  expect(others).toEqual([["long stuck", true]]);
});

test("who a finding calls silent stands first of what changed, though the fleet counts it as idle, and leads to the finding", async () => {
  const fleet = { ...fleetOf([["a", "idle", 0, 0], ["b", "idle", 0, 0]]), figures: { time: "2026-01-31T12:00:00Z" }, changes: [] } as unknown as LiveFleet;
  const finding = { id: "f1", severity: "critical", title: "All 2 agents of node-7 are silent", explanation: "Nothing.", end: "2026-01-31T12:00:00Z" } as Silence["finding"];
  await renderAt("/", <Aside fleet={fleet} silent={[{ finding, lines: [0, 1] }]} />);
  const line = screen.getByRole("link", { name: /All 2 agents of node-7 are silent/ });
  expect([line.getAttribute("href"), /grave/.test(line.className)]).toEqual(["/findings/f1", true]);
  expect(screen.queryByText(/nobody came into trouble/)).toBeNull();
});

test("who works on while spans fail is listed for that; who is stuck or loops says since when", () => {
  const fleet = fleetOf([["well", "working", 50, 0], ["failing", "failing", 10, 5], ["looping", "looping", 50, 3], ["late", "idle", 0, 2]]);
  expect([0, 1, 2, 3].map((line) => failures(fleet, line))).toEqual(["", "5 of 10 failed", "", "2 of 2 failed"]);
});

test("a group is filtered by its name, a drawn selection by its agents, and what is too long by nothing", () => {
  expect(filterOf(["a"], "model", "gpt 4o")).toBe('model:"gpt 4o"');
  expect(filterOf(["a", "b c"], "kind", "")).toBe('agent:a,"b c"');
  expect(filterOf(["a"], "community", "around a")).toBe("agent:a");
  expect(filterOf(["a"], "team", "no team")).toBe("agent:a");
  expect(filterOf(Array.from({ length: 2000 }, (_, i) => `agent-${i}`), "kind", "")).toBeUndefined();
});

test("of each agent the newest change is told; a crowd of new ones is counted", () => {
  const change = (line: number, seconds: number, before: string, after: string) => ({ line, time_ms: Date.parse("2026-01-31T12:00:00Z") - seconds * 1000, before, after });
  const figures = { time: "2026-01-31T12:00:00Z", fresh: 1 } as LiveFleet["figures"];
  const few = [change(1, 50, "working", "wedged"), change(1, 20, "wedged", "working"), change(2, 5, "", "idle"), change(3, 3600, "working", "looping")];
  expect(recent({ figures, changes: few }).listed.map((c) => [c.line, c.after])).toEqual([[2, "idle"], [1, "working"]]);
  expect(recent({ figures, changes: [change(4, 9, "idle", "wedged"), change(4, 9, "wedged", "idle")] }).listed.map((c) => c.after)).toEqual(["idle"]);
  const crowd = Array.from({ length: 40 }, (_, i) => change(10 + i, 5, "", "idle"));
  // As many as the server counts, however few of their changes are still known.
  const { listed, fresh } = recent({ figures: { ...figures, fresh: 200 }, changes: [...few, ...crowd] });
  expect([listed.map((c) => c.line), fresh]).toEqual([[1], 200]);
});
