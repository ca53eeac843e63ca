import { act, fireEvent, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { Segments } from "./Button";
import { Choice, Dialog, Popover } from "./Dialog";
import { Facets } from "./Facets";
import { HeatMap } from "./HeatMap";
import { Json } from "./Json";
import { LogTable, type LogRow } from "./LogTable";
import { Await } from "./Notice";
import { Stats } from "./Panel";
import { SaveChart } from "./SaveChart";
import { StateTimeline } from "./StateTimeline";
import { TimeRange } from "./TimeRange";
import { Toasts } from "./Toast";
import { toast } from "./toasts";
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { useKeyboard } from "@/lib/keyboard";

HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
  this.open = false;
};
afterEach(() => vi.restoreAllMocks());

test("one choice of a few says which is on, and tells a press", async () => {
  const tell = vi.fn();
  render(<Segments label="View" value="a" options={[{ value: "a", label: "One" }, { value: "b", label: "Two" }]} onChange={tell} />);
  expect(screen.getByRole("button", { name: "One" }).getAttribute("aria-pressed")).toBe("true");
  await userEvent.click(screen.getByRole("button", { name: "Two" }));
  expect(tell).toHaveBeenCalledWith("b");
});

test("a popover opens by its button, and escape or a press beside it closes it", async () => {
  render(<Popover label="Window" button={(control) => <button {...control}>open</button>}>{(close) => <Choice onClick={close}>A choice</Choice>}</Popover>);
  const button = screen.getByRole("button", { name: "open" });
  for (const away of [() => userEvent.keyboard("{Escape}"), () => fireEvent.pointerDown(document.body), () => userEvent.click(screen.getByText("A choice"))]) {
    await userEvent.click(button);
    screen.getByRole("dialog", { name: "Window" });
    await away();
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  }
});

test("a dialog closes by its cross", async () => {
  const close = vi.fn();
  render(<Dialog title="Sure?" onClose={close}>words</Dialog>);
  await userEvent.click(screen.getByRole("button", { name: "Close", hidden: true }));
  expect(close).toHaveBeenCalledOnce();
});

test("a facet says how often a value occurs and which one is on", async () => {
  const tell = vi.fn();
  render(<Facets facets={[{ field: "state", distinct: 2, values: [{ value: "idle", count: 1234 }, { value: "wedged", count: 3 }] }]} isOn={(_, value) => value === "idle"} onToggle={tell} />);
  expect(screen.getByRole("button", { name: /idle.*1,234/ }).getAttribute("aria-pressed")).toBe("true");
  await userEvent.click(screen.getByRole("button", { name: /wedged/ }));
  expect(tell).toHaveBeenCalledWith("state", "wedged");
});

/** What a download holds. */
function downloads(): { name: string; text: () => Promise<string> }[] {
  const found: { name: string; text: () => Promise<string> }[] = [];
  let last: Blob;
  vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => ((last = blob as Blob), "blob:x"));
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function click(this: HTMLAnchorElement) {
    const blob = last;
    found.push({ name: this.download, text: () => new Promise((done) => { const reader = new FileReader(); reader.onload = () => done(String(reader.result)); reader.readAsText(blob); }) });
  });
  URL.revokeObjectURL ??= () => {};
  return found;
}

test("a chart comes as CSV and JSON", async () => {
  URL.createObjectURL ??= () => "";
  const files = downloads();
  render(<SaveChart label="Cost by model" canvas={() => null} records={() => [{ time: "2026-01-31T12:00:00.000Z", "=cmd": 1.5 }]} />);
  for (const form of ["CSV", "JSON"]) {
    await userEvent.click(screen.getByRole("button", { name: "Download Cost by model" }));
    await userEvent.click(screen.getByText(form));
  }
  expect(files.map((file) => file.name.replace(/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ/, "when"))).toEqual(["cost-by-model-when.csv", "cost-by-model-when.json"]);
  expect(await files[0]?.text()).toContain("time,'=cmd");
  expect(JSON.parse((await files[1]?.text()) ?? "")).toEqual([{ time: "2026-01-31T12:00:00.000Z", "=cmd": 1.5 }]);
});

test("a heat map's cells come whole", async () => {
  URL.createObjectURL ??= () => "";
  const files = downloads();
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
  render(<HeatMap label="Latency" heat={{ step_ms: 60_000, times_ms: [0, 60_000], bounds_ns: [1e6, 1e9], counts: [[1, 2], [0, 7]] }} />);
  await userEvent.click(screen.getByRole("button", { name: "Download Latency" }));
  await userEvent.click(screen.getByText("JSON"));
  expect(JSON.parse((await files[0]?.text()) ?? "")[1]).toEqual({ time: "1970-01-01T00:01:00.000Z", "up to 1000000 ns": 0, "up to 1000000000 ns": 7 });
});

