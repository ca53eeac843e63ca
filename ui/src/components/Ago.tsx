import { ago, parseTime, stamp } from "@/lib/time";
import { useNow } from "@/lib/use";

/** How long ago a moment was; the exact one on hover. */
export function Ago({ time }: { time: string | number }) {
  const now = useNow(5000);
  const ms = typeof time === "number" ? time : parseTime(time);
  return (
    <time className="num" dateTime={new Date(ms).toISOString()} title={`${stamp(ms)} · ${typeof time === "string" ? time : new Date(ms).toISOString()}`}>
      {ago(ms, now)}
    </time>
  );
}
