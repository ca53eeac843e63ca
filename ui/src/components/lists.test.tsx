import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import type { Schema } from "@/api/client";
import { FindingLines } from "./FindingLines";
import { LogTable, type LogRow } from "./LogTable";
import { SpanList } from "./SpanList";
import { answering, placed } from "./testing";
import { repeats, TraceList, type TraceRow } from "./TraceList";

const HOSTILE = '<img src=x onerror="alert(1)"> \u202Eevil';
const AT = "2026-01-31T12:00:00Z";
afterEach(() => vi.restoreAllMocks());

const trace = (trace_id: string, more: Partial<TraceRow> = {}) =>
  ({ trace_id, name: `trace ${trace_id}`, agent: "planner", agents: ["planner"], service: "", models: [], errors: 0, pending: 0, duration_ns: 1e9, spans: 1, rooted: true, input_tokens: 0, output_tokens: 0, cost_usd: 0, unpriced: [], start_time: AT, matched_time: AT, ...more }) as TraceRow;

test("a trace is told by its name, who worked, and how it ended: failed before running before ok", async () => {
  await placed(<TraceList label="Traces" traces={[trace("a", { errors: 2, pending: 1, agents: ["planner", "researcher", "critic"] }), trace("b", { pending: 3 }), trace("c", { name: "", agent: "", service: "shop" })]} />);
  const [failed, running, fine] = screen.getAllByRole("row").slice(1).map((row) => row.textContent ?? "");
  expect(failed).toContain("2 failed");
  expect(failed).not.toContain("running");
  expect(failed).toContain("planner +2");
  expect(running).toContain("running");
  expect(fine).toMatch(/unnamed.*shop.*ok/);
});

test("of a young trace whose root has not come more is awaited, of an old one no more", async () => {
  const lately = new Date(Date.now() - 20_000).toISOString();
  await placed(<TraceList label="Traces" traces={[trace("a", { rooted: false, start_time: lately }), trace("b", { start_time: lately }), trace("c", { rooted: false })]} />);
  const [young, whole, old] = screen.getAllByRole("row").slice(1).map((row) => row.textContent ?? "");
  expect([/running/.test(young ?? ""), /running/.test(whole ?? ""), /running/.test(old ?? "")]).toEqual([true, false, false]);
  expect(screen.getByTitle("its first span never came").textContent).toBe("ok");
});

test("the longest trace of the page sets the scale of the bars, and the shortest is still seen", async () => {
  const { container } = await placed(<TraceList label="Traces" traces={[trace("a", { duration_ns: 4e9 }), trace("b", { duration_ns: 1e9 }), trace("c", { duration_ns: 0 })]} />);
  expect([...container.querySelectorAll<HTMLElement>("[style*='%']")].map((bar) => bar.style.width)).toEqual(["100%", "25%", "1.5%"]);
});

test("a list of traces that can be sorted says by which span it stands, and turns round", async () => {
  const sort = vi.fn();
  await placed(<TraceList label="Traces" traces={[trace("a")]} sort={{ id: "time", desc: true }} onSort={sort} />);
  await userEvent.click(screen.getByRole("button", { name: /Newest span/ }));
  expect(sort).toHaveBeenCalledWith({ id: "time", desc: false });
});

test("a trace opens by keys and by its name; markup in a name stays text", async () => {
  const { container, where } = await placed(<TraceList label="Traces" traces={[trace("a"), trace("b", { name: HOSTILE, agent: HOSTILE, agents: [HOSTILE], models: [HOSTILE] })]} />);
  expect(container.querySelector("img")).toBeNull();
  expect(screen.getByRole("link", { name: HOSTILE }).getAttribute("href")).toBe("/traces/b");
  screen.getByRole("grid", { name: "Traces" }).focus();
  await userEvent.keyboard("{ArrowDown}{ArrowDown}{Enter}");
  await waitFor(() => expect(where()).toBe("/traces/b"));
});

const span = (span_id: string, more: Partial<Schema<"SpanRow">> = {}) => ({ trace_id: "t", span_id, name: `step ${span_id}`, operation: "chat", tool: "", model: "gpt-4o", peer_agent: "", status: "ok", status_message: "", pending: false, duration_ns: 1e9, cost_usd: 0, start_time: AT, ...more }) as Schema<"SpanRow">;

test("a span tells what it did, with what, and how it ended; one that runs has no outcome yet", async () => {
  const { container } = await placed(<SpanList label="Spans" spans={[span("1", { status: "error", status_message: HOSTILE }), span("2", { status: "error" }), span("3", { status: "error", pending: true }), span("4", { operation: "execute_tool", tool: "search" }), span("5", { status: "unset" })]} />);
  const rows = screen.getAllByRole("row").slice(1);
  expect(rows.map((row) => within(row).getAllByRole("gridcell")[2]?.textContent)).toEqual([HOSTILE, "failed", "running", "ok", "—"]);
  expect(rows.map((row) => within(row).getAllByRole("gridcell")[1]?.textContent)).toEqual(["gpt-4o", "gpt-4o", "gpt-4o", "search", "gpt-4o"]);
  expect(within(rows[3] as HTMLElement).getByTitle("Tool")).toBeTruthy();
  expect(container.querySelector("img")).toBeNull();
});

test("why a span failed has more room than its name", async () => {
  await placed(<SpanList label="Spans" spans={[span("1")]} />);
  const shares = [...screen.getByRole("grid", { name: "Spans" }).style.getPropertyValue("--columns").matchAll(/(\d+)fr/g)].map(([, share]) => Number(share));
  expect(shares).toHaveLength(3);
  expect(shares.indexOf(Math.max(...shares))).toBe(2);
});

