/** Where the nodes of a graph stood when it was drawn last in this tab: it is drawn there at once, and looks as it did. */
import type { Positions } from "@/lib/graph";

/** `came`: who stood there that came after the rest was arranged. `scale`: how much of its size each node had. `grouped`: communities were known. */
export type Places = { positions: Positions; came: string[]; scale: number; grouped: boolean };

const PREFIX = "swarmscope.places.";

function isPlaces(value: unknown): value is Places {
  if (typeof value !== "object" || value === null) return false;
  const { positions, came, scale, grouped } = value as Partial<Places>;
  const fine = (at: unknown) => typeof at === "object" && at !== null && Number.isFinite((at as Positions[string]).x) && Number.isFinite((at as Positions[string]).y);
  return typeof scale === "number" && scale > 0 && scale <= 1 && typeof grouped === "boolean" && Array.isArray(came) && typeof positions === "object" && positions !== null && Object.values(positions).every(fine);
}

export function placesOf(name: string): Places | undefined {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(PREFIX + name) ?? "null");
    return isPlaces(value) ? value : undefined;
  } catch {
    return undefined; // none are kept where the browser keeps nothing
  }
}

export function keepPlaces(name: string, { positions, ...more }: Places): void {
  const whole = Object.fromEntries(Object.entries(positions).map(([id, { x, y }]) => [id, { x: Math.round(x * 10) / 10, y: Math.round(y * 10) / 10 }]));
  try {
    sessionStorage.setItem(PREFIX + name, JSON.stringify({ positions: whole, ...more }));
  } catch {
    // it is arranged anew at the next load
  }
}
