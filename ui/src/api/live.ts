import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { answered, denied, key, lookedAt, onReach, reachable } from "./client";
import type { Order, Report } from "./live.worker";
import type { Link, Message, Params } from "./socket";

export type { Link } from "./socket";

type Subscription = { channel: string; handle: (message: Message) => void };

/** The page's end of the live channels; the connection itself lives in a worker that starts with the first subscription. */
class Live {
  link: Link = "connecting";
  private worker: Worker | undefined;
  private subscriptions = new Set<Subscription>();
  private listeners = new Set<() => void>();

  subscribe(subscription: Subscription, params: Params): () => void {
    this.subscriptions.add(subscription);
    this.order({ op: "subscribe", channel: subscription.channel, params });
    return () => {
      this.subscriptions.delete(subscription);
      const left = [...this.subscriptions].some((s) => s.channel === subscription.channel);
      if (!left) this.order({ op: "unsubscribe", channel: subscription.channel });
    };
  }

  watch = (tell: () => void): (() => void) => {
    this.listeners.add(tell);
    return () => this.listeners.delete(tell);
  };

  /** Starts over, with the key that is kept now. */
  restart(): void {
    if (this.worker) this.order({ op: "restart", key: key() });
  }

  private order(order: Order): void {
    if (!this.worker) {
      this.worker = new Worker(new URL("./live.worker.ts", import.meta.url), { type: "module" });
      this.worker.onmessage = (event: MessageEvent<Report>) => this.hear(event.data);
      const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws${lookedAt() && `?tenant=${encodeURIComponent(lookedAt())}`}`;
      this.worker.postMessage({ op: "start", url, key: key() } satisfies Order);
    }
    this.worker.postMessage(order);
  }

  private hear(report: Report): void {
    if (report.kind === "denied") denied();
    else if (report.kind === "link") {
      this.link = report.link;
      if (report.link === "live") answered(true);
      this.listeners.forEach((tell) => tell());
    } else {
      for (const subscription of this.subscriptions) {
        if (subscription.channel === report.message.channel) subscription.handle(report.message);
      }
    }
  }
}

const live = new Live();

export function restartLive(): void {
  live.restart();
}

const watchLink = (tell: () => void): (() => void) => {
  const ends = [live.watch(tell), onReach(tell)];
  return () => ends.forEach((end) => end());
};

/** Whether live data flows: away as well while calls get no answer, since most pages ask and do not listen. */
export function useLink(): Link {
  return useSyncExternalStore(watchLink, () => (reachable() ? live.link : "away"));
}

/** Hears a channel while the component is shown and `on` holds. A channel has one set of params per page. */
export function useChannel(channel: string, params: Params, on: boolean, handle: (type: "snapshot" | "delta", data: unknown) => void): string {
  const latest = useRef(handle);
  const [error, setError] = useState("");
  useEffect(() => {
    latest.current = handle;
  });
  const shape = JSON.stringify(params);
  useEffect(() => {
    if (!on) return undefined;
    const hear = (message: Message) => {
      if (message.type === "snapshot" || message.type === "delta") {
        setError("");
        latest.current(message.type, message.data);
      } else if (message.type === "error") setError((message.data as { detail: string }).detail);
    };
    return live.subscribe({ channel, handle: hear }, JSON.parse(shape) as Params);
  }, [channel, shape, on]);
  return error;
}
