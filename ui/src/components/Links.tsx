import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { short } from "@/lib/format";

export function AgentLink({ agent, children }: { agent: string; children?: ReactNode }) {
  if (!agent) return <span className="dim">—</span>;
  return (
    <Link to="/agents/$agent" params={{ agent }} className="link foreign" title={agent}>
      {children ?? agent}
    </Link>
  );
}

export function TraceLink({ trace, span, children }: { trace: string; span?: string; children?: ReactNode }) {
  return (
    <Link to="/traces/$trace" params={{ trace }} search={(old) => ({ ...old, span, view: span ? "waterfall" : undefined })} className="link" title={trace}>
      {children ?? <code>{short(trace)}</code>}
    </Link>
  );
}

export function SessionLink({ session }: { session: string }) {
  if (!session) return <span className="dim">—</span>;
  return (
    <Link to="/sessions/$session" params={{ session }} className="link foreign" title={session}>
      {short(session, 22)}
    </Link>
  );
}

/** From an empty page to the lines that fill it. */
export function ConnectLink() {
  return (
    <Link to="/settings" className="link">
      Connect an agent
    </Link>
  );
}
