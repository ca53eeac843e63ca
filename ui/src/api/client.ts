import type { components, paths } from "./schema";

/** A shape of the API by its name. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

type Operations = { [Path in keyof paths]: paths[Path] extends { get: infer Get } ? Get : never };
/** Paths that answer to GET. */
export type Path = { [P in keyof Operations]: Operations[P] extends never ? never : P }[keyof Operations];
export type Query<P extends Path> = Operations[P] extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never;
type PathParams<P extends Path> = Operations[P] extends { parameters: { path: infer Params } } ? Params : undefined;
export type Answer<P extends Path> = Operations[P] extends { responses: { 200: { content: { "application/json": infer Body } } } } ? Body : never;

/** What the server said was wrong (RFC 9457), or that it could not be reached (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    detail: string,
    readonly retryable: boolean,
    readonly position?: number,
  ) {
    super(detail);
    this.name = "ApiError";
  }
}

/** Whether what was asked for does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** After how many milliseconds it is asked for again: what does not exist is not. */
export function unlessMissing(error: unknown, every: number | false): number | false {
  return isMissing(error) ? false : every;
}

/** What the server says is wrong with what was asked for, where that is why it failed. */
export function refusal(error: unknown): ApiError | undefined {
  return error instanceof ApiError && error.status === 400 ? error : undefined;
}

const KEY = "swarmscope.key";
const deniedListeners = new Set<() => void>();

export function key(): string {
  return sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY) ?? "";
}

/** Keeps the key for this tab, or for good. */
export function keepKey(secret: string, forGood: boolean): void {
  forgetKey();
  (forGood ? localStorage : sessionStorage).setItem(KEY, secret);
}

export function forgetKey(): void {
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(KEY);
}

/** Calls `tell` whenever the server demands a key. */
export function onDenied(tell: () => void): () => void {
  deniedListeners.add(tell);
  return () => deniedListeners.delete(tell);
}

export function denied(): void {
  deniedListeners.forEach((tell) => tell());
}

let reached = true;
const reachListeners = new Set<() => void>();

/** Whether the server answered when it was last asked, by whichever way. */
export function reachable(): boolean {
  return reached;
}

/** Takes note that the server answered, or did not. */
export function answered(yes: boolean): void {
  if (reached === yes) return;
  reached = yes;
  reachListeners.forEach((tell) => tell());
}

/** Calls `tell` whenever `reachable` changes. */
export function onReach(tell: () => void): () => void {
  reachListeners.add(tell);
  return () => reachListeners.delete(tell);
}

let environment = "";

/** From now on, what is read is of this environment only; empty: of all. Whether that is a change. */
export function narrowTo(wanted: string): boolean {
  const changed = wanted !== environment;
  environment = wanted;
  return changed;
}

let tenant = "";

/** From now on, what is read is of this tenant; empty: of one's own. */
export function look(wanted: string): void {
  tenant = wanted;
}

/** The tenant that is looked at, where it is not one's own. */
export function lookedAt(): string {
  return tenant;
}

function headers(): Record<string, string> {
  const secret = key();
  return { ...(secret && { Authorization: `Bearer ${secret}` }), ...(tenant && { "X-Swarmscope-Tenant": tenant }) };
}

async function failure(response: Response): Promise<ApiError> {
  let problem: Partial<Schema<"Problem"> & { error: string; errorType: string }> = {}; // ours, or Prometheus's
  try {
    problem = (await response.json()) as typeof problem;
  } catch {
    // Not a problem document: a proxy answered. Its status says enough.
  }
  const detail = problem.detail ?? problem.error ?? `the server answered ${response.status} ${response.statusText}`.trim();
  return new ApiError(response.status, problem.title ?? problem.errorType ?? "HTTP", detail, problem.retryable ?? response.status >= 500, problem.position ?? undefined);
}

const AHEAD_MS = 10_000; // an older answer is no answer to what is asked now
const early = new Map<string, { since: number; response: Promise<Response> }>();

/** Asks before whoever wants the answer is there to ask: it is on its way meanwhile, for the first who asks the same. Marks in the browser's timeline tell both. */
export function askAhead(url: string): void {
  performance.mark(`asked ahead: ${url}`);
  const response = fetch(url, { headers: headers() });
  response.catch(() => undefined); // told to whoever asks
  early.set(url, { since: performance.now(), response });
}

function askedAhead(url: string, init: RequestInit): Promise<Response> | undefined {
  const found = early.get(url);
  if (!found || tenant || (init.method ?? "GET") !== "GET") return undefined;
  performance.mark(`wanted: ${url}`);
  early.delete(url);
  return performance.now() - found.since < AHEAD_MS ? found.response : undefined;
}

/** Any call, with the credential and the tenant. Raises ApiError. */
export async function call(url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await (askedAhead(url, init) ?? fetch(url, { ...init, headers: { ...headers(), ...(init.headers as Record<string, string>) } }));
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    answered(false);
    throw new ApiError(0, "Unreachable", "The server cannot be reached. It may be starting again; this page keeps trying.", true);
  }
  answered(true);
  if (response.status === 401) denied();
  if (!response.ok) throw await failure(response);
  return response;
}

type Value = string | number | boolean | null | undefined | readonly (string | number)[];

function address(path: string, params: Record<string, string> | undefined, query: Record<string, Value> | undefined): string {
  // Ids may hold slashes; the server's path converters take them as they are.
  const filled = path.replaceAll(/\{(\w+)(?::\w+)?\}/g, (_, name: string) => encodeURIComponent(params?.[name] ?? ""));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === null || value === "") continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text ? `${filled}?${text}` : filled;
}

type Options<P extends Path> = { path?: PathParams<P>; query?: Query<P>; signal?: AbortSignal };

/** GET, its parameters typed by the OpenAPI document; the answer as it came. Raises ApiError. */
export async function ask<P extends Path>(path: P, options: Options<P> = {}): Promise<Response> {
  const url = address(path, options.path as Record<string, string> | undefined, { ...(environment && { environment }), ...(options.query as Record<string, Value> | undefined) });
  return call(url, { signal: options.signal });
}

/** GET, typed by the OpenAPI document. Raises ApiError. */
export async function get<P extends Path>(path: P, options: Options<P> = {}): Promise<Answer<P>> {
  return (await (await ask(path, options)).json()) as Answer<P>;
}

/** What others may change too, with the tag by which the server knows what was seen of it. */
export type Tagged<Body> = { body: Body; tag: string };

async function tagged<Body>(response: Response): Promise<Tagged<Body>> {
  return { body: (await response.json()) as Body, tag: response.headers.get("ETag") ?? "" };
}

/** GET of what others may change too. Raises ApiError. */
export async function getTagged<P extends Path>(path: P, options: Options<P> = {}): Promise<Tagged<Answer<P>>> {
  return tagged(await ask(path, options));
}

/** PUT in the place of what was seen; without a tag there was none. Raises ApiError: `outdated`, where somebody changed it since. */
export async function replace<Body>(path: string, body: unknown, tag: string): Promise<Tagged<Body>> {
  const seen: Record<string, string> = tag ? { "If-Match": tag } : { "If-None-Match": "*" };
  return tagged(await call(path, { method: "PUT", body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...seen } }));
}

/** Whether a change was refused because somebody else's came before it. */
export function outdated(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 412;
}

/** Any other method with a JSON body; the answer as it came. Raises ApiError. */
export async function send(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  return call(path, { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" }, signal });
}
