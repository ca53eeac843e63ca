import type { LucideIcon } from "lucide-react";
import { useId, useState, type KeyboardEvent, type ReactNode } from "react";
import { StateShape } from "./Badge";
import { cx } from "@/lib/cx";
import css from "./Palette.module.css";

/** One line of the palette. Lines of a group stand together; `state`: the live state of what it leads to. */
export type Command = { key: string; group: string; label: string; hint?: string; sign: LucideIcon; state?: string; run: () => void };

type Props = {
  label: string;
  placeholder?: string;
  text: string;
  onText: (text: string) => void;
  commands: readonly Command[];
  /** What stands below the lines: that more are looked for, or why they could not be. */
  note?: ReactNode;
  /** Called before a command runs. */
  onRun?: () => void;
  autoFocus?: boolean;
};

/** Words, and what they lead to: arrows choose (round the ends), Enter or a press runs. The focus stays in the words. */
export function Palette({ label, placeholder, text, onText, commands, note, onRun, autoFocus }: Props) {
  const [active, setActive] = useState(0);
  const id = useId();
  const at = Math.min(active, commands.length - 1);
  const groups: { name: string; from: number; commands: Command[] }[] = [];
  commands.forEach((command, i) => {
    const last = groups.at(-1);
    if (last?.name === command.group) last.commands.push(command);
    else groups.push({ name: command.group, from: i, commands: [command] });
  });
  const run = (command: Command | undefined) => {
    if (!command) return;
    onRun?.();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      setActive(commands.length ? (at + by + commands.length) % commands.length : 0);
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      run(commands[at]);
    }
  };
  return (
    <>
      <input
        className={css.input}
        autoFocus={autoFocus}
        placeholder={placeholder}
        aria-label={label}
        role="combobox"
        aria-expanded={commands.length > 0}
        aria-controls={`${id}list`}
        aria-activedescendant={commands.length ? `${id}${at}` : undefined}
        aria-autocomplete="list"
        value={text}
        onChange={(event) => {
          onText(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div className={css.list} id={`${id}list`} role="listbox" aria-label="Results">
        {groups.map((group) => (
          <div key={group.name} role="group" aria-label={group.name}>
            <div className={css.group} aria-hidden="true">{group.name}</div>
            {group.commands.map((command, i) => (
              <Line key={command.key} id={`${id}${group.from + i}`} command={command} on={group.from + i === at} onPoint={() => setActive(group.from + i)} onRun={() => run(command)} />
            ))}
          </div>
        ))}
      </div>
      {note != null && <div className={css.note} role="status">{note}</div>}
    </>
  );
}

/** Brings a line into sight within its list: what stands around the list stays where it is. */
function reveal(line: HTMLElement) {
  const list = line.closest('[role="listbox"]');
  if (!list) return;
  const [box, mine] = [list.getBoundingClientRect(), line.getBoundingClientRect()];
  if (mine.top < box.top) list.scrollTop -= box.top - mine.top;
  else if (mine.bottom > box.bottom) list.scrollTop += mine.bottom - box.bottom;
}

function Line({ id, command, on, onPoint, onRun }: { id: string; command: Command; on: boolean; onPoint: () => void; onRun: () => void }) {
  return (
    <div
      id={id}
      role="option"
      aria-selected={on}
      className={css.item}
      ref={(element) => {
        if (on && element) reveal(element);
      }}
      onPointerMove={() => !on && onPoint()}
      onClick={onRun}
    >
      <command.sign aria-hidden="true" />
      {command.state && <StateShape state={command.state} />}
      <span className={cx(css.name, "clip foreign")}>{command.label}</span>
      {command.hint && <span className={css.hint}>{command.hint}</span>}
    </div>
  );
}
