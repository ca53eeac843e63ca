import { X } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { IconButton } from "./Button";
import css from "./Opened.module.css";

/** One row of a list, opened beside it. `head`: signs and words of its first line; `deeds`: where to go from here. */
export function Opened({ name, head, deeds, className, onClose, children }: { name: string; head: ReactNode; deeds?: ReactNode; className?: string; onClose: () => void; children: ReactNode }) {
  return (
    <section className={cx(css.opened, className)} aria-label={name} tabIndex={0}>
      <header className={css.head}>
        {head}
        <span className={css.tools}>
          <IconButton label="Close" onClick={onClose}>
            <X aria-hidden="true" />
          </IconButton>
        </span>
      </header>
      {children}
      {deeds && <div className={css.deeds}>{deeds}</div>}
    </section>
  );
}

/** A part of it under a heading of its own. */
export function Part({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <div>
      <h3 className={css.sub}>{title}</h3>
      {children}
    </div>
  );
}

/** Text as it was sent or written, with its line breaks. */
export function Verbatim({ children, className }: { children: ReactNode; className?: string }) {
  return <pre className={cx(css.text, className)}>{children}</pre>;
}
