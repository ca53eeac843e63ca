import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { answering, placed } from "@/components/testing";
import { Commands } from "./Commands";

HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
  this.open = false;
};

const ID = "0f".repeat(16);
const NOTHING = {
  "GET /api/v1/agents": { items: [] },
  "GET /api/v1/sessions": { items: [] },
  "GET /api/v1/workflows": { items: [] },
  "GET /api/v1/facets": { facets: [] },
  "GET /api/v1/findings/groups": { items: [] },
};

async function looked(words: string, answers: Record<string, unknown> = {}) {
  const calls = answering({ ...NOTHING, ...answers });
  const at = await placed(<Commands onClose={vi.fn()} onHelp={vi.fn()} />);
  await userEvent.type(screen.getByLabelText("Search and commands", { selector: "input" }), words);
  return { ...at, calls };
}

test("a state leads to the agents that are in it", async () => {
  const { where } = await looked("looping");
  await userEvent.click(screen.getByRole("option", { name: /^Agents: looping/ }));
  expect(decodeURIComponent(where())).toBe("/agents?q=condition:looping");
});

test("a finding is found by words of its title, each subject and kind once", async () => {
  const { calls, where } = await looked("node-0007", { "GET /api/v1/findings/groups": { items: [{ count: 3, newest: { id: ID, title: "node-0007 fell silent", severity: "high" } }] } });
  await userEvent.click(await screen.findByRole("option", { name: /node-0007 fell silent.*3 times/ }));
  expect(where()).toBe(`/findings/${ID}`);
  expect(calls.some((call) => call.startsWith("GET /api/v1/findings/groups") && call.includes("q=node-0007"))).toBe(true);
});

test("a link is copied that keeps both ends of the time range, wherever it is opened", async () => {
  const copied = vi.fn<(text: string) => Promise<void>>(() => Promise.resolve());
  answering(NOTHING);
  await placed(<Commands onClose={vi.fn()} onHelp={vi.fn()} />, "/traces?range=1h&q=status%3Aerror&live=false");
  await userEvent.type(screen.getByLabelText("Search and commands", { selector: "input" }), "copy a link");
  vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText: copied } });
  await userEvent.click(screen.getByRole("option", { name: /^Copy a link with these times.*Last hour/ }));
  const link = new URL(copied.mock.calls[0]?.[0] ?? "");
  const [from, to] = (link.searchParams.get("range") ?? "").split("~").map((end) => Date.parse(end));
  expect((to ?? 0) - (from ?? 0)).toBe(3_600_000);
  expect([link.pathname, link.searchParams.get("q"), link.searchParams.get("live")]).toEqual(["/traces", "status:error", null]);
  vi.unstubAllGlobals();
});

test.each(["how much did we spend", "spend", "money"])("whoever asks “%s” is offered Cost", async (words) => {
  const { where } = await looked(words);
  await userEvent.click(screen.getByRole("option", { name: /^Cost/ }));
  expect(where()).toBe("/cost");
});
