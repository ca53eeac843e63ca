import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { patient } from "./patient";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a script that cannot be had while the server is away is had when it is back, and one asks for all", async () => {
  let up = false;
  let asked = 0;
  vi.stubGlobal("fetch", async () => {
    asked += 1;
    if (!up) throw new TypeError("Failed to fetch");
    return new Response(null, { status: asked < 4 ? 502 : 200 }); // a proxy comes up first
  });
  const load = async (name: string) => (up && asked >= 4 ? name : Promise.reject(new Error("Failed to fetch dynamically imported module")));
  const both = Promise.all([patient(() => load("traces"))(), patient(() => load("logs"))()]);
  await vi.advanceTimersByTimeAsync(3000);
  expect(asked).toBe(2);
  up = true;
  await vi.advanceTimersByTimeAsync(4000);
  expect(await both).toEqual(["traces", "logs"]);
  expect(asked).toBe(4);
});

test("a script that is gone from a server that answers fails", async () => {
  vi.stubGlobal("fetch", async () => new Response(null));
  await expect(patient(async () => Promise.reject(new Error("404")))()).rejects.toThrow("404");
});
