import { CircleAlert } from "lucide-react";
import type { Schema } from "@/api/client";
import { duration, plural } from "@/lib/format";
import { reasons } from "@/lib/trace";
import css from "./Trace.module.css";

const SHOWN = 3;

/** Why a trace failed, in one line per reason: where it began, who it was, and what was said. */
export function Reasons({ spans, errors, onOpen, onAll }: { spans: readonly Schema<"Span">[]; errors: number; onOpen: (spanId: string) => void; onAll: () => void }) {
  const { found, recovered } = reasons(spans);
  if (found.length === 0) return null;
  return (
    <section className={css.reasons} aria-label="Why it failed">
      <CircleAlert aria-hidden="true" />
      <div>
        <h2>
          {plural(errors, "span")} failed{recovered && ", and the work went on to its end"}
        </h2>
        <ul>
          {found.slice(0, SHOWN).map(({ span, times, ended }) => (
            <li key={span.span_id}>
              <button type="button" onClick={() => onOpen(span.span_id)} title="Show the span">
                <strong className="foreign">{span.tool || span.model || span.name}</strong>
                {span.agent && <span className="dim foreign">of {span.agent}</span>}
                <span className="foreign">{span.status_message || "does not say why"}</span>
                <span className="dim">
                  {times > 1 && `${times} times, first `}
                  {span.offset_ns > 0 ? `${duration(span.offset_ns)} into the trace` : "at the very start"}
                  {ended && found.length > 1 && ", what ended the work"}
                </span>
              </button>
            </li>
          ))}
        </ul>
        {found.length > SHOWN && (
          <span className="dim">
            {plural(found.length - SHOWN, "other reason")}; <button type="button" className="link" onClick={onAll}>show all that failed</button>
          </span>
        )}
      </div>
    </section>
  );
}
