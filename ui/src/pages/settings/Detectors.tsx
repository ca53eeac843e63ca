import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { get, type Schema } from "@/api/client";
import { Badge, type Tone } from "@/components/Badge";
import { Export } from "@/components/Export";
import { Await, Empty } from "@/components/Notice";
import { Panel } from "@/components/Panel";
import { cx } from "@/lib/cx";
import { count, duration, NONE, percent, plural, sentence } from "@/lib/format";
import css from "./Settings.module.css";

type Detector = Schema<"Detector">;

const FAMILIES: Record<string, string> = {
  agentic: "What goes wrong with agents",
  anomaly: "Figures out of the ordinary",
  drift: "Drift",
  emergence: "Emergence",
  forecast: "Forecasts",
  security: "Security",
};

/** What a detector looks at, by its tier. */
const LOOKS: Record<string, string> = {
  fleet: "every agent, all the time",
  shortlist: "agents that others suspect",
  events: "every span as it arrives",
  window: "the last minutes, now and then",
};

/** How a detector stands, gravest first. */
export function standing(one: Detector): { word: string; tone: Tone; why: string } {
  if (one.problem) return { word: "broken", tone: "bad", why: one.problem };
  if (one.paused_s > 0) return { word: "paused", tone: "warn", why: `after ${plural(one.failures, "failure")}; tried again in ${duration(one.paused_s * 1e9)}. ${one.error}` };
  if (one.error && one.runs) return { word: "runs", tone: "warn", why: `failed ${plural(one.failures, "time")} of ${count(one.runs_total + one.failures)}, last: ${one.error}` };
  return one.runs ? { word: "runs", tone: "ok", why: "" } : { word: "off", tone: "neutral", why: "" };
}

/** The detectors of this install, those in trouble first: what they look for, how they fare, how they are set. */
export function Detectors() {
  const result = useQuery({ queryFn: ({ signal }) => get("/api/v1/detectors", { signal }), queryKey: ["detectors"], refetchInterval: 10_000 });
  return (
    <Await result={result} rows={8}>
      {(data) => {
        if (data.items.length === 0) return <Empty title="No detectors">Detection is off in the configuration: `detect.enabled`.</Empty>;
        const ill = data.items.filter((one) => standing(one).why);
        const families = [...new Set(data.items.map((one) => one.family))].sort();
        return (
          <>
            {ill.length > 0 && <Family title="In trouble" items={ill} />}
            {families.map((family) => (
              <Family key={family} title={FAMILIES[family] ?? sentence(family)} items={data.items.filter((one) => one.family === family)} />
            ))}
          </>
        );
      }}
    </Await>
  );
}

function Family({ title, items }: { title: string; items: Detector[] }) {
  const running = items.filter((one) => one.runs).length;
  return (
    <Panel title={title} note={`${count(running)} of ${plural(items.length, "detector")} ${running === 1 ? "runs" : "run"}`} tools={<Export label={`Detectors: ${title}`} records={() => items.map(recordOf)} />}>
      <div className={css.scroll} tabIndex={0} role="region" aria-label={title}>
        <table className={cx(css.table, css.stack, css.judged)}>
          <thead>
            <tr>
              <th>Name</th>
              <th>State</th>
              <th>What it looks for</th>
              <th title="Reported since the start of the server; repeats are kept quiet">Found</th>
              <th title="Share of true ones among the findings that people judged">Was right</th>
              <th title="Mean time of a judgement">Takes</th>
            </tr>
          </thead>
          <tbody>
            {[...items].sort((a, b) => Number(b.runs) - Number(a.runs) || a.name.localeCompare(b.name)).map((one) => (
              <Row key={one.name} one={one} />
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

/** What a download holds of a detector: each option has a field of its own. */
function recordOf({ options, ...one }: Detector): Record<string, unknown> {
  return { ...one, options: Object.fromEntries(options.map((option) => [option.name, option.value])) };
}

function Row({ one }: { one: Detector }) {
  const stands = standing(one);
  return (
    <tr>
      <td className="foreign">{one.name}</td>
      <td>
        <Badge tone={stands.tone}>{stands.word}</Badge>
      </td>
      <td className="foreign">
        {one.about}
        <small className={css.aside}>
          Looks at {LOOKS[one.tier] ?? one.tier}
          {one.in_ensemble && one.runs && "; its word counts in the ensemble"}
          {one.origin !== "builtin" && `; from ${one.origin}`}.
        </small>
        {stands.why && <small className={css.wrong}>{stands.why}</small>}
        {one.options.length > 0 && <Options one={one} />}
      </td>
      <td data-name="Found">
        {one.findings > 0 ? (
          <Link to="/findings" search={{ detector: one.name }} className="link">
            {count(one.findings)}
          </Link>
        ) : (
          <span className="dim">{one.runs ? 0 : NONE}</span>
        )}
        {one.suppressed > 0 && <small className={css.aside}>{plural(one.suppressed, "repeat")} kept quiet</small>}
      </td>
      <td data-name="Was right">{one.said.precision == null ? <span className="dim">{NONE}</span> : <>{percent(one.said.precision)} <span className="dim">of {count(one.said.true + one.said.false)}</span></>}</td>
      <td data-name="Takes">{one.mean_ms == null ? <span className="dim">{NONE}</span> : <span title={`at most ${duration((one.max_ms ?? 0) * 1e6)}`}>{duration(one.mean_ms * 1e6)}</span>}</td>
    </tr>
  );
}

/** How it is set; what differs from its default stands out. */
function Options({ one }: { one: Detector }) {
  return (
    <details>
      <summary>{plural(one.options.length, "option")}</summary>
      <dl className={css.options}>
        {one.options.map((option) => (
          <div key={option.name}>
            <dt>{option.name}</dt>
            <dd>
              <b>{said(option.value)}</b> {option.about}
              {said(option.value) !== said(option.default) && <span className="dim"> (default {said(option.default)})</span>}
            </dd>
          </div>
        ))}
      </dl>
      <p className="dim">Set in the configuration under [plugins.options.detector.{one.name}].</p>
    </details>
  );
}

function said(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
