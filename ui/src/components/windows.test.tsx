import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Copy } from "./Copy";
import { Dialog } from "./Dialog";
import { Facets } from "./Facets";
import { FindBox } from "./FindBox";
import { Onboarding } from "./Onboarding";
import { Opened, Part, Verbatim } from "./Opened";
import { Picture } from "./Picture";
import { answering, placed } from "./testing";
import { LiveSwitch, TimeRange } from "./TimeRange";
import { Toasts } from "./Toast";
import { toast } from "./toasts";
import { Views } from "./Views";
import { useKeyboard } from "@/lib/keyboard";

const HOSTILE = '<img src=x onerror="alert(1)"> \u202Eevil';

HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
  this.open = false;
};
beforeEach(() => void vi.useRealTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("a dialog closes by the browser's own way out and by a press beside it, not by one within", async () => {
  const close = vi.fn();
  await placed(<Dialog title="Sure?" onClose={close}><p>words</p></Dialog>);
  const dialog = screen.getByRole("dialog", { name: "Sure?" });
  fireEvent.pointerDown(screen.getByText("words"));
  expect(close).not.toHaveBeenCalled();
  fireEvent.pointerDown(dialog);
  expect(fireEvent(dialog, new Event("cancel", { cancelable: true }))).toBe(false);
  expect(close).toHaveBeenCalledTimes(2);
});

test("a dialog that is bare has no head of its own, but its name", async () => {
  await placed(<Dialog bare title="Search" onClose={() => undefined}><p>words</p></Dialog>);
  screen.getByRole("dialog", { name: "Search" });
  expect(screen.queryByRole("heading")).toBeNull();
});

test("of many toasts the last four are shown; a failure stays twice as long; what others named stays text", async () => {
  vi.useFakeTimers();
  const { container } = await placed(<Toasts />);
  act(() => {
    for (let i = 0; i < 6; i += 1) toast(`done ${i}`);
    toast(HOSTILE, "bad");
  });
  const shown = () => [...screen.getByRole("status").children].map((one) => one.textContent);
  expect(shown()).toEqual(["done 3", "done 4", "done 5", HOSTILE]);
  expect(container.querySelector("img")).toBeNull();
  act(() => void vi.advanceTimersByTime(4500));
  expect(shown()).toEqual([HOSTILE]);
  act(() => void vi.advanceTimersByTime(4000));
  expect(shown()).toEqual([]);
});

test("copying says that it is done, and why it is not", async () => {
  const write = vi.fn().mockResolvedValueOnce(undefined).mockRejectedValueOnce(new Error("not allowed here"));
  Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText: write } });
  await placed(<><Copy text="the text" label="Copy the id" /><Toasts /></>);
  fireEvent.click(screen.getByRole("button", { name: "Copy the id" }));
  await screen.findByRole("button", { name: "Copied" });
  expect(write).toHaveBeenCalledWith("the text");
  await screen.findByRole("button", { name: "Copy the id" }, { timeout: 5000 });
  fireEvent.click(screen.getByRole("button", { name: "Copy the id" }));
  await screen.findByText("Not copied: not allowed here");
  Reflect.deleteProperty(navigator, "clipboard");
});

test("where the browser has no clipboard, copying says where it would", async () => {
  Reflect.deleteProperty(navigator, "clipboard");
  await placed(<><Copy text="x" /><Toasts /></>);
  fireEvent.click(screen.getByRole("button", { name: "Copy" }));
  await screen.findByText(/https and localhost only/);
});

test("what is opened beside a list has its name, its text as sent, and a way out by keyboard", async () => {
  const close = vi.fn();
  const { container } = await placed(<Opened name="A finding" head={<h2>{HOSTILE}</h2>} deeds={<a href="/x">go</a>} onClose={close}><Part title="Sent"><Verbatim>{`a\n${HOSTILE}`}</Verbatim></Part></Opened>);
  const region = screen.getByRole("region", { name: "A finding" });
  expect(region.tabIndex).toBe(0);
  within(region).getByRole("heading", { name: "Sent" });
  expect(container.querySelector("pre")?.textContent).toBe(`a\n${HOSTILE}`);
  expect(container.querySelector("img")).toBeNull();
  within(region).getByRole("button", { name: "Close" }).focus();
  await userEvent.keyboard("{Enter}");
  expect(close).toHaveBeenCalledOnce();
});

