import { Play } from "lucide-react";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { Button } from "@/components/Button";
import { cx } from "@/lib/cx";
import { useHotkeys } from "@/lib/keyboard";
import { fault, spotAt, suggestions, taken, type Spot, type Suggestion } from "@/lib/promql";
import { useAway, useSettled } from "@/lib/use";
import { useMetrics, useNames } from "./known";
import css from "./Metrics.module.css";

const LINES_MAX = 12;

/** Labels of a metric, or values of one of them. */
function useKnown(spot: Spot) {
  const wanted = spot.kind === "label" ? "labels" : spot.kind === "value" && spot.label ? (`label/${spot.label}/values` as const) : undefined;
  return useNames(wanted, spot.metric).data?.map((text) => ({ text }));
}

type Props = { value: string; onRun: (query: string) => void; error?: unknown; label?: string; busy?: boolean };

/** A text field for PromQL: completes metrics, functions, labels and values; shows in place what the server cannot read. */
export function Editor({ value, onRun, error, label = "PromQL query", busy }: Props) {
  const [draft, setDraft] = useState(value);
  const [shown, setShown] = useState(value);
  const [at, setAt] = useState(value.length);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const field = useRef<HTMLTextAreaElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  if (shown !== value) {
    setShown(value);
    setDraft(value);
    setAt(value.length);
  }
  const spot = spotAt(draft, at);
  const metrics = useMetrics();
  const settled = useSettled(`${spot.kind}\n${spot.metric}\n${spot.label}`, 100);
  const [kind = "none", metric = "", of = ""] = settled.split("\n");
  const more = useKnown({ ...spot, kind: kind as Spot["kind"], metric, label: of });
  const offered = open ? suggestions(spot, (spot.kind === "name" ? metrics.data : more) ?? []) : [];
  useAway(box, open, () => setOpen(false));
  useHotkeys([{ keys: "/", label: "Query", group: "Page", run: () => field.current?.focus() }]);
  const wanted = useRef<number>(undefined); // where the cursor goes once a suggestion was taken
  useEffect(() => {
    if (wanted.current === undefined) return;
    field.current?.setSelectionRange(wanted.current, wanted.current);
    wanted.current = undefined;
  }, [draft]);
  useEffect(() => {
    box.current?.querySelector('[aria-selected="true"]')?.scrollIntoView?.({ block: "nearest" });
  }, [active]);
  const take = (suggestion: Suggestion) => {
    const next = taken(draft, spot, suggestion);
    wanted.current = next.at;
    setDraft(next.text);
    setAt(next.at);
    setActive(0);
    setOpen(suggestion.kind === "function" || suggestion.kind === "aggregation");
    field.current?.focus();
  };
  const run = () => {
    setOpen(false);
    onRun(draft.trim());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const chosen = offered[active];
    if (event.key === "Enter" && !event.shiftKey && (event.metaKey || event.ctrlKey || !chosen)) {
      event.preventDefault();
      run();
    } else if (chosen && (event.key === "Enter" || event.key === "Tab") && !event.shiftKey) {
      event.preventDefault();
      take(chosen);
    } else if (chosen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      setActive((active + (event.key === "ArrowDown" ? 1 : offered.length - 1)) % offered.length);
    } else if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      setOpen(true);
    } else if (event.key === "Escape" && !open) field.current?.blur();
  };
  return (
    <div className={css.editor} ref={box}>
      <div className={cx(css.field, error !== undefined && error !== null && draft.trim() === value && css.wrong)}>
        <textarea
          ref={field}
          rows={Math.min(LINES_MAX, draft.split("\n").length)}
          value={draft}
          aria-label={label}
          role="combobox"
          aria-expanded={offered.length > 0}
          aria-controls={`${id}list`}
          aria-activedescendant={offered.length > 0 ? `${id}${active}` : undefined}
          placeholder="A metric, or PromQL such as sum by (gen_ai_request_model) (rate(agent_requests_total[5m]))"
          autoComplete="off"
          spellCheck={false}
          onSelect={(event) => setAt(event.currentTarget.selectionStart)}
          onChange={(event) => {
            setDraft(event.target.value);
            setAt(event.target.selectionStart);
            setActive(0);
            setOpen(true);
          }}
          onKeyDown={onKeyDown}
        />
        <Button look="primary" onClick={run} disabled={busy || !draft.trim()} title="↵ runs, ⇧↵ makes a new line, ctrl space completes">
          <Play aria-hidden="true" /> Run
        </Button>
      </div>
      {offered.length > 0 && (
        <div className={css.offered} id={`${id}list`} role="listbox" aria-label="Suggestions">
          {offered.map((one, index) => (
            <div key={one.kind + one.text} id={`${id}${index}`} role="option" aria-selected={index === active} className={css.option} onPointerDown={(event) => event.preventDefault()} onPointerMove={() => setActive(index)} onClick={() => take(one)}>
              <code className="clip foreign">{one.text}</code>
              <span className={cx(css.about, "clip foreign")}>{one.about || one.kind}</span>
            </div>
          ))}
        </div>
      )}
      {error !== undefined && error !== null && draft.trim() === value && !open && <Fault text={value} error={error} />}
    </div>
  );
}

/** What is wrong, with the place marked. */
function Fault({ text, error }: { text: string; error: unknown }) {
  const { at, words } = fault(text, error instanceof Error ? error.message : String(error));
  const end = at === undefined ? 0 : at + (/^[A-Za-z0-9_:]+|^./.exec(text.slice(at))?.[0].length ?? 0);
  return (
    <p className={css.fault} role="alert">
      <span className="foreign">{words}</span>
      {at !== undefined && (
        <code className="foreign">
          {text.slice(0, at)}
          <mark>{text.slice(at, end) || "▕"}</mark>
          {text.slice(end)}
        </code>
      )}
    </p>
  );
}
