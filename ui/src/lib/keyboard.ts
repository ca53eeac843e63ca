import { useEffect, useRef } from "react";

/** One entry of the list that `?` shows. Keys: `j`, `/`, `mod+k`, or a sequence such as `g a`. */
export type Hotkey = { keys: string; label: string; group: string; run: (event: KeyboardEvent) => void };

/** The key beside the letter of a command, as this machine calls it, ready to stand before another key. */
export const MOD = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "") ? "⌘" : "Ctrl ";

const registry = new Map<symbol, Hotkey>();
const SEQUENCE_MS = 900;

/** What is bound right now, for the help dialog. */
export function hotkeys(): Hotkey[] {
  return [...registry.values()];
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

const WALKING = ["j", "k", "ArrowDown", "ArrowUp"];

/** What Enter presses, such as a link that has the focus: the key is not taken from it. */
function pressable(target: EventTarget | null): HTMLElement | undefined {
  return (target instanceof HTMLElement && target.closest<HTMLElement>("a[href], button, summary")) || undefined;
}

function press(event: KeyboardEvent): string {
  const mod = event.metaKey || event.ctrlKey ? "mod+" : "";
  const alt = event.altKey ? "alt+" : "";
  return mod + alt + (event.key.length === 1 ? event.key.toLowerCase() : event.key);
}

let pending = "";
let pendingSince = 0;

/** The hotkey that this press completes; remembers the first half of a sequence. Exported for tests. */
export function match(key: string, at: number): Hotkey | undefined {
  const sequence = pending && at - pendingSince < SEQUENCE_MS ? `${pending} ${key}` : "";
  pending = "";
  const all = [...registry.values()].reverse();
  const hit = (sequence && all.find((h) => h.keys === sequence)) || all.find((h) => h.keys === key);
  if (hit) return hit;
  if (all.some((h) => h.keys.startsWith(`${key} `))) {
    pending = key;
    pendingSince = at;
  }
  return undefined;
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const key = press(event);
  if (isTyping(event.target) && !key.startsWith("mod+") && key !== "Escape") return;
  if (key === "Enter" && pressable(event.target)) return;
  if (document.querySelector("dialog[open]") && key !== "mod+k") return;
  const hit = match(key, performance.now());
  if (hit) {
    event.preventDefault();
    if (WALKING.includes(key)) pressable(event.target)?.blur(); // who walks through rows means the row by Enter, not what was pressed before
    hit.run(event);
  }
}

/** Binds keys while the component is shown. The latest binding of a key wins. */
export function useHotkeys(bindings: Hotkey[]): void {
  const latest = useRef(bindings);
  useEffect(() => {
    latest.current = bindings;
  });
  const shape = bindings.map((b) => `${b.keys}\t${b.label}\t${b.group}`).join("\n");
  useEffect(() => {
    const mine = shape.split("\n").filter(Boolean).map((line, index) => {
      const [keys = "", label = "", group = ""] = line.split("\t");
      const id = Symbol(keys);
      registry.set(id, { keys, label, group, run: (event) => latest.current[index]?.run(event) });
      return id;
    });
    return () => mine.forEach((id) => registry.delete(id));
  }, [shape]);
}

/** Listens on the window; called once by the shell. */
export function useKeyboard(): void {
  useEffect(() => {
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