test("a facet folds, shows all of many values and fewer again, and leaves out values that are empty", async () => {
  const values = [{ value: "", count: 99 }, ...Array.from({ length: 8 }, (_, i) => ({ value: i === 7 ? HOSTILE : `v${i}`, count: 8 - i }))];
  await placed(<Facets facets={[{ field: "model", distinct: 9, values }, { field: "team", distinct: 1, values: [{ value: "", count: 3 }] }]} isOn={() => false} onToggle={() => undefined} words={(_, value) => `model ${value}`} />);
  const region = screen.getByRole("region", { name: "Model" });
  const shown = () => within(region).queryAllByRole("button", { pressed: false }).length;
  expect(screen.queryByRole("region", { name: "Team" })).toBeNull();
  expect(shown()).toBe(6);
  await userEvent.click(within(region).getByRole("button", { name: "2 more" }));
  expect(shown()).toBe(8);
  within(region).getByText(`model ${HOSTILE}`);
  await userEvent.click(within(region).getByRole("button", { name: "Fewer" }));
  expect(shown()).toBe(6);
  await userEvent.click(within(region).getByRole("button", { name: "Model", expanded: true }));
  expect(shown()).toBe(0);
});

test("a facet says how many have no value where it is told to, and finds them by an empty one", async () => {
  const tell = vi.fn();
  await placed(<Facets none facets={[{ field: "kind", distinct: 2, values: [{ value: "llm", count: 136 }, { value: "", count: 64 }] }]} isOn={() => false} onToggle={tell} />);
  await userEvent.click(screen.getByRole("button", { name: "no kind 64" }));
  expect(tell).toHaveBeenCalledWith("kind", "");
});

test("a long name keeps its end where it is cut, is whole on hover, and is said once", async () => {
  const names = ["opentelemetry.instrumentation.openai", "opentelemetry.instrumentation.anthropic", "short"];
  const { container } = await placed(<Facets facets={[{ field: "scope", distinct: 3, values: names.map((value) => ({ value, count: 1 })) }]} isOn={() => false} onToggle={() => undefined} />);
  for (const name of names) {
    screen.getByRole("button", { name: new RegExp(`^${name} ?1$`) });
    expect(container.querySelector(`[title="${name}"]`)).toBeTruthy();
  }
  const ends = [...container.querySelectorAll('[aria-hidden="true"]:last-child')].map((one) => one.textContent).filter(Boolean);
  expect(ends).toEqual(["ion.openai", ".anthropic"]);
});

test("facets that are under way say that they load", async () => {
  await placed(<Facets facets={undefined} isOn={() => false} onToggle={() => undefined} />);
  screen.getByRole("status", { name: "Loading" });
});

function Finding({ tell }: { tell: (words: string) => void }) {
  useKeyboard();
  return <FindBox label="Find" placeholder="" value="" onChange={tell} />;
}

test("a slash goes to the find box and is not typed there; Escape leaves it and keeps the words", async () => {
  await placed(<Finding tell={vi.fn()} />);
  const field = screen.getByRole<HTMLInputElement>("searchbox", { name: "Find" });
  await userEvent.keyboard("/abc{Escape}");
  expect(field.value).toBe("abc");
  expect(document.activeElement).not.toBe(field);
});

const PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAYAAAC56t6BAAAAFklEQVR4nGNk+M/wn4GBgYGJAQoAHxcCAq+8bHcAAAAASUVORK5CYII=";

test("an image whose bytes came along grows by a press; damaged bytes are told instead of drawn", async () => {
  const { container } = await placed(<Picture source={PIXEL} alt="chart" />);
  await userEvent.click(screen.getByRole("button", { name: "Larger" }));
  screen.getByRole("button", { name: "Smaller" });
  fireEvent.error(container.querySelector("img") as HTMLElement);
  expect(container.querySelector("img")).toBeNull();
  expect(container.textContent).toContain("its bytes are damaged");
});

test("an image elsewhere is a link that tells nothing about who follows it; other addresses are refused with the reason", async () => {
  const { container } = await placed(<><Picture source="https://example.org/t.png" alt={HOSTILE} /><Picture source="javascript:alert(1)" /><Picture source="" /></>);
  const link = screen.getByRole("link");
  expect(link.getAttribute("rel")).toBe("noopener noreferrer nofollow");
  expect(link.textContent).toContain("example.org, not loaded");
  expect(screen.getAllByRole("link")).toHaveLength(1);
  expect(container.querySelector("img")).toBeNull();
  expect(container.textContent).toMatch(/not shown: /);
  expect(container.textContent).toContain("no address");
});

