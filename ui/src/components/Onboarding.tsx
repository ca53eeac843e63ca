import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { KeyRound, PartyPopper } from "lucide-react";
import { useState, type ReactNode } from "react";
import { get, send, type Schema } from "@/api/client";
import { cx } from "@/lib/cx";
import { useNow } from "@/lib/use";
import { duration, plural } from "@/lib/format";
import { Button } from "./Button";
import { Copy } from "./Copy";
import { Await } from "./Notice";
import { useTell, useTold } from "./told";
import css from "./Onboarding.module.css";

/** How to connect an agent, and a look-out for the first one. `onDone`: what to offer when it is there. */
export function Onboarding({ greet, onDone }: { greet: boolean; onDone?: () => void }) {
  const result = useQuery({ queryKey: ["connect"], queryFn: ({ signal }) => get("/api/v1/connect", { query: { url: location.origin }, signal }), staleTime: Infinity });
  return (
    <div className={css.page}>
      {greet && (
        <>
          <h2 className={css.lead}>Let us see your agents.</h2>
          <p className={css.sub}>Point an agent at Swarmscope: paste these lines, start the agent, and what it does appears here the moment the first byte arrives.</p>
        </>
      )}
      <Await result={result}>
        {(data) => (
          <>
            <Watch connect={data} empty={greet} onDone={onDone} />
            <Lines connect={data} />
          </>
        )}
      </Await>
    </div>
  );
}

function Lines({ connect }: { connect: Schema<"Connect"> }) {
  const { as: id } = useTold();
  const tell = useTell();
  const [secret, setSecret] = useState("");
  const snippet = connect.items.find((s) => s.id === id) ?? connect.items[0];
  if (!snippet) return null;
  const filled = (text: string) => (secret && connect.key_placeholder ? text.replaceAll(connect.key_placeholder, secret) : text);
  const shell = snippet.language === "shell";
  const steps: [string, string][] = [
    ["Install", snippet.install],
    ["Set, where the agent starts", snippet.environment],
    [shell ? "Run" : "Add at the start of the program", snippet.setup],
    [shell ? "Then" : "Something to see at once", snippet.example],
  ];
  const shown = steps.filter(([, text]) => text).map(([title, text]): [string, string] => [title, filled(text)]);
  return (
    <>
      <div className={css.tabs} role="group" aria-label="Frameworks">
        {connect.items.map((s) => (
          <Button key={s.id} on={s.id === snippet.id} onClick={() => tell({ as: s.id })}>
            {s.label}
          </Button>
        ))}
      </div>
      <p className={css.about}>{snippet.about}</p>
      {connect.key_placeholder && <KeyStep made={secret} onMade={setSecret} />}
      <ol className={css.steps}>
        {shown.map(([title, text]) => (
          <Step key={title} title={title} text={text} />
        ))}
      </ol>
      <p className="dim">
        This port takes OTLP/HTTP too, so the address is the one you are looking at. Who sends much uses{" "}
        {connect.otlp_http_port && connect.otlp_grpc_port ? `port ${connect.otlp_http_port} (HTTP) or ${connect.otlp_grpc_port} (gRPC)` : "the ports for OTLP alone"}. In a project, <code>swarmscope setup</code> finds out which lines it needs.
      </p>
    </>
  );
}

function Step({ title, text }: { title: ReactNode; text: string }) {
  return (
    <li>
      <h3 className={css.step}>{title}</h3>
      <div className={css.code}>
        <pre tabIndex={0}>{text}</pre>
        <span>
          <Copy text={text} label={`Copy: ${String(title)}`} />
        </span>
      </div>
    </li>
  );
}

/** A key for the agents, made on the spot by who may: it is filled into the lines and shown nowhere else. */
function KeyStep({ made, onMade }: { made: string; onMade: (secret: string) => void }) {
  const me = useQuery({ queryFn: ({ signal }) => get("/api/v1/me", { signal }), queryKey: ["me"] });
  const make = useMutation({
    mutationFn: async () => (await (await send("POST", "/api/v1/keys", { name: "agents", role: "ingest" })).json()) as Schema<"MadeKey">,
    onSuccess: (key) => onMade(key.secret),
  });
  return (
    <div className={css.key} role="status">
      <KeyRound width={16} height={16} aria-hidden="true" />
      {made ? (
        <>A key that may only write is filled in below. Copy the lines now: it is never shown again.</>
      ) : me.data?.role === "admin" ? (
        <>
          This install demands a key.
          <Button look="primary" disabled={make.isPending} onClick={() => make.mutate()}>
            Make one and fill it in
          </Button>
          {make.error && <span role="alert">{make.error.message}</span>}
        </>
      ) : (
        <>This install demands a key of the role ingest; an admin makes one in Settings → Keys.</>
      )}
    </div>
  );
}

