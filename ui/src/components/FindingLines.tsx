import { Link } from "@tanstack/react-router";
import type { Schema } from "@/api/client";
import { Ago } from "./Ago";
import { Badge } from "./Badge";
import css from "./FindingLines.module.css";
import { Later } from "./Later";
import { Severity } from "./Severity";

/** Findings in lines, each a link to the whole of it. times: how often each was found. */
export function FindingLines({ items, times, label }: { items: readonly Schema<"Finding">[]; times?: readonly number[]; label: string }) {
  return (
    <ul className={css.lines} aria-label={label}>
      {items.map((item, i) => (
        <li key={item.id}>
          <Link to="/findings/$finding" params={{ finding: item.id }} className={css.line} title={item.explanation}>
            <Severity severity={item.severity} bare />
            <strong className="clip foreign">{item.title}</strong>
            <span className={css.when}>
              {(times?.[i] ?? 1) > 1 && <Badge title="The same of the same, in this time range">{times?.[i]}×</Badge>} {item.feedback === "false" && <Badge>false alarm</Badge>} <Later finding={item} /> <Ago time={item.end} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
