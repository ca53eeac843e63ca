import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useHotkeys } from "@/lib/keyboard";
import { useSettled } from "@/lib/use";
import css from "./FindBox.module.css";

/** Words to narrow a list by; told when they stand still. `/` goes there. */
export function FindBox({ label, placeholder, value, onChange }: { label: string; placeholder: string; value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  const field = useRef<HTMLInputElement>(null);
  const settled = useSettled(text, 300);
  const tell = useRef(onChange);
  if (known !== value) {
    setKnown(value); // the address changed: a link, or back
    if (value !== text.trim()) setText(value);
  }
  useEffect(() => {
    tell.current = onChange;
  });
  useEffect(() => {
    if (settled === text && settled.trim() !== known) tell.current(settled.trim());
  }, [settled, text, known]);
  useHotkeys([{ keys: "/", label: "Go to the filter", group: "List", run: () => field.current?.focus() }]);
  return (
    <span className={css.box}>
      <Search aria-hidden="true" />
      <input
        ref={field}
        type="search"
        aria-label={label}
        placeholder={placeholder}
        maxLength={512}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.stopPropagation();
            event.currentTarget.blur();
          }
        }}
      />
    </span>
  );
}
