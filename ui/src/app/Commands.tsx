import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowRight, Bookmark, Bot, Keyboard, Link2, MessagesSquare, Monitor, ScanSearch, Search, Shapes, ShieldAlert, Sparkles, SunMoon, Waypoints, Workflow, Wrench } from "lucide-react";
import { useState } from "react";
import { get } from "@/api/client";
import { Dialog } from "@/components/Dialog";
import { Palette, type Command } from "@/components/Palette";
import { useCopyLink, useRange } from "@/components/range";
import { leading, useViews } from "@/components/views";
import { plural, short } from "@/lib/format";
import { IN_TROUBLE, STATE_MEANING, STATES } from "@/lib/states";
import { chooseTheme, themeChoice } from "@/lib/theme";
import { term } from "@/lib/filter";
import { rangeLabel } from "@/lib/time";
import { useSettled } from "@/lib/use";
import { meant, ROOMS } from "./rooms";

const TRACE = /^[0-9a-f]{32}$/i;
const SLOW_MS = 400;
const NEXT_THEME = { system: "dark", dark: "light", light: "system" } as const;

function useFound(text: string) {
  const wanted = useSettled(text.trim(), 150);
  return useQuery({
    queryKey: ["found", wanted],
    enabled: wanted.length > 1 && !TRACE.test(wanted),
    queryFn: async ({ signal }) => {
      const pattern = `*${wanted.replaceAll(/["\\*\s(),]/g, "*")}*`;
      const [agents, sessions, workflows, { facets }, findings] = await Promise.all([
        get("/api/v1/agents", { query: { q: `agent:${pattern} OR name:${pattern}`, limit: 8 }, signal }),
        get("/api/v1/sessions", { query: { q: `session:${pattern}`, limit: 5 }, signal }),
        get("/api/v1/workflows", { query: { q: `workflow:${pattern}`, limit: 5 }, signal }),
        get("/api/v1/facets", { query: { q: `tool:${pattern} OR model:${pattern}`, fields: "tool,model", limit: 20 }, signal }),
        get("/api/v1/findings/groups", { query: { q: wanted, start: "-24h", limit: 5 }, signal }),
      ]);
      const named = (field: string) => facets.find((facet) => facet.field === field)?.values.filter(({ value }) => value.toLowerCase().includes(wanted.toLowerCase())).slice(0, 5) ?? [];
      return { agents: agents.items, sessions: sessions.items, workflows: workflows.items, tools: named("tool"), models: named("model"), findings: findings.items };
    },
  });
}

