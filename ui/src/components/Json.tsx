import { useState } from "react";
import { plural } from "@/lib/format";
import css from "./Json.module.css";

const STRING_MAX = 1200;
const CHILDREN_MAX = 100;
const OPEN_DEPTH = 2;
const OPEN_CHILDREN = 24;

/** Any JSON value as a tree. Long strings and long lists are cut until asked for, so that size never freezes the page. */
export function Json({ value }: { value: unknown }) {
  return (
    <div className={css.json}>
      <Node value={value} depth={0} />
    </div>
  );
}

function Node({ name, value, depth }: { name?: string; value: unknown; depth: number }) {
  const label = name !== undefined && <span className={css.name}>{name}: </span>;
  if (typeof value !== "object" || value === null) {
    return (
      <div className={css.line}>
        {label}
        <Leaf value={value} />
      </div>
    );
  }
  return <Branch label={label} value={value} depth={depth} />;
}

function Branch({ label, value, depth }: { label: React.ReactNode; value: object; depth: number }) {
  const isArray = Array.isArray(value);
  const entries: [string, unknown][] = isArray ? value.map((v, i) => [String(i), v]) : Object.entries(value);
  const [open, setOpen] = useState(depth < OPEN_DEPTH && entries.length <= OPEN_CHILDREN);
  const [most, setMost] = useState(CHILDREN_MAX);
  const [left, right] = isArray ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) return <div className={css.line}>{label}{left}{right}</div>;
  return (
    <div className={css.line}>
      <button type="button" className={css.toggle} aria-expanded={open} aria-label={open ? "Fold" : "Unfold"} onClick={() => setOpen(!open)}>
        {open ? "▾" : "▸"}
      </button>
      {label}
      {left}
      {!open && (
        <button type="button" className={css.more} onClick={() => setOpen(true)}>
          {plural(entries.length, isArray ? "item" : "key")}
        </button>
      )}
      {open && entries.slice(0, most).map(([key, child]) => <Node key={key} name={key} value={child} depth={depth + 1} />)}
      {open && entries.length > most && (
        <button type="button" className={css.more} onClick={() => setMost(most * 4)}>
          {entries.length - most} more
        </button>
      )}
      {right}
    </div>
  );
}

function Leaf({ value }: { value: unknown }) {
  const [all, setAll] = useState(false);
  if (typeof value === "string") {
    const cut = !all && value.length > STRING_MAX;
    return (
      <span className={css.string}>
        <bdi>{cut ? value.slice(0, STRING_MAX) : value}</bdi>
        {cut && (
          <button type="button" className={css.more} onClick={() => setAll(true)}>
            … {value.length - STRING_MAX} more characters
          </button>
        )}
      </span>
    );
  }
  return <span className={typeof value === "number" ? css.number : css.literal}>{String(value)}</span>;
}
