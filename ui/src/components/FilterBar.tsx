import { Search, X } from "lucide-react";
import { useEffect, useId, useRef, useState, type FocusEvent, type KeyboardEvent } from "react";
import { useQuery } from "@tanstack/react-query";
import { get, type ApiError, type Schema } from "@/api/client";
import { cx } from "@/lib/cx";
import { count } from "@/lib/format";
import { useHotkeys } from "@/lib/keyboard";
import { useAway, useSettled } from "@/lib/use";
import { Kbd } from "./Badge";
import { IconButton } from "./Button";
import css from "./FilterBar.module.css";

type Props = {
  value: string;
  onChange: (filter: string) => void;
  noun: "spans" | "logs" | "agents";
  placeholder: string;
  /** What the server says is wrong with the filter. */
  error?: ApiError;
};

type Suggestion = Schema<"Suggestion">;

/** A line of the filter language with completion from the server: fields, operators, and the values that really occur. */
export function FilterBar({ value, onChange, noun, placeholder, error }: Props) {
  const [draft, setDraft] = useState(value);
  const [shown, setShown] = useState(value);
  const [position, setPosition] = useState(value.length);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  if (shown !== value) {
    setShown(value);
    setDraft(value);
  }
  const asked = useSettled(`${position}\n${draft}`, 120);
  const completion = useQuery({
    queryKey: ["complete", noun, asked],
    enabled: open,
    staleTime: 30_000,
    queryFn: ({ signal }) => {
      const cut = asked.indexOf("\n");
      return get("/api/v1/search/complete", { query: { noun, q: asked.slice(cut + 1), position: Number(asked.slice(0, cut)), limit: 12 }, signal });
    },
  });
  const current = asked === `${position}\n${draft}`;
  const suggestions = open && current ? (completion.data?.suggestions ?? []) : [];
  useAway(box, open, () => setOpen(false));
  useHotkeys([{ keys: "/", label: "Filter", group: "Page", run: () => input.current?.focus() }]);
  const wanted = useRef<number>(undefined); // where the cursor goes once a suggestion was taken; else a selection is the reader's
  useEffect(() => {
    if (wanted.current === undefined) return;
    input.current?.setSelectionRange(wanted.current, wanted.current);
    wanted.current = undefined;
  }, [draft]);

  const commit = (text: string) => {
    setOpen(false);
    setActive(-1);
    onChange(text.trim());
  };
  const take = (suggestion: Suggestion) => {
    const { start, end } = completion.data ?? { start: position, end: position };
    const gap = suggestion.kind === "value" && draft.slice(end) === "" ? " " : "";
    const text = draft.slice(0, start) + suggestion.text + gap + draft.slice(end);
    wanted.current = start + suggestion.text.length + gap.length;
    setDraft(text);
    setPosition(wanted.current);
    setActive(-1);
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = suggestions[active];
    if (event.key === "Enter" || (event.key === "Tab" && chosen)) {
      event.preventDefault();
      if (chosen) take(chosen);
      else commit(draft);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const by = event.key === "ArrowDown" ? 1 : -1;
      setActive(suggestions.length ? (active + by + suggestions.length + (active < 0 && by < 0 ? 1 : 0)) % suggestions.length : -1);
    } else if (event.key === "Escape" && !open) input.current?.blur();
  };
  /** Left for another part of the page, not for another window: what is written holds, unless the bar's own button takes it away. */
  const onBlur = (event: FocusEvent) => {
    if (document.activeElement === event.currentTarget) return;
    setOpen(false);
    setActive(-1);
    if (draft.trim() !== value && !box.current?.contains(event.relatedTarget)) commit(draft);
  };
  return (
    <div className={css.bar} ref={box}>
      <div className={cx(css.field, error && css.wrong)}>
        <Search aria-hidden="true" />
        <input
          ref={input}
          className={css.input}
          value={draft}
          placeholder={placeholder}
          aria-label="Filter"
          role="combobox"
          aria-expanded={suggestions.length > 0}
          aria-controls={`${id}list`}
          aria-activedescendant={active >= 0 ? `${id}${active}` : undefined}
          aria-invalid={!!error}
          autoComplete="off"
          spellCheck={false}
          onFocus={() => setOpen(true)}
          onClick={(event) => setPosition(event.currentTarget.selectionStart ?? draft.length)}
          onChange={(event) => {
            setDraft(event.target.value);
            setPosition(event.target.selectionStart ?? event.target.value.length);
            setActive(-1);
            setOpen(true);
          }}
          onKeyDown={onKeyDown}
          onBlur={onBlur}
        />
        {draft ? (
          <IconButton label="Clear the filter" className={css.small} onClick={() => { setDraft(""); commit(""); }}>
            <X aria-hidden="true" />
          </IconButton>
        ) : (
          <Kbd>/</Kbd>
        )}
      </div>
      {suggestions.length > 0 && (
        <div className={css.list} id={`${id}list`} role="listbox" aria-label="Suggestions">
          {suggestions.map((suggestion, index) => (
            <div
              key={suggestion.kind + suggestion.text}
              id={`${id}${index}`}
              role="option"
              aria-selected={index === active}
              className={css.option}
              onMouseDown={(event) => event.preventDefault()}
              onPointerMove={() => setActive(index)}
              onClick={() => take(suggestion)}
            >
              <code className="clip foreign">{suggestion.text}</code>
              <span className={cx(css.detail, "clip")}>{suggestion.detail}</span>
              {suggestion.count != null && <span className={css.count}>{count(suggestion.count)}</span>}
            </div>
          ))}
        </div>
      )}
      {error && !open && (
        <p className={css.error} role="alert">
          {error.message}
          <Place text={value} at={error.position} />
        </p>
      )}
    </div>
  );
}

/** The filter with the word marked from which on it makes no sense. */
function Place({ text, at }: { text: string; at?: number }) {
  const letters = [...text]; // the server counts characters, a string of ours UTF-16 units
  if (at === undefined || at >= letters.length) return null;
  const space = letters.findIndex((letter, index) => index > at && /\s/.test(letter));
  const end = space < 0 ? letters.length : space;
  return (
    <code className={cx(css.place, "foreign")}>
      {letters.slice(0, at).join("")}
      <mark>{letters.slice(at, end).join("")}</mark>
      {letters.slice(end).join("")}
    </code>
  );
}
