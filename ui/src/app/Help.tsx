import { Kbd } from "@/components/Badge";
import { Dialog } from "@/components/Dialog";
import { hotkeys, MOD } from "@/lib/keyboard";
import css from "./Help.module.css";

const NAMES: Record<string, string> = { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", Escape: "esc", Enter: "↵", mod: MOD.trim() };

export function Help({ onClose }: { onClose: () => void }) {
  const groups = new Map<string, { keys: string; label: string }[]>();
  for (const key of hotkeys()) groups.set(key.group, [...(groups.get(key.group) ?? []), key]);
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <div className={css.groups}>
        {[...groups].map(([group, keys]) => (
          <section key={group}>
            <h3>{group}</h3>
            <ul>
              {keys.map((key) => (
                <li key={key.keys}>
                  <span>{key.label}</span>
                  {key.keys.split(/[ +]/).map((part) => (
                    <Kbd key={part}>{NAMES[part] ?? part}</Kbd>
                  ))}
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
