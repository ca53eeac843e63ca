import { X } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { cx } from "@/lib/cx";
import { useAway } from "@/lib/use";
import { IconButton } from "./Button";
import css from "./Dialog.module.css";
import { SCROLLS } from "./scroller";

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
          <div className={css.body} {...{ [SCROLLS]: "" }}>
            {children}
          </div>
        </>
      )}
    </dialog>
  );
}

const NEAR_PX = 5;
const EDGE_PX = 8;

/** Puts a window beside its button, where it has room, wholly within the browser's. */
function place(panel: HTMLElement, anchor: HTMLElement, side: "left" | "right", up: boolean): void {
  const button = anchor.getBoundingClientRect();
  const { width, height } = panel.getBoundingClientRect();
  const enlarged = panel.currentCSSZoom ?? 1; // on a wall screen
  const [above, below] = [button.top - NEAR_PX - height, button.bottom + NEAR_PX];
  const fits = (top: number) => top >= EDGE_PX && top + height <= window.innerHeight - EDGE_PX;
  const top = up ? (fits(above) || !fits(below) ? above : below) : fits(below) || !fits(above) ? below : above;
  const left = side === "right" ? button.right - width : button.left;
  panel.style.top = `${Math.max(EDGE_PX, Math.min(top, window.innerHeight - height - EDGE_PX)) / enlarged}px`;
  panel.style.left = `${Math.max(EDGE_PX, Math.min(left, window.innerWidth - width - EDGE_PX)) / enlarged}px`;
}

/** A small window below its button, above everything else: no part of the page cuts it off. `button` gets the props that open it. */
export function Popover(props: {
  button: (control: { onClick: () => void; "aria-expanded": boolean; "aria-haspopup": "dialog" }) => ReactNode;
  children: (close: () => void) => ReactNode;
  label: string;
  side?: "left" | "right";
  /** Opens above its button, where it has room. */
  up?: boolean;
}) {
  const { side = "left", up = false } = props;
  const [open, setOpen] = useState(false);
  const ref = useRef<HTMLSpanElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const close = () => setOpen(false);
  useAway(ref, open, close);
  useLayoutEffect(() => {
    const [shown, anchor] = [panel.current, ref.current];
    if (!open || !shown || !anchor) return undefined;
    const put = () => place(shown, anchor, side, up);
    shown.showPopover?.(); // not in every test's document
    put();
    const size = new ResizeObserver(put);
    size.observe(shown);
    window.addEventListener("resize", put);
    window.addEventListener("scroll", put, true);
    return () => {
      size.disconnect();
      window.removeEventListener("resize", put);
      window.removeEventListener("scroll", put, true);
    };
  }, [open, side, up]);
  return (
    <span ref={ref} className={css.anchor}>
      {props.button({ onClick: () => setOpen(!open), "aria-expanded": open, "aria-haspopup": "dialog" })}
      {open && (
        <div ref={panel} role="dialog" aria-label={props.label} className={css.popover} popover="manual">
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
