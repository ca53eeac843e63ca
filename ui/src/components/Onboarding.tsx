import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { PartyPopper } from "lucide-react";
import { useState } from "react";
import { get, key } from "@/api/client";
import { cx } from "@/lib/cx";
import { plural } from "@/lib/format";
import { SNIPPETS } from "@/lib/snippets";
import { Button } from "./Button";
import { Copy } from "./Copy";
import css from "./Onboarding.module.css";

/** How to connect an agent, and a look-out for the first one. */
export function Onboarding({ greet }: { greet: boolean }) {
  const [id, setId] = useState(SNIPPETS[0]?.id ?? "");
  const snippet = SNIPPETS.find((s) => s.id === id) ?? SNIPPETS[0];
  const code = snippet?.code(location.hostname, key() !== "").replaceAll(":8080/", `:${location.port || "80"}/`) ?? "";
  return (
    <div className={css.page}>
      {greet && (
        <>
          <h2 className={css.lead}>Let us see your agents.</h2>
          <p className={css.sub}>Swarmscope is running and has room. Point an agent at it: paste one of these, start the agent, and this page opens the moment the first byte arrives.</p>
        </>
      )}
      <div className={css.tabs} role="group" aria-label="Frameworks">
        {SNIPPETS.map((s) => (
          <Button key={s.id} on={s.id === id} onClick={() => setId(s.id)}>
            {s.label}
          </Button>
        ))}
      </div>
      <div className={css.code}>
        <pre tabIndex={0}>{code}</pre>
        <span>
          <Copy text={code} />
        </span>
      </div>
      <Watch />
    </div>
  );
}

function Watch() {
  const fleet = useQuery({ queryKey: ["fleet", "watch"], refetchInterval: 1000, queryFn: ({ signal }) => get("/api/v1/fleet", { signal }) });
  const agents = fleet.data?.agents ?? 0;
  if (agents === 0) {
    return (
      <p className={css.watch} role="status">
        <span className={css.pulse} aria-hidden="true" /> {fleet.error ? "The server cannot be reached; trying again" : "Listening on 4317 (gRPC), 4318 (HTTP) and this port for the first span, log, metric or heartbeat"}
      </p>
    );
  }
  return (
    <p className={cx(css.watch, css.arrived)} role="status">
      <PartyPopper width={18} height={18} aria-hidden="true" /> {plural(agents, "agent")} here.
      <Link to="/agents" className="link">
        Look at them
      </Link>
    </p>
  );
}