test("loading, failing and content; a failure stays while the page asks again by itself, and content while a renewal fails", async () => {
  const asked: { resolve: (data: string) => void; reject: (error: Error) => void }[] = [];
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  function Part() {
    const result = useQuery({ queryKey: ["part"], queryFn: () => new Promise<string>((resolve, reject) => asked.push({ resolve, reject })) });
    return <Await result={result}>{(data) => <p>{data}</p>}</Await>;
  }
  const byItself = () => act(async () => void client.refetchQueries());
  const away = (times: number) => act(async () => asked[times - 1]?.reject(new Error(`the store is away, ${times}`)));
  render(<QueryClientProvider client={client}><Part /></QueryClientProvider>);
  screen.getByRole("status", { name: "Loading" });
  await away(1);
  await screen.findByText("the store is away, 1");
  await byItself();
  await waitFor(() => expect(asked).toHaveLength(2));
  expect(client.getQueryState(["part"])?.status).toBe("pending");
  screen.getByText("the store is away, 1");
  expect(screen.queryByRole("status", { name: "Loading" })).toBeNull();
  await away(2);
  await screen.findByText("the store is away, 2");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByRole("status", { name: "Loading" }); // what somebody asked for is seen to be under way
  await away(3);
  await screen.findByText("the store is away, 3");
  await byItself();
  await waitFor(() => expect(asked).toHaveLength(4));
  screen.getByText("the store is away, 3");
  await act(async () => asked[3]?.resolve("old"));
  await screen.findByText("old");
  await byItself();
  await away(5);
  screen.getByText("old");
});

test("figures have names", () => {
  render(<Stats items={[{ label: "Errors", value: "7.1 %", bad: true, note: "of 12" }]} />);
  expect(screen.getByRole("definition").textContent).toBe("7.1 % of 12");
});

test("states over time are told in words, oldest first", () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 31, 12, minute)).toISOString();
  render(<StateTimeline from={Date.UTC(2026, 0, 31, 12)} to={Date.UTC(2026, 0, 31, 12, 10)} changes={[{ time: at(5), state: "wedged", reason: "no progress" }, { time: at(0), state: "working", reason: "" }]} />);
  const words = screen.getAllByRole("listitem").map((item) => item.getAttribute("aria-label"));
  expect(words.some((text) => text?.startsWith("wedged for 5 min") && text.endsWith("no progress"))).toBe(true);
  expect(words).toHaveLength(2);
  for (const state of ["wedged", "working"]) expect(screen.getByText(state).title).not.toBe(""); // the colours have names
  expect(screen.queryByText("looping")).toBeNull();
});

test("a toast is announced and goes by a press", async () => {
  render(<Toasts />);
  toast("It is done");
  await userEvent.click(await screen.findByText("It is done"));
  await waitFor(() => expect(screen.queryByText("It is done")).toBeNull());
});

test("a range is chosen by name, and a fixed one only the right way around", async () => {
  const choose = vi.fn();
  render(<TimeRange range={{ last: 900_000 }} onChange={choose} />);
  const button = screen.getByRole("button", { name: /^Time range: Last 15 minutes/ });
  await userEvent.click(button);
  await userEvent.click(screen.getByRole("button", { name: /Last hour|Last 1 hour|1 hour/ }));
  expect(choose).toHaveBeenLastCalledWith({ last: 3_600_000 });
  await userEvent.click(button);
  fireEvent.change(screen.getByLabelText("From"), { target: { value: "2026-01-31T12:00:00" } });
  fireEvent.change(screen.getByLabelText("To"), { target: { value: "2026-01-31T11:00:00" } });
  expect((screen.getByRole("button", { name: /must come before/ }) as HTMLButtonElement).disabled).toBe(true);
});

test("JSON folds to what it holds, and unfolds", async () => {
  const { container } = render(<Json value={{ outer: { inner: "words" } }} />);
  expect(container.textContent).toContain("words");
  const fold = container.querySelector("button");
  await userEvent.click(fold as HTMLButtonElement);
  expect(container.textContent).toMatch(/1 key\}/);
  await userEvent.click(container.querySelector("button") as HTMLButtonElement);
  expect(container.textContent).toContain("words");
});

const LINE = { id: "1", level: "error", time: "2026-01-31T12:00:00Z", observed_time: "2026-01-31T12:00:00Z", body: "it broke\nin two lines", agent: "planner", attributes: { code: 7 }, dropped_attributes_count: 0, event_name: "", flags: 0, resource_id: "0", scope_name: "", scope_version: "", service: "shop", session: "", severity: 17, severity_text: "", span_id: null, template_id: "0", trace_id: null } as unknown as LogRow;

test("a log record opens in place", async () => {
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("no server"));
  render(
    <QueryClientProvider client={new QueryClient()}>
      <LogTable label="Lines" rows={[{ ...LINE, agent: "" }]} />
    </QueryClientProvider>,
  );
  const line = screen.getByRole("button", { name: /ERROR/ });
  expect(line.textContent).toContain("it broke in two lines");
  await userEvent.click(line);
  expect(line.getAttribute("aria-expanded")).toBe("true");
  screen.getByText("shop", { selector: "dd" });
});

function Read() {
  useKeyboard();
  return (
    <QueryClientProvider client={new QueryClient()}>
      <LogTable main label="Lines" rows={["1", "2", "3"].map((id) => ({ ...LINE, id, agent: "", body: `line ${id}` }))} />
    </QueryClientProvider>
  );
}

test("log records are walked by keys, and Enter opens the one that is reached", async () => {
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("no server"));
  render(<Read />);
  await userEvent.keyboard("jjjk{Enter}");
  const open = () => screen.queryAllByRole("button", { expanded: true, name: /ERROR/ }).map((line) => line.textContent);
  expect(open()).toEqual([expect.stringContaining("line 2")]);
  await userEvent.keyboard("{Enter}");
  expect(open()).toEqual([]);
});
