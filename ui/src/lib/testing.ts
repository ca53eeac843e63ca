import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

afterEach(cleanup);

class NoResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

globalThis.ResizeObserver ??= NoResizeObserver as unknown as typeof ResizeObserver;
window.matchMedia ??= (query: string) =>
  ({ matches: false, media: query, addEventListener() {}, removeEventListener() {} }) as unknown as MediaQueryList;

// Nothing has a size in jsdom; lists that draw what is in sight need one.
for (const [name, size] of [["clientWidth", 1200], ["clientHeight", 600]] as const) {
  Object.defineProperty(HTMLElement.prototype, name, { configurable: true, value: size });
}