/** Waits for an agent that is not known yet, then shows what it sent. `empty`: none was when this was opened, so that all who come meanwhile are new. */
function Watch({ connect, empty, onDone }: { connect: Schema<"Connect">; empty: boolean; onDone?: () => void }) {
  const [opened] = useState(() => Date.now());
  const known = useQuery({ queryKey: ["connect", "known", opened], queryFn: async ({ signal }) => new Set((await newestAgents(signal)).map((agent) => agent.agent)), staleTime: Infinity, retry: true, initialData: empty ? new Set<string>() : undefined });
  const newest = useQuery({
    queryKey: ["connect", "newest", opened],
    queryFn: ({ signal }) => newestAgents(signal),
    enabled: known.data !== undefined,
    refetchInterval: 1000,
  });
  const agents = (newest.data ?? []).filter((agent) => !known.data?.has(agent.agent));
  const first = agents.at(-1);
  if (first) return <Arrived agent={first} more={agents.length - 1} since={opened} onDone={onDone} />;
  const ports = [connect.otlp_grpc_port && `${connect.otlp_grpc_port} (gRPC)`, connect.otlp_http_port && `${connect.otlp_http_port} (HTTP)`, "this port"].filter(Boolean);
  return (
    <div className={css.watch} role="status">
      <span className={css.pulse} aria-hidden="true" />
      {known.failureReason ?? newest.error ? "The server cannot be reached; trying again" : !known.data ? "Looking who is here already" : `Listening on ${ports.slice(0, -1).join(", ")}${ports.length > 1 ? " and " : ""}${ports.at(-1) ?? ""} for the first span, log, metric or heartbeat of a new agent`}
      <Waited since={opened} />
    </div>
  );
}

const NEWEST_MAX = 100;

/** By when they were heard of, the last first. Not by the time of the page: what arrives may have begun long ago. */
async function newestAgents(signal: AbortSignal): Promise<Schema<"AgentRow">[]> {
  return (await get("/api/v1/agents", { query: { sort: "first_seen", order: "desc", limit: NEWEST_MAX }, signal })).items;
}

function Waited({ since }: { since: number }) {
  const now = useNow(1000);
  return (
    <span className={css.waited} aria-hidden="true">
      {Math.max(0, Math.round((now - since) / 1000))} s
    </span>
  );
}

function Arrived({ agent, more, since, onDone }: { agent: Schema<"AgentRow">; more: number; since: number; onDone?: () => void }) {
  const [afterMs] = useState(() => Date.now() - since);
  const traces = useQuery({
    queryKey: ["connect", "trace", agent.agent],
    queryFn: ({ signal }) => get("/api/v1/traces", { query: { q: `agent:${JSON.stringify(agent.agent)}`, limit: 1 }, signal }),
    refetchInterval: (query) => (query.state.data?.items.length ? false : 2000),
  });
  const trace = traces.data?.items[0];
  return (
    <div className={cx(css.watch, css.arrived)} role="status">
      <PartyPopper width={20} height={20} aria-hidden="true" />
      <div className={css.news}>
        <strong>
          <Link to="/agents/$agent" params={{ agent: agent.agent }} className="link foreign">
            {agent.name || agent.agent}
          </Link>{" "}
          is here
        </strong>
        <span>
          {afterMs < 1000 ? "at once" : `after ${duration(Math.round(afterMs / 1000) * 1e9)}`}
          {more > 0 && `, and ${more + 1 < NEWEST_MAX ? "" : "at least "}${plural(more, "more agent")} with it`}
          {trace && (
            <>
              . Its first trace:{" "}
              <Link to="/traces/$trace" params={{ trace: trace.trace_id }} className="link foreign">
                {trace.name}
              </Link>
              , {plural(trace.spans, "span")}, {duration(trace.duration_ns)}
            </>
          )}
        </span>
      </div>
      {onDone && (
        <Button look="primary" onClick={onDone}>
          See the fleet
        </Button>
      )}
    </div>
  );
}
