import { X } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { cx } from "@/lib/cx";
import { useAway } from "@/lib/use";
import { IconButton } from "./Button";
import css from "./Dialog.module.css";

/** A modal window; the browser keeps the focus inside and gives it back. Mounted while it is open. */
export function Dialog({ title, onClose, children, bare, className }: { title: string; onClose: () => void; children: ReactNode; bare?: boolean; className?: string }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-label={title}
      className={cx(css.dialog, bare && css.top, className)}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => event.target === event.currentTarget && onClose()}
    >
      {bare ? (
        children
      ) : (
        <>
          <header className={css.head}>
            <h2>{title}</h2>
            <IconButton label="Close" onClick={onClose}>
              <X aria-hidden="true" />
            </IconButton>
          </header>
          <div className={css.body}>{children}</div>
        </>
      )}
    </dialog>
  );
}

/** A small window below its button. `button` gets the props that open it. */
export function Popover(props: {
  button: (control: { onClick: () => void; "aria-expanded": boolean; "aria-haspopup": "dialog" }) => ReactNode;
  children: (close: () => void) => ReactNode;
  label: string;
  side?: "left" | "right";
  /** Opens above its button. */
  up?: boolean;
}) {
  const [open, setOpen] = useState(false);
  const ref = useRef<HTMLSpanElement>(null);
  const close = () => setOpen(false);
  useAway(ref, open, close);
  return (
    <span ref={ref} className={css.anchor}>
      {props.button({ onClick: () => setOpen(!open), "aria-expanded": open, "aria-haspopup": "dialog" })}
      {open && (
        <div role="dialog" aria-label={props.label} className={cx(css.popover, props.side === "right" ? css.right : css.left, props.up && css.up)}>
          {props.children(close)}
        </div>
      )}
    </span>
  );
}

/** One line of a popover. */
export function Choice(props: { onClick: () => void; current?: boolean; end?: ReactNode; children: ReactNode }) {
  return (
    <button type="button" className={css.item} aria-current={props.current || undefined} onClick={props.onClick}>
      {props.children}
      {props.end != null && <span className={css.end}>{props.end}</span>}
    </button>
  );
}
