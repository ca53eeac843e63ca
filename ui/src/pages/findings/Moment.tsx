import { useQuery } from "@tanstack/react-query";
import { get, type Schema } from "@/api/client";
import { Loading } from "@/components/Notice";
import { SignalChart } from "@/components/SignalChart";
import { signalName } from "@/lib/signals";
import { MINUTE } from "@/lib/time";
import css from "./Findings.module.css";

const BEFORE_MS = 12 * MINUTE;
const AFTER_MS = 6 * MINUTE;

/** The signal around the moment, with what was normal then; nothing where the finding is about no signal of an agent. */
export function Moment({ finding }: { finding: Schema<"Finding"> }) {
  const [start, end] = [Date.parse(finding.start), Date.parse(finding.end)];
  const about = finding.subject_kind === "agent" && finding.signal !== "";
  const result = useQuery({
    queryKey: ["agent", finding.subject, "normal", finding.id],
    enabled: about,
    retry: false,
    staleTime: 20_000,
    queryFn: ({ signal }) => get("/api/v1/agents/{agent_id}/normal", { path: { agent_id: finding.subject }, query: { start: new Date(start - BEFORE_MS).toISOString(), end: new Date(end + AFTER_MS).toISOString() }, signal }),
  });
  if (!about || result.error) return null;
  if (!result.data) return <Loading rows={4} />;
  const found = result.data.signals.find((s) => s.signal === finding.signal);
  if (!found) return null;
  const known = finding.lower != null && finding.upper != null && finding.lead_ns === 0; // a forecast's ends are of what is to come
  const all = <T,>(value: T) => result.data.times_ms.map(() => value);
  const band = known ? { ...found, lower: all(finding.lower), expected: all(finding.expected), upper: all(finding.upper) } : found;
  return (
    <section className={css.part} aria-label="Around that moment">
      <h3>
        {signalName(finding.signal)} around that moment{known && ", in the band of what was normal then"}
      </h3>
      <div className={css.chart}>
        <SignalChart band={band} times={result.data.times_ms} height={150} stretch={{ from: start, to: end }} />
      </div>
    </section>
  );
}
