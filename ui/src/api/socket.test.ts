import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LiveSocket, type Link, type Message } from "./socket";

class Fake {
  static OPEN = 1;
  static made: Fake[] = [];
  readyState = 0;
  sent: { op: string; channel?: string; key?: string }[] = [];
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: (event: { code: number }) => void;
  constructor(readonly url: string) {
    Fake.made.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.end(1000);
  }
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  end(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const heard: Message[] = [];
const links: Link[] = [];
let refused = 0;

function start(key = ""): LiveSocket {
  return new LiveSocket("ws://here/ws", { link: (link) => links.push(link), denied: () => (refused += 1), message: (m) => heard.push(m) }, key);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Fake);
  Fake.made = [];
  heard.length = links.length = refused = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("says who it is before it asks, and hears what it asked for only", () => {
  start("secret").subscribe("fleet", {});
  const socket = Fake.made[0] as Fake;
  socket.open();
  expect(socket.sent.map((m) => m.op)).toEqual(["auth", "subscribe"]);
  socket.onmessage?.({ data: '{"channel":"fleet","type":"snapshot","data":1}' });
  socket.onmessage?.({ data: '{"channel":"logs","type":"delta","data":2}' });
  expect(heard.map((m) => m.data)).toEqual([1]);
  expect(links).toEqual(["live"]);
});

test("a lost connection is tried again, more and more slowly, and asks anew", () => {
  start().subscribe("fleet", {});
  for (const wait of [500, 1000, 2000]) {
    const made = Fake.made.length;
    Fake.made.at(-1)?.end(1006);
    vi.advanceTimersByTime(wait * 0.59);
    expect(Fake.made.length).toBe(made);
    vi.advanceTimersByTime(wait * 0.42);
    expect(Fake.made.length).toBe(made + 1);
  }
  expect(links).toEqual(["away"]);
  Fake.made.at(-1)?.open();
  expect(Fake.made.at(-1)?.sent.map((m) => m.channel)).toEqual(["fleet"]);
});

test("a connection that nobody wants any more is not missed", () => {
  const live = start();
  live.subscribe("fleet", {});
  Fake.made[0]?.open();
  Fake.made[0]?.onmessage?.({ data: '{"channel":"fleet","type":"snapshot","data":1}' });
  live.unsubscribe("fleet");
  Fake.made[0]?.end(1001);
  expect(links).toEqual(["live", "connecting"]);
  live.subscribe("fleet", {});
  Fake.made[1]?.end(1006);
  live.unsubscribe("fleet");
  vi.advanceTimersByTime(60_000);
  expect(links.slice(2)).toEqual(["away", "connecting"]);
  expect(Fake.made).toHaveLength(2);
});

test("a refused key is told and not tried again", () => {
  start().subscribe("fleet", {});
  Fake.made[0]?.end(4401);
  vi.advanceTimersByTime(60_000);
  expect([refused, Fake.made.length]).toEqual([1, 1]);
});

test("a connection that answers no ping is given up", () => {
  start().subscribe("fleet", {});
  Fake.made[0]?.open();
  vi.advanceTimersByTime(40_001);
  expect(Fake.made[0]?.readyState).toBe(3);
});

test("a new key starts over; what the old connection still says is not heard", () => {
  const live = start("old");
  live.subscribe("fleet", {});
  const old = Fake.made[0] as Fake;
  old.open();
  live.restart("new");
  Fake.made[1]?.open();
  expect(Fake.made[1]?.sent[0]).toEqual({ op: "auth", key: "new" });
  old.onmessage?.({ data: '{"channel":"fleet","type":"delta","data":1}' });
  expect(heard).toEqual([]);
});

test("a tenant that is not one's own: every channel is told why, nothing counts as lost, and it asks ever more slowly", () => {
  const live = start();
  live.subscribe("fleet", {});
  live.subscribe("logs", {});
  const asked = [];
  for (let i = 0; i < 4; i += 1) {
    const socket = Fake.made.at(-1) as Fake;
    socket.open();
    socket.onmessage?.({ data: '{"channel":"","type":"error","data":{"detail":"tenant x is not yours","status":403}}' });
    socket.end(4403);
    asked.push(heard.map((m) => `${m.channel} ${m.type}`));
    heard.length = 0;
    vi.advanceTimersByTime(500 * 2 ** i);
  }
  expect(asked).toEqual(Array(4).fill(["fleet error", "logs error"]));
  expect(links).toEqual([]);
  expect(Fake.made.length).toBe(5);
});