test("the range in force is marked among the presets; two fixed points are told both ways", async () => {
  const choose = vi.fn();
  const { unmount } = await placed(<TimeRange range={{ last: 900_000 }} onChange={choose} />);
  await userEvent.click(screen.getByRole("button", { name: /^Time range/ }));
  expect(screen.getByRole("dialog", { name: "Time range" }).querySelector('[aria-current="true"]')?.textContent).toMatch(/15 minutes/);
  fireEvent.change(screen.getByLabelText("From"), { target: { value: "2026-01-31T11:00:00" } });
  fireEvent.change(screen.getByLabelText("To"), { target: { value: "2026-01-31T12:00:00" } });
  await userEvent.click(screen.getByRole("button", { name: "Show" }));
  const [{ from, to }] = choose.mock.calls.at(-1) as [{ from: number; to: number }];
  expect(to - from).toBe(3_600_000);
  expect(screen.queryByRole("dialog")).toBeNull();
  unmount();
  await placed(<TimeRange range={{ from, to }} onChange={choose} />);
  await userEvent.click(screen.getByRole("button", { name: /^Time range: .*11:00:00.*12:00:00/ }));
  expect(Date.parse(screen.getByLabelText<HTMLInputElement>("From").value)).toBe(from);
  expect(screen.getByRole("dialog").querySelector('[aria-current="true"]')).toBeNull();
});

test("the live switch says whether the page is held", async () => {
  const turn = vi.fn();
  await placed(<LiveSwitch on={false} onChange={turn} />);
  await userEvent.click(screen.getByRole("button", { name: "Paused", pressed: false }));
  expect(turn).toHaveBeenCalledWith(true);
});

const VIEWS = { items: [{ name: "mine", page: "/traces", search: { q: "status:error" } }, { name: HOSTILE, page: "/agents", search: {} }, { name: "foreign", page: "//evil.example/x", search: {} }, { name: "script", page: "javascript:alert(1)", search: {} }] };

test("saved views lead to pages of this program only, whatever was saved", async () => {
  answering({ "GET /api/v1/views": VIEWS });
  await placed(<Views />);
  await userEvent.click(screen.getByRole("button", { name: "Saved views" }));
  const list = await screen.findByRole("list", { name: "Saved views" });
  await waitFor(() => expect(within(list).getAllByRole("link").map((link) => link.textContent)).toEqual(["mine", HOSTILE]));
  expect(within(list).getAllByRole("link")[0]?.getAttribute("href")).toBe("/traces?q=status%3Aerror");
});

test("what the page shows is saved under a name, renamed and deleted; a name of blanks is none", async () => {
  const calls = answering({ "GET /api/v1/views": VIEWS, "PUT /api/v1/views": {}, "DELETE /api/v1/views": {} });
  await placed(<Views />, "/logs?q=oops");
  await userEvent.click(screen.getByRole("button", { name: "Saved views" }));
  const name = screen.getByLabelText<HTMLInputElement>("Name of the view");
  await userEvent.type(name, "   ");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Save" }).disabled).toBe(true);
  await userEvent.type(name, "a/b{Enter}");
  await waitFor(() => expect(calls).toContain("PUT /api/v1/views/a%2Fb"));
  const put = vi.mocked(fetch).mock.calls.find(([url]) => String(url).endsWith("/a%2Fb"));
  expect(JSON.parse(String(put?.[1]?.body))).toEqual({ name: "a/b", page: "/logs", search: { q: "oops" } });
  await userEvent.click(await screen.findByRole("button", { name: "Rename mine" }));
  await userEvent.clear(name);
  await userEvent.type(name, "ours{Enter}");
  await waitFor(() => expect(calls.filter((call) => !call.startsWith("GET")).slice(-2)).toEqual(["PUT /api/v1/views/ours", "DELETE /api/v1/views/mine"]));
});

test("without saved views the list says what one is; a refusal is told", async () => {
  answering({ "GET /api/v1/views": { items: [] }, "PUT /api/v1/views": 500 });
  await placed(<><Views /><Toasts /></>);
  await userEvent.click(screen.getByRole("button", { name: "Saved views" }));
  screen.getByText(/Nothing saved yet/);
  await userEvent.type(screen.getByLabelText("Name of the view"), "mine{Enter}");
  await screen.findByText("answered 500");
});

