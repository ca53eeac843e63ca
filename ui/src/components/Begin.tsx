import type { ReactNode } from "react";
import css from "./Begin.module.css";

type Props = {
  label: string;
  queries: readonly { title: string; query: string; about?: string }[];
  onPick: (query: string) => void;
  /** What stands above them. */
  children: ReactNode;
};

/** Before anything was asked: queries that are asked by a press. */
export function Begin({ label, queries, onPick, children }: Props) {
  return (
    <div className={css.begin}>
      <p className="dim">{children}</p>
      <ul aria-label={label}>
        {queries.map(({ title, query, about }) => (
          <li key={query}>
            <button type="button" onClick={() => onPick(query)}>
              <strong className="foreign">{title}</strong>
              {about && <span className="foreign">{about}</span>}
              <code className="clip foreign">{query.replaceAll(/\s+/g, " ")}</code>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
