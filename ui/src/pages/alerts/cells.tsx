import { Badge } from "@/components/Badge";
import { AgentLink } from "@/components/Links";
import { Severity } from "@/components/Severity";
import { agentOf, telling, whom } from "@/lib/alerts";
import { isSeverity } from "@/lib/severity";

/** How grave, by the label of that name. */
export function How({ severity }: { severity: string }) {
  return isSeverity(severity) ? <Severity severity={severity} /> : severity ? <Badge>{severity}</Badge> : null;
}

/** Whom it is about: the agent, else all labels that tell it from others of its rule. */
export function Of({ labels }: { labels: Record<string, string> }) {
  const agent = agentOf(labels);
  const all = telling(labels).map(([name, value]) => `${name}=${value}`);
  return (
    <span className="clip foreign" title={all.join(", ")}>
      {agent ? <AgentLink agent={agent} /> : whom(labels)}
    </span>
  );
}
