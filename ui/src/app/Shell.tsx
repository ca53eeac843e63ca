import { Link, Outlet, useNavigate, useRouterState, useSearch } from "@tanstack/react-router";
import { CircleHelp, Menu, Moon, Search, Sun, WifiOff } from "lucide-react";
import { useEffect, useRef, useState, type CSSProperties } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { get, look, narrowTo, onDenied } from "@/api/client";
import { restartLive, useLink } from "@/api/live";
import { Kbd } from "@/components/Badge";
import { IconButton } from "@/components/Button";
import { Toasts } from "@/components/Toast";
import { leading, useViews } from "@/components/views";
import { cx } from "@/lib/cx";
import { MOD, useHotkeys, useKeyboard } from "@/lib/keyboard";
import { chooseTheme, useTheme } from "@/lib/theme";
import { useAway, useLarge, useNarrow } from "@/lib/use";
import { useCalm } from "@/lib/calm";
import { Commands } from "./Commands";
import { Help } from "./Help";
import { Login } from "./Login";
import { FiringAlerts, OpenFindings } from "./Counts";
import { ROOMS } from "./rooms";
import css from "./Shell.module.css";

/** What stands around every page. */
export function Shell() {
  const [window_, setWindow] = useState<"commands" | "help" | "login">();
  const { kiosk, rotate, tenant = "", environment = "" }: { kiosk?: boolean; rotate?: number; tenant?: string; environment?: string } = useSearch({ strict: false });
  look(tenant);
  narrowTo(environment); // before the page below asks for anything
  const large = useLarge();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const shown = useRef(environment);
  useEffect(() => {
    if (shown.current === environment) return;
    shown.current = environment;
    void queries.resetQueries();
  }, [environment, queries]);
  useRotation(kiosk ? rotate : undefined);
  useKeyboard();
  useEffect(() => onDenied(() => setWindow("login")), []);
  useHotkeys([
    { keys: "mod+k", label: "Search and commands", group: "Anywhere", run: () => setWindow(window_ === "commands" ? undefined : "commands") },
    { keys: "?", label: "This list", group: "Anywhere", run: () => setWindow("help") },
    { keys: "Escape", label: "Back", group: "Anywhere", run: () => history.back() },
    ...ROOMS.map((room) => ({ keys: room.keys, label: room.label, group: "Go to", run: () => void navigate({ to: room.to }) })),
  ]);
  const entered = () => {
    setWindow(undefined);
    restartLive();
    void queries.invalidateQueries();
  };
  if (window_ === "login") return <Login onEnter={entered} />;
  return (
    <div className={cx(css.shell, kiosk && css.kiosk)} style={kiosk ? ({ "--large": large } as CSSProperties) : undefined}>
      <a className={css.skip} href="#main">
        Skip to the page
      </a>
      {!kiosk && <Rail onSearch={() => setWindow("commands")} onHelp={() => setWindow("help")} />}
      <main id="main" className={css.main} tabIndex={-1}>
        <Outlet />
      </main>
      <Away />
      <Toasts />
      {window_ === "commands" && <Commands onClose={() => setWindow(undefined)} onHelp={() => setWindow("help")} />}
      {window_ === "help" && <Help onClose={() => setWindow(undefined)} />}
    </div>
  );
}

