/** Hears the live channels and keeps the fleet as columns, away from the main thread. */
import { LiveSocket, type Link, type Message, type Params } from "./socket";
import { FleetTable, owned, type Delta, type Wire } from "./table";

export type Order = { op: "start"; url: string; key: string } | { op: "restart"; key: string } | { op: "subscribe"; channel: string; params: Params } | { op: "unsubscribe"; channel: string };
export type Report = { kind: "link"; link: Link } | { kind: "denied" } | { kind: "message"; message: Message };

const AGAIN_MS = 5000;

const tell = (report: Report, transfer: ArrayBufferLike[] = []) => self.postMessage(report, { transfer: transfer as ArrayBuffer[] });
let socket: LiveSocket | undefined;
/** Undefined until the snapshot of what is asked for now. */
let table: FleetTable | undefined;
let asked: Params = {};
let askedAt = 0;

function fleet(message: Message): void {
  if (message.type === "snapshot") table ??= new FleetTable();
  const update = message.type === "snapshot" ? table?.load(message.data as Wire) : table?.merge(message.data as Delta);
  if (update) tell({ kind: "message", message: { ...message, data: update } }, owned(update));
  else if (table && Date.now() - askedAt > AGAIN_MS) {
    // An agent came into the environment that is looked at: only a snapshot has its name.
    askedAt = Date.now();
    socket?.subscribe("fleet", asked);
  }
}

function hear(message: Message): void {
  if (message.channel === "fleet" && (message.type === "snapshot" || message.type === "delta")) fleet(message);
  else tell({ kind: "message", message });
}

self.onmessage = (event: MessageEvent<Order>) => {
  const order = event.data;
  if (order.op === "start") socket = new LiveSocket(order.url, { link: (link) => tell({ kind: "link", link }), denied: () => tell({ kind: "denied" }), message: hear }, order.key);
  else if (order.op === "restart") socket?.restart(order.key);
  else if (order.op === "subscribe") {
    if (order.channel === "fleet") {
      asked = order.params;
      table = undefined;
    }
    socket?.subscribe(order.channel, order.params);
  } else socket?.unsubscribe(order.channel);
};
