/** The WebSocket of the live channels. Runs in a worker (`live.worker.ts`), so that parsing a whole fleet costs no frame. */

/** `away`: the connection is lost and being tried again. */
export type Link = "connecting" | "live" | "away";

export type Params = Record<string, unknown>;
export type Message = { channel: string; type: "snapshot" | "delta" | "error" | "pong"; data: unknown };

type Tell = { link: (link: Link) => void; denied: () => void; message: (message: Message) => void };

const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 10_000;
const PING_MS = 20_000;

/** One connection for the whole page. Opens with the first subscription; tries again for ever, ever more slowly. */
export class LiveSocket {
  private socket: WebSocket | undefined;
  private wanted = new Map<string, Params>();
  private retry = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ping: ReturnType<typeof setInterval> | undefined;
  private answered = true;
  private link: Link = "connecting";

  constructor(
    private readonly url: string,
    private readonly tell: Tell,
    private key = "",
  ) {}

  /** Asks for a channel, again when it is asked for already: the answer begins with a snapshot. */
  subscribe(channel: string, params: Params): void {
    this.wanted.set(channel, params);
    if (this.socket?.readyState === WebSocket.OPEN) this.send({ op: "subscribe", channel, params });
    else this.open();
  }

  unsubscribe(channel: string): void {
    if (this.wanted.delete(channel)) this.send({ op: "unsubscribe", channel });
    if (this.wanted.size > 0 || this.link !== "away") return;
    clearTimeout(this.timer);
    this.set("connecting");
  }

  /** Starts over with another key. */
  restart(key: string): void {
    this.key = key;
    const old = this.socket;
    this.socket = undefined;
    old?.close();
    this.retry = 0;
    if (this.wanted.size > 0) this.open();
  }

  private set(link: Link): void {
    if (this.link === link) return;
    this.link = link;
    this.tell.link(link);
  }

  private open(): void {
    if (this.socket && this.socket.readyState <= WebSocket.OPEN) return;
    clearTimeout(this.timer);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onopen = () => {
      if (this.key) this.send({ op: "auth", key: this.key });
      this.wanted.forEach((params, channel) => this.send({ op: "subscribe", channel, params }));
      this.answered = true;
      clearInterval(this.ping);
      this.ping = setInterval(() => this.beat(), PING_MS);
    };
    socket.onmessage = (event) => socket === this.socket && this.receive(event.data as string);
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
    const refused = code === 4403; // what it asks for is not its own: it was told so, and no connection is lost
    this.set(this.wanted.size === 0 || refused ? "connecting" : "away"); // nobody tries again what nobody wants
    if (code === 4401) {
      this.tell.denied();
      return;
    }
    if (this.wanted.size === 0) return;
    const wait = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** this.retry) * (0.6 + Math.random() * 0.4);
    this.retry += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), wait);
  }

  private receive(text: string): void {
    const message = JSON.parse(text) as Message;
    this.answered = true;
    if (message.channel === "" && message.type === "error") {
      for (const channel of this.wanted.keys()) this.tell.message({ ...message, channel });
      return;
    }
    this.retry = 0;
    this.set("live");
    if (this.wanted.has(message.channel)) this.tell.message(message);
  }

  private send(message: unknown): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}