function Rail({ onSearch, onHelp }: { onSearch: () => void; onHelp: () => void }) {
  const theme = useTheme();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const here = (to: string) => (to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`));
  const rail = useRef<HTMLElement>(null);
  useEffect(() => {
    const box = rail.current;
    const on = box?.querySelector<HTMLElement>('[aria-current="page"]');
    if (box && on && box.scrollWidth > box.clientWidth) box.scrollLeft = on.offsetLeft - (box.clientWidth - on.offsetWidth) / 2;
  }, [path]);
  const narrow = useNarrow();
  const [more, setMore] = useState(false);
  const [seen, setSeen] = useState(path);
  if (seen !== path) {
    setSeen(path); // where one wanted to go
    setMore(false);
  }
  if (narrow) return <Dock here={here} more={more} onMore={setMore} onSearch={onSearch} />;
  return (
    <nav ref={rail} className={css.rail} aria-label="Pages">
      <Link to="/" className={css.brand}>
        <img src="/icon.svg" alt="" /> Swarmscope
      </Link>
      <button type="button" className={css.search} onClick={onSearch}>
        <Search aria-hidden="true" /> Search <Kbd>{MOD}K</Kbd>
      </button>
      <Environment />
      {ROOMS.map((room) => (
        <Link key={room.to} to={room.to} className={cx(css.room, here(room.to) && css.here)} aria-current={here(room.to) ? "page" : undefined} title={room.hint}>
          <room.sign aria-hidden="true" />
          {room.label}
          {room.to === "/findings" && <OpenFindings />}
          {room.to === "/alerts" && <FiringAlerts />}
          <Kbd>{room.keys}</Kbd>
        </Link>
      ))}
      <div className={css.last}>
        <Tenant />
      </div>
      <div className={css.foot}>
        <IconButton label={theme === "dark" ? "Light theme" : "Dark theme"} onClick={() => chooseTheme(theme === "dark" ? "light" : "dark")}>
          {theme === "dark" ? <Sun aria-hidden="true" /> : <Moon aria-hidden="true" />}
        </IconButton>
        <IconButton label="Keyboard" onClick={onHelp}>
          <CircleHelp aria-hidden="true" />
        </IconButton>
      </div>
    </nav>
  );
}

const AT_HAND = ["/", "/agents", "/traces", "/findings"];

/** The navigation of a phone: what is looked at most at the thumb, everything else a press away. */
function Dock({ here, more, onMore, onSearch }: { here: (to: string) => boolean; more: boolean; onMore: (more: boolean) => void; onSearch: () => void }) {
  const theme = useTheme();
  const box = useRef<HTMLElement>(null);
  useAway(box, more, () => onMore(false));
  const elsewhere = ROOMS.find((room) => here(room.to) && !AT_HAND.includes(room.to)); // among what the button unfolds
  const link = (room: (typeof ROOMS)[number]) => (
    <Link key={room.to} to={room.to} className={cx(css.room, here(room.to) && css.here)} aria-current={here(room.to) ? "page" : undefined} onClick={() => onMore(false)}>
      <room.sign aria-hidden="true" />
      {room.label}
      {room.to === "/findings" && <OpenFindings />}
      {room.to === "/alerts" && <FiringAlerts />}
    </Link>
  );
  return (
    <nav ref={box} className={css.rail} aria-label="Pages">
      {more && (
        <div className={css.sheet} id="all-pages">
          <div className={css.rooms}>{ROOMS.filter((room) => !AT_HAND.includes(room.to)).map(link)}</div>
          <div className={css.choices}>
            <Tenant />
            <Environment />
            <IconButton label={theme === "dark" ? "Light theme" : "Dark theme"} onClick={() => chooseTheme(theme === "dark" ? "light" : "dark")}>
              {theme === "dark" ? <Sun aria-hidden="true" /> : <Moon aria-hidden="true" />}
            </IconButton>
          </div>
        </div>
      )}
      {ROOMS.filter((room) => AT_HAND.includes(room.to)).map(link)}
      <button type="button" className={css.search} onClick={onSearch}>
        <Search aria-hidden="true" /> Search
      </button>
      <button type="button" className={cx(css.room, css.more, (more || elsewhere) && css.here)} aria-expanded={more} aria-controls="all-pages" title={elsewhere && `Here: ${elsewhere.label}`} onClick={() => onMore(!more)}>
        <Menu aria-hidden="true" />
        More
        {!more && <FiringAlerts />}
      </button>
    </nav>
  );
}

/** Whose data is looked at; absent for who may see one tenant only, and below all pages, which it moves in no case. The page starts over, so that nothing of the other stays. */
function Tenant() {
  const navigate = useNavigate();
  const { tenant = "" }: { tenant?: string } = useSearch({ strict: false });
  const known = useQuery({ queryKey: ["tenants"], queryFn: ({ signal }) => get("/api/v1/tenants", { signal }), staleTime: 60_000, enabled: useCalm() });
  if (!known.data || known.data.items.length < 2) return null;
  const { own, items } = known.data;
  const choose = (wanted: string) => void navigate({ to: "/", search: { tenant: wanted === own ? undefined : wanted } as never, reloadDocument: true });
  return (
    <select className={css.environment} aria-label="Tenant" value={tenant || own} onChange={(event) => choose(event.target.value)}>
      {[...new Set([...items, ...(tenant ? [tenant] : [])])].map((name) => (
        <option key={name} value={name}>{name === own ? `${name} (yours)` : name}</option>
      ))}
    </select>
  );
}

/** Which environment is looked at. It is there from the start, so that the pages below it stay where they are; without choice where agents name none. */
function Environment() {
  const navigate = useNavigate();
  const { environment = "" }: { environment?: string } = useSearch({ strict: false });
  const known = useQuery({ queryKey: ["environments"], queryFn: ({ signal }) => get("/api/v1/environments", { query: { environment: "" }, signal }), staleTime: 60_000, enabled: useCalm() });
  const names = [...new Set([...(known.data?.items ?? []).map((item) => item.name), ...(environment ? [environment] : [])])];
  const none = names.length === 0;
  const choose = (wanted: string) => void navigate({ to: ".", search: (old: Record<string, unknown>) => ({ ...old, environment: wanted || undefined }) as never });
  return (
    <select className={css.environment} aria-label="Environment" title={none && known.data ? "No agent names an environment; the resource attribute deployment.environment.name tells it" : undefined} disabled={none} value={environment} onChange={(event) => choose(event.target.value)}>
      <option value="">All environments</option>
      {names.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}

/** On a wall: one saved view after the other, `seconds` each. */
function useRotation(seconds: number | undefined) {
  const navigate = useNavigate();
  const views = useViews();
  const at = useRef(0);
  const count = views.length;
  const latest = useRef(views);
  useEffect(() => {
    latest.current = views;
  });
  useEffect(() => {
    if (!seconds || count === 0) return undefined;
    const timer = setInterval(() => {
      const view = latest.current[at.current++ % latest.current.length];
      if (view) void navigate(leading(view, { kiosk: true, rotate: seconds }) as never);
    }, seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds, count, navigate]);
}

function Away() {
  const link = useLink();
  if (link !== "away") return null;
  return (
    <div className={css.away} role="status">
      <WifiOff width={14} height={14} aria-hidden="true" /> The connection is lost. What you see is the last that arrived; trying again.
    </div>
  );
}
