import { useMemo, useState } from "react";
import type { Schema } from "@/api/client";
import { MessageView } from "@/components/MessageView";
import { cx } from "@/lib/cx";
import { plural } from "@/lib/format";
import { lineChanges, turnChange } from "@/lib/turns";
import css from "./Trace.module.css";

type Span = Schema<"Span">;
const SHOWN = 60;

/** What a call of a model was given that the call before it was not, and what it was no longer given. */
export function TurnChanges({ before, after }: { before: Span; after: Span }) {
  const [open, setOpen] = useState(false);
  const change = useMemo(() => turnChange(before, after), [before, after]);
  const words = [
    change.added > 0 && `${plural(change.added, "new message")}`,
    change.rewritten.length > 0 && "the system prompt is another",
    change.dropped.length > 0 && `${plural(change.dropped.length, "message")} left out`,
    ...change.settings.slice(0, 3).map((s) => `${s.name.replace(/^gen_ai\.request\./, "")} ${s.before.slice(0, SHOWN)} → ${s.after.slice(0, SHOWN)}`),
    change.settings.length > 3 && `${change.settings.length - 3} more settings`,
  ].filter((w): w is string => typeof w === "string");
  if (words.length === 0) return null;
  const more = change.rewritten.length + change.dropped.length > 0;
  const text = `Since the call before: ${words.join(", ")}`;
  return (
    <div className={css.change}>
      {more ? (
        <button type="button" className={cx(css.earlier, css.notable, "foreign")} aria-expanded={open} onClick={() => setOpen(!open)}>
          {text}
        </button>
      ) : (
        <span className="dim foreign">{text}</span>
      )}
      {open &&
        change.rewritten.map((pair, i) => (
          <pre key={i} className={cx(css.diff, "foreign")} tabIndex={0} aria-label="How the system prompt changed">
            {lineChanges(pair.before.text, pair.after.text).map((line, j) => (
              <span key={j} className={line.mark === "+" ? css.in : line.mark === "-" ? css.out : undefined}>
                {line.mark} {line.text}
                {"\n"}
              </span>
            ))}
          </pre>
        ))}
      {open && change.dropped.map((message, i) => <MessageView key={i} message={message} note={<span className="dim">no longer given</span>} />)}
    </div>
  );
}
