import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { denied, key } from "./client";

/** `away`: the connection is lost and being tried again. */
export type Link = "connecting" | "live" | "away";

type Message = { channel: string; type: "snapshot" | "delta" | "error" | "pong"; data: unknown };
type Handler = (message: Message) => void;
type Subscription = { channel: string; params: Record<string, unknown>; handle: Handler };

const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 10_000;
const PING_MS = 20_000;

/** One WebSocket for the whole page. Opens with the first subscription, closes a little after the last. */
class LiveSocket {
  private socket: WebSocket | undefined;
  private subscriptions = new Set<Subscription>();
  private listeners = new Set<() => void>();
  private retry = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ping: ReturnType<typeof setInterval> | undefined;
  private answered = true;
  link: Link = "connecting";

  subscribe(subscription: Subscription): () => void {
    this.subscriptions.add(subscription);
    if (this.socket?.readyState === WebSocket.OPEN) this.ask(subscription);
    else this.open();
    return () => {
      this.subscriptions.delete(subscription);
      const left = [...this.subscriptions].some((s) => s.channel === subscription.channel);
      if (!left) this.send({ op: "unsubscribe", channel: subscription.channel });
    };
  }

  watch = (tell: () => void): (() => void) => {
    this.listeners.add(tell);
    return () => this.listeners.delete(tell);
  };

  /** Starts over, with the key that is kept now. */
  restart(): void {
    this.socket?.close();
    this.socket = undefined;
    this.retry = 0;
    if (this.subscriptions.size > 0) this.open();
  }

  private set(link: Link): void {
    if (this.link === link) return;
    this.link = link;
    this.listeners.forEach((tell) => tell());
  }

  private open(): void {
    if (this.socket && this.socket.readyState <= WebSocket.OPEN) return;
    clearTimeout(this.timer);
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
    this.socket = socket;
    socket.onopen = () => {
      if (key()) this.send({ op: "auth", key: key() });
      this.subscriptions.forEach((s) => this.ask(s));
      this.answered = true;
      clearInterval(this.ping);
      this.ping = setInterval(() => this.beat(), PING_MS);
    };
    socket.onmessage = (event) => this.receive(event.data as string);
    socket.onclose = (event) => this.lost(socket, event.code);
  }

  private beat(): void {
    if (!this.answered) {
      this.socket?.close();
      return;
    }
    this.answered = false;
    this.send({ op: "ping" });
  }

  private lost(socket: WebSocket, code: number): void {
    if (socket !== this.socket) return;
    clearInterval(this.ping);
    this.set("away");
    if (code === 4401) {
      denied();
      return;
    }
    if (this.subscriptions.size === 0) return;
    const wait = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** this.retry) * (0.6 + Math.random() * 0.4);
    this.retry += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), wait);
  }

  private receive(text: string): void {
    const message = JSON.parse(text) as Message;
    this.answered = true;
    this.retry = 0;
    this.set("live");
    for (const subscription of this.subscriptions) {
      if (subscription.channel === message.channel) subscription.handle(message);
    }
  }

  private ask(subscription: Subscription): void {
    this.send({ op: "subscribe", channel: subscription.channel, params: subscription.params });
  }

  private send(message: unknown): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}

const socket = new LiveSocket();

export function restartLive(): void {
  socket.restart();
}

/** Whether live data flows. */
export function useLink(): Link {
  return useSyncExternalStore(socket.watch, () => socket.link);
}

/** Hears a channel while the component is shown and `on` holds. A channel has one set of params per page. */
export function useChannel(channel: string, params: Record<string, unknown>, on: boolean, handle: (type: "snapshot" | "delta", data: unknown) => void): string {
  const latest = useRef(handle);
  const [error, setError] = useState("");
  useEffect(() => {
    latest.current = handle;
  });
  const shape = JSON.stringify(params);
  useEffect(() => {
    if (!on) return undefined;
    return socket.subscribe({
      channel,
      params: JSON.parse(shape) as Record<string, unknown>,
      handle: (message) => {
        if (message.type === "snapshot" || message.type === "delta") {
          setError("");
          latest.current(message.type, message.data);
        } else if (message.type === "error") setError((message.data as { detail: string }).detail);
      },
    });
  }, [channel, shape, on]);
  return error;
}
