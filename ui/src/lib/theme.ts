import { useSyncExternalStore } from "react";

export type Theme = "dark" | "light";
export type ThemeChoice = Theme | "system";

const KEY = "swarmscope.theme";
const listeners = new Set<() => void>();
const system = () => (window.matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark");

export function themeChoice(): ThemeChoice {
  const kept = localStorage.getItem(KEY);
  return kept === "dark" || kept === "light" ? kept : "system";
}

function theme(): Theme {
  const choice = themeChoice();
  return choice === "system" ? system() : choice;
}

/** Puts the theme on the document; called once before the first paint, then whenever it changes. */
export function applyTheme(): void {
  document.documentElement.dataset["theme"] = theme();
  listeners.forEach((tell) => tell());
}

export function chooseTheme(choice: ThemeChoice): void {
  if (choice === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, choice);
  applyTheme();
}

export function watchSystemTheme(): void {
  window.matchMedia("(prefers-color-scheme: light)").addEventListener("change", applyTheme);
}

/** The theme shown; charts redraw with it because a canvas does not follow CSS variables. */
export function useTheme(): Theme {
  return useSyncExternalStore(
    (change) => {
      listeners.add(change);
      return () => listeners.delete(change);
    },
    theme,
    () => "dark",
  );
}

/** The value of a colour token, for canvases. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
