import { fireEvent, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Chart } from "./Chart";
import { Dial } from "./Dial";
import { HeatGrid } from "./HeatGrid";
import { HeatMap } from "./HeatMap";
import { SignalChart } from "./SignalChart";
import { Sparkline } from "./Sparkline";
import { StateTimeline } from "./StateTimeline";
import { placed } from "./testing";

const MINUTE = 60_000;
const BEGIN = Date.UTC(2026, 0, 31, 11);
const TIMES = Array.from({ length: 6 }, (_, i) => BEGIN + i * MINUTE);

/** A pen that draws nothing, and notes what it filled. */
function pen(): CanvasRenderingContext2D {
  const held: Record<string | symbol, unknown> = { measureText: () => ({ width: 10 }) };
  return new Proxy(held, { get: (_, name) => (name in held ? held[name] : () => undefined), set: (_, name, value) => ((held[name] = value), true) }) as unknown as CanvasRenderingContext2D;
}

beforeEach(() => {
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation((() => pen()) as never);
  vi.stubGlobal("Path2D", class { moveTo() {} lineTo() {} rect() {} arc() {} closePath() {} });
  HTMLElement.prototype.setPointerCapture ??= () => undefined;
  for (const place of [window, document.defaultView]) Object.assign(place ?? {}, { PointerEvent: MouseEvent }); // where jsdom has none, a pointer stands nowhere
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const key = (name: RegExp) => screen.findByRole("button", { name });

test("at rest the legend says the sum of bars, and the last value of a line that is one", async () => {
  await placed(
    <>
      <Chart label="Bars" kind="bars" times={TIMES} format={String} series={[{ label: "failed", values: [1, null, 2, 0, 0, 4], token: "--bad" }]} />
      <Chart label="Lines" times={TIMES} format={String} series={[{ label: "one", values: [1, 2, 3, 4, 9, null], token: "--cat-1" }, { label: "none", values: TIMES.map(() => null), token: "--cat-2" }]} />
    </>,
  );
  expect((await key(/^failed/)).textContent).toBe("failed7");
  expect((await key(/^one/)).textContent).toBe("one9");
  expect((await key(/^none/)).textContent).toBe("none—");
});

test("a bucket that is not over is no last value of a line, but is part of a sum, and moments are never half over", async () => {
  const now = Math.floor(Date.now() / MINUTE) * MINUTE;
  const times = [now - 2 * MINUTE, now - MINUTE, now];
  const series = (label: string) => [{ label, values: [5, 6, 1], token: "--cat-1" }];
  await placed(
    <>
      <Chart label="A" times={times} format={String} series={series("line")} />
      <Chart label="B" kind="bars" times={times} format={String} series={series("bars")} />
      <Chart label="C" moments times={times} format={String} series={series("moments")} />
    </>,
  );
  expect((await key(/^line/)).textContent).toMatch(/^line[56]$/);
  expect((await key(/^bars/)).textContent).toBe("bars12");
  expect((await key(/^moments/)).textContent).toBe("moments1");
});

test("a press on a name hides its series and shows it again", async () => {
  await placed(<Chart label="Lines" times={TIMES} series={[{ label: "one", values: [1, 2, 3, 4, 5, 6], token: "--cat-1" }, { label: "two", values: [1, 2, 3, 4, 5, 6], token: "--cat-2" }]} />);
  await userEvent.click(await key(/^one/));
  expect((await key(/^one/)).getAttribute("aria-pressed")).toBe("false");
  expect((await key(/^two/)).getAttribute("aria-pressed")).toBe("true");
  await userEvent.click(await key(/^one/));
  expect((await key(/^one/)).getAttribute("aria-pressed")).toBe("true");
});

test("a chart without a value says so, a bare one does not, and neither does one with a single value", async () => {
  const nothing = TIMES.map(() => null);
  await placed(
    <>
      <Chart label="Empty" times={TIMES} series={[{ label: "a", values: nothing, token: "--cat-1" }]} />
      <Chart label="Bare" bare times={TIMES} series={[{ label: "b", values: nothing, token: "--cat-1" }]} />
      <Chart label="One" times={TIMES} series={[{ label: "c", values: [null, 0, null, null, null, null], token: "--cat-1" }]} />
    </>,
  );
  await screen.findByRole("figure", { name: "One" });
  expect((await screen.findAllByText("No values in this time range")).map((words) => words.closest("figure")?.getAttribute("aria-label"))).toEqual(["Empty"]);
});

test("a signal's chart names what is usual, unusual and to come only where there is such", async () => {
  const values = [1, 1, 9, 1, 1, 1];
  const band = { signal: "errors", unit: "1", values, expected: values.map(() => 1), lower: values.map(() => 0), upper: values.map(() => 2) };
  const unknown = { ...band, signal: "spans", expected: values.map(() => null), lower: values.map(() => null), upper: values.map(() => null) };
  await placed(
    <>
      <SignalChart band={band} times={TIMES} forecast={{ times_ms: [BEGIN, BEGIN + 9 * MINUTE], value: [1, 2], lower: [0, 1], upper: [2, 3], level: 0.8 }} />
      <SignalChart band={unknown} times={TIMES} forecast={{ times_ms: [BEGIN], value: [1], lower: [0], upper: [2], level: 0.8 }} />
    </>,
  );
  const keys = async (chart: string) => [...(await screen.findByRole("figure", { name: chart })).querySelectorAll("button[aria-pressed]")].map((one) => one.textContent?.replace(/[\d.—]+$/, ""));
  expect(await keys("Errors")).toEqual(["last", "in 4 min", "expected", "unusual"]);
  expect(await keys("Spans")).toEqual(["last"]);
  expect(screen.getAllByText(/^shaded/).map((words) => words.textContent)).toEqual(["shaded: usual, then where 80 % should lie"]);
});

test("a signal's last value is one of now only where the chart ends now", async () => {
  const now = Date.now();
  const band = { unit: "1", values: [1, 2], expected: [], lower: [], upper: [] };
  await placed(
    <>
      <SignalChart band={{ ...band, signal: "fresh" }} times={[now - MINUTE, now]} />
      <SignalChart band={{ ...band, signal: "past" }} times={[now - 11 * MINUTE, now - 10 * MINUTE]} />
      <SignalChart band={{ ...band, signal: "coarse" }} times={[now - 70 * MINUTE, now - 10 * MINUTE]} />
    </>,
  );
  const key = async (chart: string) => (await screen.findByRole("figure", { name: chart })).querySelector("button[aria-pressed]")?.textContent?.replace(/\d+$/, "");
  expect(await Promise.all(["Fresh", "Past", "Coarse"].map(key))).toEqual(["now", "last", "now"]);
});

test("a trend breaks where values are missing, is flat where nothing happened, and nothing where there is no trend", async () => {
  const { container } = await placed(
    <>
      <Sparkline values={[1, 2, null, 4, NaN, 6]} label="gaps" />
      <Sparkline values={[0, 0, 0]} label="flat" />
      <Sparkline values={[7]} label="one" />
      <Sparkline values={[1, Infinity]} label="endless" />
    </>,
  );
  const path = (name: string) => screen.getByRole("img", { name }).querySelector("path")?.getAttribute("d") ?? "";
  expect(path("gaps").match(/M/g)).toHaveLength(3);
  expect(path("gaps")).not.toMatch(/NaN|Infinity/);
  expect(new Set([...path("flat").matchAll(/ ([\d.]+)/g)].map((m) => m[1])).size).toBe(1);
  expect(screen.getAllByRole("img")).toHaveLength(2);
  expect(container.querySelectorAll("svg")).toHaveLength(4);
});

const HEAT = { step_ms: MINUTE, times_ms: [BEGIN, BEGIN + MINUTE, BEGIN + 2 * MINUTE, BEGIN + 3 * MINUTE], bounds_ns: [1e6, 1e7, 1e8, 1e9], counts: [[0, 2, 0, 0], [0, 5, 1, 0], [0, 2, 0, 0], [0, 0, 0, 0]] };

/** Drags over the map, whose four columns are 286 px wide and begin at 56. */
function drag(map: HTMLElement, from: [number, number], to: [number, number]): void {
  fireEvent.pointerDown(map, { clientX: from[0], clientY: from[1], pointerId: 1 });
  fireEvent.pointerMove(map, { clientX: to[0], clientY: to[1], pointerId: 1 });
  fireEvent.pointerUp(map, { pointerId: 1 });
}

test("a drag over a heat map selects time and duration, whichever way it goes", async () => {
  const select = vi.fn();
  await placed(<HeatMap label="Latency" heat={HEAT} height={104} onSelect={select} />);
  const map = screen.getByRole("img", { name: "Latency" });
  drag(map, [60, 30], [56 + 300, 99]);
  drag(map, [56 + 300, 99], [60, 30]);
  expect(select.mock.calls[0]).toEqual(select.mock.calls[1]);
  expect(select.mock.calls[0]?.[0]).toEqual({ fromMs: BEGIN, toMs: BEGIN + 2 * MINUTE, minNs: 0, maxNs: 1e8 });
});

test("a cell of a heat map tells how many and how long when it is pointed at", async () => {
  const { container } = await placed(<HeatMap label="Latency" heat={HEAT} height={104} />);
  const map = screen.getByRole("img", { name: "Latency" });
  fireEvent.pointerMove(map, { clientX: 56 + 300, clientY: 60 });
  expect(container.textContent).toContain("5 1 ms – 10 ms");
  fireEvent.pointerLeave(map);
  expect(container.textContent).not.toContain("10 ms");
});

test("a heat map of nothing draws and tells without an error", async () => {
  await placed(<HeatMap label="Latency" heat={{ step_ms: MINUTE, times_ms: [], bounds_ns: [], counts: [] }} />);
  fireEvent.pointerMove(screen.getByRole("img", { name: "Latency" }), { clientX: 200, clientY: 20 });
});

test("states before the range are cut at its beginning; where nothing is known, no state is told", async () => {
  const change = (minute: number, state: string) => ({ time: new Date(BEGIN + minute * MINUTE).toISOString(), state, reason: "" });
  await placed(<StateTimeline from={BEGIN} to={BEGIN + 10 * MINUTE} changes={[change(6, "wedged"), change(-30, "working"), change(-60, "idle")]} />);
  expect(screen.getAllByRole("listitem").map((part) => part.getAttribute("aria-label")?.split(" from ")[0])).toEqual(["wedged for 4 min", "working for 6 min"]);
  await placed(<StateTimeline from={BEGIN} to={BEGIN + MINUTE} changes={[]} />);
  expect(screen.getAllByRole("list")[1]?.children).toHaveLength(0);
});

test("cells that lead nowhere are no buttons to press, and no words to press one are shown", async () => {
  const { container } = await placed(<HeatGrid label="Heat" noun="event" times={[BEGIN, BEGIN + MINUTE]} lines={[{ key: "high", name: "high", counts: [0, 3] }]} />);
  expect([...container.querySelectorAll<HTMLButtonElement>("button[aria-label^='high']")].map((cell) => [cell.disabled, cell.tabIndex])).toEqual([[true, -1]]);
  expect(container.textContent).not.toContain("Press a cell");
});

test("a dial below its end stands at zero and draws no arc", async () => {
  const { container } = await placed(<Dial label="Risk" value={-0.2} word="none" token="--ok" />);
  screen.getByRole("img", { name: "Risk: 0 of 100, none" });
  expect(container.querySelectorAll("path")).toHaveLength(1);
});
