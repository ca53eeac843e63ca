import { useEffect, useRef, useState, type ButtonHTMLAttributes, type ReactNode } from "react";
import { cx } from "@/lib/cx";
import css from "./Button.module.css";

type Props = ButtonHTMLAttributes<HTMLButtonElement> & { look?: "plain" | "primary" | "quiet"; on?: boolean };

/** A button with words. `on` makes it a toggle. */
export function Button({ look = "plain", on, className, type = "button", ...rest }: Props) {
  return (
    <button
      type={type}
      aria-pressed={on}
      className={cx(css.button, look === "primary" && css.primary, look === "quiet" && css.quiet, on && css.on, className)}
      {...rest}
    />
  );
}

/** A button that shows a sign only; `label` is what it is called. */
export function IconButton({ label, className, look = "quiet", ...rest }: Props & { label: string }) {
  return <Button look={look} aria-label={label} title={label} className={cx(css.icon, className)} {...rest} />;
}

/** One choice of a few. */
export function Segments<T extends string>(props: {
  label: string;
  value: T;
  options: { value: T; label: ReactNode }[];
  onChange: (value: T) => void;
}) {
  const group = useRef<HTMLDivElement>(null);
  const [more, setMore] = useState("");
  const look = () => {
    const box = group.current;
    if (!box) return;
    const left = box.scrollWidth - box.clientWidth - box.scrollLeft;
    setMore([box.scrollLeft > 1 && "before", left > 1 && "after"].filter(Boolean).join(" "));
  };
  useEffect(() => {
    const box = group.current;
    const on = box?.querySelector<HTMLElement>('[aria-pressed="true"]');
    if (box && on && box.scrollWidth > box.clientWidth) box.scrollLeft = on.offsetLeft - (box.clientWidth - on.offsetWidth) / 2;
  }, [props.value]);
  useEffect(() => {
    const box = group.current;
    if (!box) return undefined;
    const observer = new ResizeObserver(look);
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={group} role="group" aria-label={props.label} className={css.group} data-more={more || undefined} onScroll={look}>
      {props.options.map((option) => (
        <Button key={option.value} on={option.value === props.value} onClick={() => props.onChange(option.value)}>
          {option.label}
        </Button>
      ))}
    </div>
  );
}
