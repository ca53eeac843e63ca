import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Lightbulb, X } from "lucide-react";
import { ApiError, get, type Schema } from "@/api/client";
import { Ago } from "@/components/Ago";
import { Badge } from "@/components/Badge";
import { Button, IconButton } from "@/components/Button";
import { Copy } from "@/components/Copy";
import { FindingLines } from "@/components/FindingLines";
import { Later } from "@/components/Later";
import { AgentLink, TraceLink } from "@/components/Links";
import { Await, Empty } from "@/components/Notice";
import { Facts } from "@/components/Panel";
import { Severity } from "@/components/Severity";
import { attackName } from "@/lib/attacks";
import { term } from "@/lib/filter";
import { chance, ratio, scale } from "@/lib/findings";
import { duration, percent, plural, reading, sentence } from "@/lib/format";
import { wordsOf } from "@/lib/messages";
import { signalFormat, signalName, unitWords } from "@/lib/signals";
import { HOUR, MINUTE, rangeText, stamp } from "@/lib/time";
import css from "./Findings.module.css";
import { Moment } from "./Moment";
import { Verdict } from "./Verdict";

type Finding = Schema<"Finding">;
const NAMED = 12;
/** In what kinds count that are about no signal. */
const UNITS: Record<string, string> = { wedged: "s", loop: "{calls}", livelock: "{calls}", retry_storm: "{retries}", shared_retry_storm: "{retries}", cost_runaway: "USD/min", token_runaway: "{tokens}/min" };
const BEFORE_MS = 7 * 24 * HOUR;
/** The detector whose confidence is no matter of luck. */
const BY_RULES = "security";
/** What detectors note of their sums, in plain words. */
const PLAIN: Record<string, string> = { p: "Probability of luck (p)", q: "After counting all tests (q)", z: "Usual spreads away (z)" };

function lucky(confidence: number | null | undefined): string {
  const words = chance(confidence);
  return words.startsWith("1 in") ? `once in ${words.slice(5)} looks` : words.startsWith("below 1 in") ? `less than once in ${words.slice(11)} looks` : words === "not known" ? words : `in ${words} of looks`;
}

/** One finding, with everything that speaks for it and against it. */
export function Detail({ id, onClose }: { id: string; onClose: () => void }) {
  const result = useQuery({
    queryKey: ["findings", "one", id],
    queryFn: ({ signal }) => get("/api/v1/findings/{finding_id}", { path: { finding_id: id }, signal }),
    retry: (tries, error) => tries < 2 && !(error instanceof ApiError && error.status < 500 && error.status > 0),
  });
  const wrong = result.error instanceof ApiError && [404, 422].includes(result.error.status);
  return (
    <article className={css.detail} aria-label="Finding" tabIndex={0}>
      {wrong ? (
        <Empty title="There is no such finding" actions={<Button onClick={onClose}>Back to the list</Button>}>
          <code className="foreign">{id.slice(0, 64)}</code> is not kept any more, or never was.
        </Empty>
      ) : (
        <Await result={result} rows={10}>
          {(data) => <Whole finding={data} onClose={onClose} />}
        </Await>
      )}
    </article>
  );
}

