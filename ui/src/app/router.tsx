import { createRootRoute, createRoute, createRouter, lazyRouteComponent, retainSearchParams } from "@tanstack/react-router";
import { Loading } from "@/components/Notice";
import type { Told } from "@/components/told";
import { patient } from "@/lib/patient";
import { Shell } from "./Shell";
import { Broken, Missing } from "./Broken";
import * as pages from "./pages";

type Raw = Record<string, unknown>;

/** A text of the address; anything else is as if it were absent. Numbers and booleans come from the address unquoted. */
function text(raw: Raw, name: string): string | undefined {
  const value = raw[name];
  return typeof value === "string" && value ? value : typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** Texts by name; undefined where there are none. */
function texts(raw: Raw, name: string): Record<string, string> | undefined {
  const value = raw[name];
  if (value === null || typeof value !== "object") return undefined;
  return Object.fromEntries(Object.keys(value).flatMap((key) => { const one = text(value as Raw, key); return one === undefined ? [] : [[key, one]]; }));
}

/** Lists of texts by name; undefined where there are none. */
function lists(raw: Raw, name: string): Record<string, string[]> | undefined {
  const value = raw[name];
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  const found = Object.keys(value).flatMap((key): [string, string[]][] => { const all = list(value as Raw, key); return all ? [[key, all]] : []; });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

/** Texts in order; undefined where there are none. */
function list(raw: Raw, name: string): string[] | undefined {
  const value = raw[name];
  const found = Array.isArray(value) ? Object.keys(value).flatMap((at) => text(value as unknown as Raw, at) ?? []) : [];
  return found.length > 0 ? found : undefined;
}

const sorted = (raw: Raw): { q?: string; sort?: string } => ({ q: text(raw, "q"), sort: text(raw, "sort") });

/** What every address can say. `rotate`: seconds per saved view on a screen on a wall. */
type Around = { range?: string; live?: boolean; tenant?: string; environment?: string; kiosk?: boolean; rotate?: number } & Told;

const ROTATE_MIN_S = 5;

const root = createRootRoute({
  component: Shell,
  errorComponent: Broken,
  notFoundComponent: Missing,
  validateSearch: (raw: Raw): Around => ({
    range: text(raw, "range"),
    live: raw["live"] === false ? false : undefined,
    tenant: text(raw, "tenant"),
    environment: text(raw, "environment"),
    kiosk: raw["kiosk"] === true || raw["kiosk"] === 1 ? true : undefined,
    rotate: typeof raw["rotate"] === "number" && raw["rotate"] >= ROTATE_MIN_S ? raw["rotate"] : undefined,
    zoom: text(raw, "zoom"),
    as: text(raw, "as"),
    opened: text(raw, "opened"),
    hidden: lists(raw, "hidden"),
  }),
  search: { middlewares: [retainSearchParams(["range", "live", "tenant", "environment", "kiosk", "rotate"])] },
});

const at = { getParentRoute: () => root };

const findings = createRoute({
  ...at,
  path: "/findings",
  validateSearch: (raw: Raw): { q?: string; feedback?: string; severity?: string; kind?: string; detector?: string; subject?: string; signal?: string; unfolded?: string[] } => ({ q: text(raw, "q"), feedback: text(raw, "feedback"), severity: text(raw, "severity"), kind: text(raw, "kind"), detector: text(raw, "detector"), subject: text(raw, "subject"), signal: text(raw, "signal"), unfolded: list(raw, "unfolded") }),
  component: lazyRouteComponent(patient(pages.findings), "Findings"),
});

/** One finding, opened beside the list. */
const finding = createRoute({ getParentRoute: () => findings, path: "$finding" });

const routes = [
  createRoute({ ...at, path: "/", validateSearch: (raw: Raw): { by?: string; show?: string; find?: string; sort?: string; group?: string; agents?: string[]; lasso?: string } => ({ by: text(raw, "by"), show: text(raw, "show"), find: text(raw, "find"), sort: text(raw, "sort"), group: text(raw, "group"), agents: list(raw, "agents"), lasso: text(raw, "lasso") }), component: lazyRouteComponent(patient(pages.fleet), "Fleet") }),
  createRoute({ ...at, path: "/agents", validateSearch: sorted, component: lazyRouteComponent(patient(pages.agents), "Agents") }),
  createRoute({
    ...at,
    path: "/agents/$agent",
    validateSearch: (raw: Raw): { tab?: string; scope?: string; ahead?: boolean } => ({ tab: text(raw, "tab"), scope: text(raw, "scope"), ahead: raw["ahead"] === true ? true : undefined }),
    component: lazyRouteComponent(patient(pages.agent), "Agent"),
  }),
  createRoute({
    ...at,
    path: "/graph",
    validateSearch: (raw: Raw): { of?: string; weight?: string; community?: string; agent?: string } => ({ of: text(raw, "of"), weight: text(raw, "weight"), community: text(raw, "community"), agent: text(raw, "agent") }),
    component: lazyRouteComponent(patient(pages.graph), "Dependencies"),
  }),
  createRoute({
    ...at,
    path: "/traces",
    validateSearch: (raw: Raw): { q?: string; sort?: string; view?: string; select?: string; show?: string; chance?: boolean } => ({ ...sorted(raw), view: text(raw, "view"), select: text(raw, "select"), show: text(raw, "show"), chance: raw["chance"] === true ? true : undefined }),
    component: lazyRouteComponent(patient(pages.traces), "Traces"),
  }),
  createRoute({
    ...at,
    path: "/traces/compare",
    validateSearch: (raw: Raw): { a?: string; b?: string; only?: string } => ({ a: text(raw, "a"), b: text(raw, "b"), only: text(raw, "only") }),
    component: lazyRouteComponent(patient(pages.compare), "Compare"),
  }),
  createRoute({
    ...at,
    path: "/traces/$trace",
    validateSearch: (raw: Raw): { view?: string; span?: string; find?: string; only?: string; window?: string; folded?: string; turned?: string; shut?: boolean } => ({ view: text(raw, "view"), span: text(raw, "span"), find: text(raw, "find"), only: text(raw, "only"), window: text(raw, "window"), folded: text(raw, "folded"), turned: text(raw, "turned"), shut: typeof raw["shut"] === "boolean" ? raw["shut"] : undefined }),
    component: lazyRouteComponent(patient(pages.trace), "Trace"),
  }),
  createRoute({ ...at, path: "/sessions", validateSearch: sorted, component: lazyRouteComponent(patient(pages.sessions), "Sessions") }),
  createRoute({
    ...at,
    path: "/sessions/$session",
    validateSearch: (raw: Raw): { turn?: number } => ({ turn: typeof raw["turn"] === "number" && raw["turn"] >= 0 ? Math.floor(raw["turn"]) : undefined }),
    component: lazyRouteComponent(patient(pages.session), "Session"),
  }),
  createRoute({ ...at, path: "/workflows", validateSearch: sorted, component: lazyRouteComponent(patient(pages.workflows), "Workflows") }),
  createRoute({
    ...at,
    path: "/workflows/$workflow",
    validateSearch: (raw: Raw): { tab?: string } => ({ tab: text(raw, "tab") }),
    component: lazyRouteComponent(patient(pages.workflow), "Workflow"),
  }),
  createRoute({
    ...at,
    path: "/logs",
    validateSearch: (raw: Raw): { q?: string; tail?: boolean; line?: string; view?: string; about?: string } => ({ q: text(raw, "q"), tail: raw["tail"] === true ? true : undefined, line: text(raw, "line"), view: text(raw, "view"), about: text(raw, "about") }),
    component: lazyRouteComponent(patient(pages.logs), "Logs"),
  }),
  createRoute({
    ...at,
    path: "/explore",
    validateSearch: (raw: Raw): { q?: string; show?: string; by?: string; draw?: string; only?: string; tab?: string; board?: string; vars?: Record<string, string> } => ({ q: text(raw, "q"), show: text(raw, "show"), by: text(raw, "by"), draw: text(raw, "draw"), only: text(raw, "only"), tab: text(raw, "tab"), board: text(raw, "board"), vars: texts(raw, "vars") }),
    component: lazyRouteComponent(patient(pages.metrics), "Metrics"),
  }),
  findings.addChildren([finding]),
  createRoute({
    ...at,
    path: "/security",
    validateSearch: (raw: Raw): { q?: string; kind?: string; severity?: string; principal?: string; source?: string; endpoint?: string; agent?: string; event?: string; rows?: string } => ({ q: text(raw, "q"), kind: text(raw, "kind"), severity: text(raw, "severity"), principal: text(raw, "principal"), source: text(raw, "source"), endpoint: text(raw, "endpoint"), agent: text(raw, "agent"), event: text(raw, "event"), rows: text(raw, "rows") }),
    component: lazyRouteComponent(patient(pages.security), "Security"),
  }),
  createRoute({
    ...at,
    path: "/emergence",
    validateSearch: (raw: Raw): { window?: string; community?: string } => ({ window: text(raw, "window"), community: text(raw, "community") }),
    component: lazyRouteComponent(patient(pages.emergence), "Emergence"),
  }),
  createRoute({ ...at, path: "/alerts", validateSearch: (raw: Raw): { q?: string; tab?: string; state?: string; open?: string } => ({ q: text(raw, "q"), tab: text(raw, "tab"), state: text(raw, "state"), open: text(raw, "open") }), component: lazyRouteComponent(patient(pages.alerts), "Alerts") }),
  createRoute({ ...at, path: "/cost", validateSearch: (raw: Raw): { by?: string; q?: string; tab?: string; model?: string } => ({ by: text(raw, "by"), q: text(raw, "q"), tab: text(raw, "tab"), model: text(raw, "model") }), component: lazyRouteComponent(patient(pages.cost), "Cost") }),
  createRoute({ ...at, path: "/sql", validateSearch: (raw: Raw): { query?: string } => ({ query: text(raw, "query") }), component: lazyRouteComponent(patient(pages.sql), "Sql") }),
  createRoute({ ...at, path: "/settings", validateSearch: (raw: Raw): { tab?: string } => ({ tab: text(raw, "tab") }), component: lazyRouteComponent(patient(pages.settings), "Settings") }),
  createRoute({ ...at, path: "/gallery", component: lazyRouteComponent(patient(pages.gallery), "Gallery") }),
] as const;

export function createAppRouter() {
  return createRouter({
    routeTree: root.addChildren(routes),
    defaultPreload: "intent",
    defaultPendingComponent: () => <Loading />,
    defaultErrorComponent: Broken,
    scrollRestoration: false,
  });
}
