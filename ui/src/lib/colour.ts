/** Arithmetic on colours, for canvases. Pure. */

/** Red, green and blue of `#rrggbb`, or of `#rgb` as what makes style sheets small writes it; 0 to 255. */
export function parts(colour: string): [number, number, number] {
  const digits = colour.length === 4 ? Array.from(colour, (digit) => digit + digit).join("").slice(1) : colour;
  const part = (at: number) => parseInt(digits.slice(at, at + 2), 16) || 0;
  return [part(1), part(3), part(5)];
}

/** A colour between two. */
export function mix(a: string, b: string, share: number): string {
  const [from, to] = [parts(a), parts(b)];
  return `#${from.map((part, i) => Math.round(part * (1 - share) + (to[i] ?? 0) * share).toString(16).padStart(2, "0")).join("")}`;
}
