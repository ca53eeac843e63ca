// @vitest-environment jsdom
import { afterEach, expect, test, vi } from "vitest";
import { ApiError, askAhead, forgetKey, get, keepKey, look, narrowTo, onDenied, onReach, reachable, send, unlessMissing } from "./client";

/** Answers every call, and remembers them. */
function serve(status: number, body: string) {
  const calls: { url: string; headers: Record<string, string> }[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    calls.push({ url, headers: init.headers as Record<string, string> });
    return new Response(body, { status });
  });
  return calls;
}

afterEach(() => {
  vi.unstubAllGlobals();
  forgetKey();
  narrowTo("");
});

test("ids are escaped in the path, empty parameters left out", async () => {
  const calls = serve(200, "{}");
  await get("/api/v1/agents/{agent_id}", { path: { agent_id: "a/b c" }, query: { start: "-15m" } });
  await get("/api/v1/traces", { query: { q: "", limit: 5 } });
  expect(calls.map((c) => c.url)).toEqual(["/api/v1/agents/a%2Fb%20c?start=-15m", "/api/v1/traces?limit=5"]);
});

test("a kept key is sent, a forgotten one is not", async () => {
  const calls = serve(200, "{}");
  keepKey("secret", false);
  await get("/api/v1/fleet");
  forgetKey();
  await get("/api/v1/fleet");
  expect(calls.map((c) => c.headers["Authorization"])).toEqual(["Bearer secret", undefined]);
});

test("the server's own words reach the reader, with the position", async () => {
  serve(400, JSON.stringify({ title: "QueryError", detail: "unknown field", retryable: false, position: 3 }));
  await expect(get("/api/v1/fleet")).rejects.toMatchObject({ status: 400, message: "unknown field", retryable: false, position: 3 });
});

test("a proxy's page is not shown as an answer", async () => {
  serve(502, "<html>Bad gateway</html>");
  const error = await get("/api/v1/fleet").catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ApiError);
  expect((error as ApiError).retryable).toBe(true);
  expect((error as ApiError).message).toContain("502");
});

test("an unreachable server is worth another try; a demanded key is asked for", async () => {
  vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("network")));
  await expect(get("/api/v1/fleet")).rejects.toMatchObject({ status: 0, retryable: true });
  const told = vi.fn();
  const stop = onDenied(told);
  serve(401, JSON.stringify({ title: "AuthError", detail: "a key is demanded", retryable: false }));
  await expect(get("/api/v1/fleet")).rejects.toMatchObject({ status: 401 });
  expect(told).toHaveBeenCalledOnce();
  stop();
});

test("what is read is narrowed to the environment, unless a call says otherwise", async () => {
  const calls = serve(200, "{}");
  expect(narrowTo("pre production")).toBe(true);
  expect(narrowTo("pre production")).toBe(false);
  await get("/api/v1/traces", { query: { limit: 5 } });
  await get("/api/v1/environments", { query: { environment: "" } });
  expect(calls.map((c) => c.url)).toEqual(["/api/v1/traces?environment=pre+production&limit=5", "/api/v1/environments"]);
});

test("a call without an answer says that the server is away, the next answer that it is back; a call given up says nothing", async () => {
  const told: boolean[] = [];
  const end = onReach(() => told.push(reachable()));
  vi.stubGlobal("fetch", async () => Promise.reject(new DOMException("given up", "AbortError")));
  await expect(get("/api/v1/fleet")).rejects.toThrow();
  expect(reachable()).toBe(true);
  vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("Failed to fetch")));
  await expect(get("/api/v1/fleet")).rejects.toMatchObject({ status: 0 });
  await expect(get("/api/v1/fleet")).rejects.toMatchObject({ status: 0 });
  serve(500, "{}");
  await expect(get("/api/v1/fleet")).rejects.toMatchObject({ status: 500 });
  expect(told).toEqual([false, true]);
  end();
});

test("what was asked ahead is given to the first who asks the same, with the key, and asked anew after it", async () => {
  const calls = serve(200, "[1]");
  keepKey("secret", false);
  askAhead("/api/v1/traces?limit=5");
  expect(calls.map((c) => c.headers["Authorization"])).toEqual(["Bearer secret"]);
  await get("/api/v1/traces", { query: { limit: 6 } });
  expect(await get("/api/v1/traces", { query: { limit: 5 } })).toEqual([1]);
  expect(calls).toHaveLength(2);
  await get("/api/v1/traces", { query: { limit: 5 } });
  expect(calls).toHaveLength(3);
});

test("what was asked ahead is not given to another tenant, nor for a change, nor when it is old", async () => {
  const calls = serve(200, "[1]");
  askAhead("/api/v1/views");
  look("other");
  await get("/api/v1/views");
  look("");
  await send("POST", "/api/v1/views", {});
  expect(calls).toHaveLength(3);
  vi.spyOn(performance, "now").mockReturnValue(performance.now() + 60_000);
  await get("/api/v1/views");
  expect(calls).toHaveLength(4);
});

test("what failed ahead fails for whoever asks, in the words of any other call", async () => {
  vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("network")));
  askAhead("/api/v1/views");
  await expect(get("/api/v1/views")).rejects.toMatchObject({ status: 0, retryable: true });
  serve(200, "{}");
  await expect(get("/api/v1/views")).resolves.toEqual({});
});

test("what does not exist is not asked for again, what could not be answered is", () => {
  expect(unlessMissing(new ApiError(404, "NotFound", "no such session", false), 4000)).toBe(false);
  expect(unlessMissing(new ApiError(503, "Busy", "", true), 4000)).toBe(4000);
  expect([unlessMissing(null, 4000), unlessMissing(null, false)]).toEqual([4000, false]);
});
