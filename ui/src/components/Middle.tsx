import { cx } from "@/lib/cx";
import css from "./Middle.module.css";

/** Names up to this length are cut at their end, if at all. */
const SHORT = 12;
const TAIL = 10;

/** A name that is cut in its middle where there is no room: many begin alike, and their ends tell them apart. The whole is told on hover. */
export function Middle({ text, title = text, className }: { text: string; title?: string; className?: string }) {
  const letters = Array.from(text);
  if (letters.length <= SHORT) {
    return (
      <span className={cx("clip foreign", className)} title={title || undefined}>
        {text}
      </span>
    );
  }
  return (
    <span className={cx(css.middle, className)} title={title || undefined}>
      <span className="hidden">{text}</span>
      <span className={cx(css.head, "foreign")} aria-hidden="true">
        {letters.slice(0, -TAIL).join("")}
      </span>
      <span className={cx(css.tail, "foreign")} aria-hidden="true">
        {letters.slice(-TAIL).join("")}
      </span>
    </span>
  );
}
