import { ago, lasting, parseTime, stamp } from "@/lib/time";
import { useNow } from "@/lib/use";

/** How long ago a moment was, or with `lasts` how long what began then has gone on; the exact moment on hover. */
export function Ago({ time, lasts = false }: { time: string | number; lasts?: boolean }) {
  const now = useNow(5000);
  const ms = typeof time === "number" ? time : parseTime(time);
  return (
    <time className="num" dateTime={new Date(ms).toISOString()} title={`${stamp(ms)} · ${typeof time === "string" ? time : new Date(ms).toISOString()}`}>
      {lasts ? lasting(ms, now) : ago(ms, now)}
    </time>
  );
}