const CONNECT = {
  url: "https://swarmscope.example.org", key_placeholder: "swk_…", otlp_grpc_port: 4317, otlp_http_port: 0,
  items: [
    { id: "otel", label: "OpenTelemetry", about: "Any program.", language: "shell", install: "pip install opentelemetry-distro", environment: 'export HEADERS="Bearer swk_…"', setup: "opentelemetry-instrument python agent.py", example: "" },
    { id: "lang", label: "LangChain", about: "Chains and agents.", language: "python", install: "pip install langchain", environment: 'export HEADERS="Bearer swk_…"', setup: "instrument()", example: "run()" },
  ],
};
const agent = (name: string) => ({ agent: name, name: "" });

test("newcomers see the lines of a framework, and the agent that arrives with what it sent first", async () => {
  let known = [agent("old")];
  const calls: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const url = String(input);
    calls.push(url);
    if (url.startsWith("/api/v1/connect")) return Response.json(CONNECT);
    if (url.startsWith("/api/v1/agents")) return Response.json({ items: known });
    if (url.startsWith("/api/v1/traces")) return Response.json({ items: [{ trace_id: "t1", name: HOSTILE, spans: 3, duration_ns: 2e9 }] });
    return Response.json({ role: "viewer" });
  });
  const done = vi.fn();
  await placed(<Onboarding greet={false} onDone={done} />);
  await screen.findByText(/^Listening on 4317 \(gRPC\) and this port/);
  screen.getByText("Run");
  await userEvent.click(screen.getByRole("button", { name: "LangChain" }));
  expect(screen.getByRole("button", { name: "LangChain" }).getAttribute("aria-pressed")).toBe("true");
  screen.getByText("run()");
  screen.getByText(/an admin makes one/);
  known = [agent("newer"), agent(HOSTILE), agent("old")];
  await screen.findByText(/is here/, {}, { timeout: 5000 });
  expect(screen.getByRole("link", { name: HOSTILE }).getAttribute("href")).toContain("/agents/");
  await screen.findByText(/Its first trace/);
  expect(document.body.textContent).toContain("and 1 more agent with it");
  expect(document.querySelector("img")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "See the fleet" }));
  expect(done).toHaveBeenCalledOnce();
});

test("who was greeted by an empty install sees every agent that came since, also before the page had looked", async () => {
  answering({ "GET /api/v1/connect": CONNECT, "GET /api/v1/agents": { items: [agent("quick"), agent("also")] }, "GET /api/v1/traces": { items: [] }, "GET /api/v1/me": { role: "viewer" } });
  await placed(<Onboarding greet />);
  await screen.findByText(/is here/);
  expect(screen.getByRole("link", { name: "also" })).toBeTruthy();
});

test("an admin makes a key, which fills the lines; why there is none is told", async () => {
  answering({ "GET /api/v1/connect": CONNECT, "GET /api/v1/agents": { items: [] }, "GET /api/v1/me": { role: "admin" }, "POST /api/v1/keys": 403 });
  const { unmount } = await placed(<Onboarding greet={false} />);
  await userEvent.click(await screen.findByRole("button", { name: "Make one and fill it in" }));
  await screen.findByText("answered 403");
  unmount();
  vi.restoreAllMocks();
  answering({ "GET /api/v1/connect": CONNECT, "GET /api/v1/agents": { items: [] }, "GET /api/v1/me": { role: "admin" }, "POST /api/v1/keys": { secret: "swk_made" } });
  await placed(<Onboarding greet={false} />);
  await userEvent.click(await screen.findByRole("button", { name: "Make one and fill it in" }));
  await screen.findByText('export HEADERS="Bearer swk_made"');
  screen.getByText(/never shown again/);
});

function Reloaded() {
  const [shown, setShown] = useState(true);
  return <>{shown && <Onboarding greet={false} />}<button type="button" onClick={() => setShown(!shown)}>turn</button></>;
}

test("how to connect is waited for, and a failure is told and tried again by a press", async () => {
  answering({ "GET /api/v1/connect": "never" });
  const { unmount } = await placed(<Reloaded />);
  screen.getByRole("status", { name: "Loading" });
  unmount();
  vi.restoreAllMocks();
  answering({ "GET /api/v1/connect": 500 });
  await placed(<Reloaded />);
  expect((await screen.findByRole("alert")).textContent).toContain("answered 500");
  vi.restoreAllMocks();
  answering({ "GET /api/v1/connect": { ...CONNECT, key_placeholder: "" }, "GET /api/v1/agents": { items: [] } });
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByText("Any program.");
});