/** ⌘K: pages, actions, agents by name and by state, sessions, workflows, tools and models by name, findings of a day by their words, a trace by its id, and anything else as a search. */
export function Commands({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const [text, setText] = useState("");
  const navigate = useNavigate();
  const copyLink = useCopyLink();
  const { range } = useRange();
  const { kiosk }: { kiosk?: boolean } = useSearch({ strict: false });
  const found = useFound(text);
  const views = useViews();
  const wanted = text.trim();
  const matches = (label: string) => label.toLowerCase().includes(wanted.toLowerCase());
  const items: Command[] = [];
  if (TRACE.test(wanted)) {
    items.push({ key: "trace", group: "Trace", label: wanted.toLowerCase(), sign: Waypoints, run: () => void navigate({ to: "/traces/$trace", params: { trace: wanted.toLowerCase() } }) });
    items.push({ key: "finding", group: "Finding", label: wanted.toLowerCase(), sign: ScanSearch, run: () => void navigate({ to: "/findings/$finding", params: { finding: wanted.toLowerCase() } }) });
  }
  for (const room of ROOMS.filter((r) => meant(r, wanted))) {
    items.push({ key: room.to, group: "Pages", label: room.label, hint: room.hint, sign: room.sign, run: () => void navigate({ to: room.to }) });
  }
  for (const view of views.filter((v) => matches(v.name))) {
    items.push({ key: `v${view.name}`, group: "Saved views", label: view.name, hint: view.page, sign: Bookmark, run: () => void navigate(leading(view) as never) });
  }
  for (const state of wanted.length > 1 ? STATES.filter(matches) : []) {
    items.push({ key: `c${state}`, group: "Agents", label: `Agents: ${state}`, hint: STATE_MEANING[state], state, sign: Bot, run: () => void navigate({ to: "/agents", search: { q: term("condition", state) } }) });
  }
  for (const agent of wanted ? (found.data?.agents ?? []) : []) {
    items.push({ key: `a${agent.agent}`, group: "Agents", label: agent.name || agent.agent, hint: agent.condition, state: agent.condition, sign: Bot, run: () => void navigate({ to: "/agents/$agent", params: { agent: agent.agent } }) });
  }
  for (const session of wanted ? (found.data?.sessions ?? []) : []) {
    items.push({ key: `s${session.session}`, group: "Sessions", label: session.session, hint: `${session.turns} turns`, sign: MessagesSquare, run: () => void navigate({ to: "/sessions/$session", params: { session: session.session } }) });
  }
  for (const { workflow, traces } of wanted ? (found.data?.workflows ?? []) : []) {
    items.push({ key: `w${workflow}`, group: "Workflows", label: workflow, hint: plural(traces, "run"), sign: Workflow, run: () => void navigate({ to: "/workflows/$workflow", params: { workflow } }) });
  }
  for (const [group, field, sign, values] of [["Tools", "tool", Wrench, found.data?.tools], ["Models", "model", Sparkles, found.data?.models]] as const) {
    for (const { value, count } of wanted ? (values ?? []) : []) {
      items.push({ key: `${field}${value}`, group, label: value, hint: plural(count, "span"), sign, run: () => void navigate({ to: "/traces", search: { q: term(field, value) } }) });
    }
  }
  for (const { count, newest } of wanted ? (found.data?.findings ?? []) : []) {
    items.push({ key: `f${newest.id}`, group: "Findings", label: newest.title, hint: count > 1 ? `${count} times` : newest.severity, sign: ScanSearch, run: () => void navigate({ to: "/findings/$finding", params: { finding: newest.id } }) });
  }
  const actions: Command[] = [
    { key: "errors", group: "Actions", label: "Traces with errors", hint: "status:error", sign: ArrowRight, run: () => void navigate({ to: "/traces", search: { q: "status:error" } }) },
    { key: "slow", group: "Actions", label: "Slowest traces", sign: ArrowRight, run: () => void navigate({ to: "/traces", search: { sort: "-duration" } }) },
    { key: "stuck", group: "Actions", label: "Agents in trouble", hint: "wedged, looping, failing or abandoned", sign: ArrowRight, run: () => void navigate({ to: "/agents", search: { q: IN_TROUBLE } }) },
    { key: "open", group: "Actions", label: "Open findings", hint: "nobody judged them yet", sign: ScanSearch, run: () => void navigate({ to: "/findings", search: { feedback: "open" } }) },
    { key: "grave", group: "Actions", label: "Critical and high findings", sign: ScanSearch, run: () => void navigate({ to: "/findings", search: { severity: "critical,high" } }) },
    { key: "threats", group: "Actions", label: "Grave security events", hint: "critical or high", sign: ShieldAlert, run: () => void navigate({ to: "/security", search: { severity: "critical,high" } }) },
    { key: "theme", group: "Actions", label: "Change the theme", hint: `now: ${themeChoice()}`, sign: SunMoon, run: () => chooseTheme(NEXT_THEME[themeChoice()]) },
    { key: "wall", group: "Actions", label: kiosk ? "Leave the wall screen" : "Wall screen", hint: kiosk ? "" : "this page without the navigation", sign: Monitor, run: () => void navigate({ to: ".", search: (now: object) => ({ ...now, kiosk: kiosk ? undefined : true }) } as never) },
    { key: "link", group: "Actions", label: "Copy a link with these times", hint: rangeLabel(range), sign: Link2, run: copyLink },
    { key: "help", group: "Actions", label: "Keyboard", hint: "?", sign: Keyboard, run: onHelp },
    { key: "gallery", group: "Actions", label: "Gallery of components", sign: Shapes, run: () => void navigate({ to: "/gallery" }) },
  ];
  items.push(...actions.filter((item) => matches(item.label)));
  if (wanted) {
    items.push(
      { key: "find", group: "Search", label: `Traces with “${short(wanted, 60)}”`, sign: Search, run: () => void navigate({ to: "/traces", search: { q: /[:<>=]/.test(wanted) ? wanted : quoted(wanted) } }) },
      { key: "findlogs", group: "Search", label: `Logs with “${short(wanted, 60)}”`, sign: Search, run: () => void navigate({ to: "/logs", search: { q: /[:<>=]/.test(wanted) ? wanted : quoted(wanted) } }) },
    );
  }
  const slow = useSettled(found.isLoading, SLOW_MS) && found.isLoading;
  const note = found.error ? `Names could not be looked for: ${found.error.message}` : slow ? "Looking for names" : undefined;
  return (
    <Dialog title="Search and commands" bare onClose={onClose}>
      <Palette autoFocus label="Search and commands" placeholder="Go to a page, an agent, a session, a workflow, a tool, a model, a finding, a trace id; or search" text={text} onText={setText} commands={items} note={note} onRun={onClose} />
    </Dialog>
  );
}

function quoted(text: string): string {
  return term("", text, "").startsWith('"') ? term("", text, "") : text;
}