test("a span opens in its trace, in the waterfall, with itself chosen", async () => {
  const { where } = await placed(<SpanList label="Spans" spans={[span("1"), span("2")]} />);
  screen.getByRole("grid").focus();
  await userEvent.keyboard("{End}{Enter}");
  await waitFor(() => expect(new URL(where(), "http://x").pathname).toBe("/traces/t"));
  expect(new URL(where(), "http://x").search).toMatch(/span=.*2.*view=waterfall/);
});

const finding = (id: string, more: Partial<Schema<"Finding">> = {}) => ({ id, title: `finding ${id}`, severity: "high", explanation: "why", end: AT, feedback: null, ...more }) as Schema<"Finding">;

test("a finding is a link that tells its severity, how often, and that people called it false; what others named stays text", async () => {
  const { container } = await placed(<FindingLines label="Findings" items={[finding("a"), finding("b", { title: HOSTILE, feedback: "false", severity: "low" }), finding("c", { feedback: "true" })]} times={[12, 1]} />);
  const lines = within(screen.getByRole("list", { name: "Findings" })).getAllByRole("link");
  expect(lines.map((line) => line.getAttribute("href"))).toEqual(["/findings/a", "/findings/b", "/findings/c"]);
  expect(lines[0]?.textContent).toContain("12×");
  expect(lines.slice(1).some((line) => line.textContent?.includes("×"))).toBe(false);
  expect(lines.map((line) => line.textContent?.includes("false alarm"))).toEqual([false, true, false]);
  expect(lines.map((line) => within(line).getByRole("img").getAttribute("aria-label"))).toEqual(["high", "low", "high"]);
  expect(container.querySelector("img:not([role])")).toBeNull();
});

test("no findings are no lines", async () => {
  await placed(<FindingLines label="Findings" items={[]} />);
  expect(within(screen.getByRole("list", { name: "Findings" })).queryAllByRole("listitem")).toEqual([]);
});

const line = (id: string, more: Partial<LogRow> = {}) => ({ id, level: "error", time: AT, observed_time: AT, body: `line ${id}`, agent: "planner", attributes: {}, dropped_attributes_count: 0, event_name: "", resource_id: "r", scope_name: "", scope_version: "", service: "", session: "", severity: 17, severity_text: "", span_id: null, trace_id: null, ...more }) as LogRow;

test("a line's text is one line while shut and as it was sent when opened; only one is open; its resource is asked for then", async () => {
  const calls = answering({ "GET /api/v1/resources/r": { attributes: { "service.name": "shop" } } });
  const { container } = await placed(<LogTable label="Lines" rows={[line("1", { body: `first\n${HOSTILE}`, dropped_attributes_count: 2 }), line("2", { body: { text: "a record" } as never })]} actions={(row) => <button type="button">around {row.id}</button>} />);
  expect(calls).toEqual([]);
  const [first, second] = screen.getAllByRole("button", { name: /ERROR/ });
  expect(first?.textContent).toContain(`first ${HOSTILE}`);
  await userEvent.click(first as HTMLElement);
  expect(container.querySelector("pre")?.textContent).toBe(`first\n${HOSTILE}`);
  screen.getByText("2 attributes, by the sender");
  await screen.findByText("Resource");
  await userEvent.click(second as HTMLElement);
  expect(container.querySelector("pre")).toBeNull();
  screen.getByRole("button", { name: "around 2" });
  expect(screen.queryByRole("button", { name: "around 1" })).toBeNull();
  expect(container.querySelector("img")).toBeNull();
  expect(calls.every((call) => call === "GET /api/v1/resources/r")).toBe(true);
});

test("the marked line is told to be the current one, and an empty list offers no download", async () => {
  const { container } = await placed(<LogTable label="Lines" rows={[line("1"), line("2")]} marked="2" />);
  expect(container.querySelector('[aria-current="true"]')?.textContent).toContain("line 2");
  screen.getByRole("button", { name: "Download Lines" });
  await placed(<LogTable label="None" rows={[]} foot="That is all" />);
  screen.getByText("That is all");
  expect(screen.queryByRole("button", { name: "Download None" })).toBeNull();
});

test("a trace says what was asked beside its name; on a phone who worked, and below it on what", async () => {
  const traces = [trace("a", { name: "chat gpt-4o", asked: "Where is order 7?" }), trace("b", { name: "pipeline", asked: "" })];
  const { unmount } = await placed(<TraceList label="Traces" traces={traces} />);
  expect(screen.getAllByRole("link").map((link) => link.textContent)).toEqual(["chat gpt-4oWhere is order 7?", "pipeline"]);
  unmount();
  vi.stubGlobal("matchMedia", () => ({ matches: true, addEventListener: () => undefined, removeEventListener: () => undefined }));
  await placed(<TraceList label="Traces" traces={traces} />);
  expect(screen.getAllByRole("link").map((link) => link.textContent)).toEqual(["plannerWhere is order 7?", "plannerpipeline"]);
  vi.unstubAllGlobals();
});

test("a name that only repeats the agent gives way to what was asked", async () => {
  expect([repeats("invoke_agent planner-1", "planner-1"), repeats("planner-1.agent", "planner-1"), repeats("chat gpt-4o", "planner-1"), repeats("planner-1 reviews", "planner-1"), repeats("chat", "")]).toEqual([true, true, false, false, false]);
  await placed(<TraceList label="Traces" traces={[trace("a", { name: "invoke_agent planner", asked: "Where is my order?" }), trace("b", { name: "chat gpt-4o", asked: "And mine?" })]} />);
  expect(screen.getAllByRole("link").map((link) => link.textContent)).toEqual(["Where is my order?", "chat gpt-4oAnd mine?"]);
});