function Whole({ finding, onClose }: { finding: Finding; onClose: () => void }) {
  return (
    <>
      <header>
        <div className={css.head}>
          <Severity severity={finding.severity} />
          <Badge>{attackName(finding.kind)}</Badge>
          <Later finding={finding} />
          <Ago time={finding.end} />
          <span className={css.tools}>
            <Copy text={`${location.origin}/findings/${finding.id}`} label="Copy a link to this finding" />
            <IconButton label="Close" onClick={onClose}>
              <X aria-hidden="true" />
            </IconButton>
          </span>
        </div>
        <h2 className={`${css.what} foreign`}>{finding.title}</h2>
        <p className={`${css.why} foreign`}>{finding.explanation}</p>
      </header>
      {finding.recommendation && (
        <p className={css.advice}>
          <Lightbulb aria-hidden="true" />
          <span>{capital(finding.recommendation)}</span>
        </p>
      )}
      {finding.observed != null && <Seen finding={finding} />}
      <Moment finding={finding} />
      <Figures finding={finding} />
      <Verdict finding={finding} />
      <Evidence finding={finding} />
      {finding.features.length > 0 && (
        <section className={css.part} aria-label="What contributed">
          <h3 title="How much of what was strange came from each of these">What made it stand out</h3>
          <ul className={css.features}>
            {finding.features.map((feature) => (
              <li key={feature.name}>
                <span className={css.meter} style={{ width: `${100 * Math.max(0, Math.min(1, feature.share))}%` }} />
                <span className="clip foreign">{signalName(feature.name)}</span>
                <span className="num">{feature.share >= 0 && feature.share <= 1 ? percent(feature.share) : reading(feature.share)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Before finding={finding} />
      <About finding={finding} />
    </>
  );
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What was seen beside what was expected, on one scale. */
function Seen({ finding }: { finding: Finding }) {
  const { observed, expected, lower, upper } = finding;
  if (observed == null) return null;
  const unit = finding.unit || (finding.signal ? "" : (UNITS[finding.kind] ?? ""));
  const value = signalFormat(unit, finding.signal);
  const at = scale(observed, expected, lower, upper);
  const times = ratio(observed, expected);
  return (
    <section className={css.part} aria-label="Observed and expected">
      {(at.expected != null || at.upper != null) && (
        <div className={css.gauge} aria-hidden="true">
          <span className={css.rail} />
          {at.lower != null && at.upper != null && <span className={css.normal} style={{ left: `${100 * at.lower}%`, width: `${Math.max(0.5, 100 * (at.upper - at.lower))}%` }} />}
          {at.expected != null && <span className={css.expected} style={{ left: `${100 * at.expected}%` }} />}
          <span className={css.observed} style={{ left: `${100 * at.observed}%` }} />
        </div>
      )}
      <dl className={css.figures}>
        <div>
          <dt title="What was seen in the time of the finding">Seen</dt>
          <dd>
            {[value(observed), unitWords(unit)].filter(Boolean).join(" ")}
            {times && <small>{times}</small>}
          </dd>
        </div>
        {expected != null && (
          <div>
            {finding.lead_ns > 0 ? <dt title="What is forecast for the time that this finding warns of">To come</dt> : <dt title="What is usual for it at such a time, learned from its past or from agents like it">Usual</dt>}
            <dd>
              {value(expected)}
              {lower != null && upper != null && (
                <small>
                  {value(lower)} to {value(upper)}
                </small>
              )}
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function Figures({ finding }: { finding: Finding }) {
  const sure = finding.confidence == null ? "not known" : finding.confidence > 0.9999 ? "above 99.99 %" : `${Number((100 * finding.confidence).toFixed(2))} %`;
  return (
    <dl className={css.figures}>
      {finding.detector === BY_RULES || finding.lead_ns > 0 ? (
        <div title={finding.lead_ns > 0 ? "How often a forecast like this holds" : "By how much speaks for it; rules judge here, and not how rare it is"}>
          <dt>How sure</dt>
          <dd>{sure}</dd>
        </div>
      ) : (
      <div title="If nothing were wrong, something like this would still be seen now and then, just by luck. This says how rarely: the rarer, the surer it is that something is wrong.">
        <dt>Just by luck, this is seen</dt>
        <dd>
          {lucky(finding.confidence)}
          <small>so we are this sure: {sure}</small>
        </dd>
      </div>
      )}
      {finding.score != null && (
        <div title="How strongly the detector reacted, in a measure of its own. Compare it only with other findings of the same detector.">
          <dt>How strong</dt>
          <dd>
            {reading(finding.score)}
            <small>score of {finding.detector}: the higher, the stranger</small>
          </dd>
        </div>
      )}
      {finding.lead_ns > 0 && (
        <div>
          <dt>Warned ahead by</dt>
          <dd>{duration(finding.lead_ns)}</dd>
        </div>
      )}
      {finding.cohort && (
        <div title="Agents that are alike do alike: this one was held against the others of its kind at the same time.">
          <dt>Compared with</dt>
          <dd className="foreign">
            {finding.cohort}
            <small>agents like it</small>
          </dd>
        </div>
      )}
    </dl>
  );
}

/** From a minute before the finding to a minute after it, as the address writes a time range. */
function around(finding: Finding): string {
  return rangeText({ from: Date.parse(finding.start) - MINUTE, to: Date.parse(finding.end) + MINUTE });
}

function Evidence({ finding }: { finding: Finding }) {
  const traces = finding.evidence.filter((e) => e.kind === "trace");
  const logs = finding.evidence.filter((e) => e.kind === "log");
  const texts = [...new Set(finding.evidence.filter((e) => e.kind !== "trace" && e.kind !== "log").map((e) => wordsOf(e.reference)))];
  const agent = finding.subject_kind === "agent" && finding.subject;
  return (
    <section className={css.part} aria-label="Evidence">
      <h3>Where to look</h3>
      <div className={css.evidence}>
        {[...new Set(traces.map((e) => e.reference))].map((trace) => (
          <TraceLink key={trace} trace={trace}>
            Trace <code>{trace.slice(0, 8)}</code>
          </TraceLink>
        ))}
        {logs.map((log) => (
          <Link key={log.reference} to="/logs" search={{ line: log.reference }} className="link">
            Log record
          </Link>
        ))}
        {agent && (
          <>
            <AgentLink agent={agent}>Agent</AgentLink>
            <Link to="/traces" search={{ q: term("agent", agent), range: around(finding) }} className="link">
              All its traces then
            </Link>
            <Link to="/logs" search={{ q: term("agent", agent), range: around(finding) }} className="link">
              Its logs then
            </Link>
            <Link to="/sessions" search={{ q: term("agent", agent), range: around(finding) }} className="link">
              Its sessions then
            </Link>
          </>
        )}
        {finding.subject_kind === "principal" && (
          <Link to="/security" search={{ principal: finding.subject, range: around(finding) }} className="link">
            All that is held against <span className="foreign">{finding.subject}</span>
          </Link>
        )}
        {finding.subject_kind === "workflow" && (
          <Link to="/workflows/$workflow" params={{ workflow: finding.subject }} className="link">
            Workflow
          </Link>
        )}
        {["fleet", "group", "edge"].includes(finding.subject_kind) && (
          <Link to="/emergence" search={{ range: around(finding) }} className="link">
            The fleet then
          </Link>
        )}
        {texts.map((text) => (
          <pre key={text} className="foreign">
            {text}
          </pre>
        ))}
      </div>
      {finding.participants.length > 0 && (
        <p className={css.note}>
          {plural(finding.participants.length, "agent")}:{" "}
          {finding.participants.slice(0, NAMED).map((agent, i) => (
            <span key={agent}>
              {i > 0 && ", "}
              <AgentLink agent={agent} />
            </span>
          ))}
          {finding.participants.length > NAMED && ` and ${finding.participants.length - NAMED} more`}
        </p>
      )}
    </section>
  );
}

/** The same of the same, in the week before. */
function Before({ finding }: { finding: Finding }) {
  const end = Date.parse(finding.start);
  const result = useQuery({
    queryKey: ["findings", "before", finding.id],
    queryFn: ({ signal }) => get("/api/v1/findings", { query: { subject: finding.subject, kind: finding.kind, signal: finding.signal, start: new Date(end - BEFORE_MS).toISOString(), end: new Date(end).toISOString(), limit: 6 }, signal }),
    enabled: !finding.subject.includes(","),
    staleTime: 60_000,
  });
  const items = (result.data?.items ?? []).filter((item) => item.id !== finding.id);
  if (!result.data) return null;
  return (
    <section className={css.part} aria-label="The same before">
      <h3>The same before</h3>
      {items.length === 0 ? <p className={css.note}>Not in the week before. While it goes on it is told once, and again only when it gets graver.</p> : <FindingLines items={items.slice(0, 5)} label="The same before" />}
    </section>
  );
}

/** Who says so, and when. */
function About({ finding }: { finding: Finding }) {
  const detectors = useQuery({ queryKey: ["detectors"], queryFn: ({ signal }) => get("/api/v1/detectors", { signal }), staleTime: 60_000 });
  const one = detectors.data?.items.find((item) => item.name === finding.detector);
  const members = detectors.data?.items.filter((item) => item.in_ensemble && item.runs).map((item) => item.name) ?? [];
  return (
    <section className={css.part} aria-label="Detector">
      <h3>Who says so</h3>
      <Facts
        items={[
          ["Detector", `${finding.detector}, version ${finding.version}`],
          ["About it", one?.about || (finding.detector === "ensemble" && members.length > 0 && `what ${members.join(", ")} say, combined and tested over the whole fleet at once`)],
          ["Was right", one?.said.precision != null && `${percent(one.said.precision)} of ${plural(one.said.true + one.said.false, "finding")} that people judged`],
          ["Kept quiet", one && one.suppressed > 0 && `${plural(one.suppressed, "repeat")} since the start`],
          ["From", stamp(Date.parse(finding.start))],
          ["To", stamp(Date.parse(finding.end))],
          ["Told", <Ago key="t" time={finding.found} />],
          ...Object.entries(finding.labels).map(([k, v]): [string, string] => [PLAIN[k] ?? sentence(k), v]),
        ]}
      />
    </section>
  );
}
