import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get, send, type Schema } from "@/api/client";
import { Badge } from "@/components/Badge";
import { Export } from "@/components/Export";
import { Await, Failure } from "@/components/Notice";
import { Grid } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { cx } from "@/lib/cx";
import { plural } from "@/lib/format";
import { useSettled } from "@/lib/use";
import css from "./Settings.module.css";

const EXAMPLE_MAX = 64;
const EXAMPLE = `Write to ada@example.org, the key is sk-proj-a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6
Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl
Card 4111 1111 1111 1111, order 17, ticket ACME-1234`;

/** What is removed before it is stored, and a box to try it. */
export function Redaction() {
  const result = useQuery({ queryFn: ({ signal }) => get("/api/v1/redaction", { signal }), queryKey: ["redaction"] });
  return (
    <Await result={result}>
      {(data) => (
        <Grid min={420}>
          <Rules rules={data} />
          <Try key={Object.keys(data.rules).join()} rules={data} />
        </Grid>
      )}
    </Await>
  );
}

function Rules({ rules }: { rules: Schema<"Redaction"> }) {
  return (
    <Panel title="Rules in force" note={rules.enabled ? "Applied before anything is stored" : "Redaction is off: ingest.redaction.enabled"} tools={<Export label="Redaction rules" records={() => [...Object.entries(rules.rules).map(([rule, on]) => ({ rule, on, removes: rules.about[rule]?.removes.replaceAll("`", "") ?? "", expression: "" })), ...Object.entries(rules.custom).map(([rule, expression]) => ({ rule, on: true, removes: "", expression }))]} />}>
      <table className={css.table}>
        <tbody>
          {Object.entries(rules.rules).map(([name, on]) => (
            <tr key={name}>
              <td>
                <code>{name}</code>
                <About about={rules.about[name]} />
              </td>
              <td className={css.end}>{on ? <Badge tone="ok">on</Badge> : <Badge>off</Badge>}</td>
            </tr>
          ))}
          {Object.entries(rules.custom).map(([name, expression]) => (
            <tr key={`own ${name}`}>
              <td>
                <code className="foreign">{name}</code>
                <p className={css.removes}>
                  A rule of your own; removes what matches <code className="foreign">{expression}</code>
                </p>
              </td>
              <td className={css.end}>
                <Badge tone={rules.enabled ? "ok" : "neutral"}>{rules.enabled ? "on" : "off"}</Badge>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={css.below}>
        Rules are part of the configuration, section <code>[ingest.redaction]</code>, so that nobody weakens them in passing. What is removed becomes <code>{rules.replacement}</code>.
      </p>
    </Panel>
  );
}

/** What a rule removes, in words and by an example. */
function About({ about }: { about?: Schema<"RuleAbout"> }) {
  if (!about) return null;
  return (
    <>
      <p className={cx(css.removes, "foreign")}>{coded(about.removes)}</p>
      {about.before && (
        <p className={cx(css.removes, "dim")}>
          <code className="foreign">{lines(about.before)}</code> <span aria-label="becomes">→</span> <code className="foreign">{lines(about.after)}</code>
        </p>
      )}
    </>
  );
}

/** Words with what stands between backticks as code. */
function coded(words: string) {
  return words.split("`").map((part, i) => (i % 2 ? <code key={i}>{part}</code> : part));
}

/** An example in one line, a long one without its middle. */
function lines(example: string): string {
  const line = example.replaceAll(/\s+/g, " ");
  return line.length > EXAMPLE_MAX ? `${line.slice(0, EXAMPLE_MAX / 2)}…${line.slice(-EXAMPLE_MAX / 2)}` : line;
}

type Trial = { text: string; attribute: string; expression: string };

/** Runs the rules over a text while it is typed. Nothing of it is stored. */
function Try({ rules }: { rules: Schema<"Redaction"> }) {
  const [trial, setTrial] = useState<Trial>({ text: EXAMPLE, attribute: "", expression: "" });
  const settled = useSettled(trial, 300);
  const tried = useQuery({
    queryKey: ["redaction", "try", settled],
    queryFn: async ({ signal }) => {
      const custom = settled.expression ? { custom: { ...rules.custom, new_rule: settled.expression } } : {};
      return (await (await send("POST", "/api/v1/redaction/try", { text: settled.text, attribute: settled.attribute, ...custom }, signal)).json()) as Schema<"Tried">;
    },
    placeholderData: (old) => old,
    retry: false,
  });
  const total = Object.values(tried.data?.removed ?? {}).reduce((sum, n) => sum + n, 0);
  return (
    <Panel title="Try it" note="Nothing of it is stored or logged">
      <div className={css.trial}>
        <label>
          Text
          <textarea rows={6} value={trial.text} maxLength={65_536} spellCheck={false} onChange={(event) => setTrial({ ...trial, text: event.target.value })} />
        </label>
        <div className={css.form}>
          <label>
            As the attribute
            <input value={trial.attribute} maxLength={256} placeholder="none, or such as db.password" spellCheck={false} onChange={(event) => setTrial({ ...trial, attribute: event.target.value })} />
          </label>
          <label>
            With a rule of your own
            <input value={trial.expression} maxLength={1000} placeholder="RE2, such as ACME-\d+" spellCheck={false} onChange={(event) => setTrial({ ...trial, expression: event.target.value })} />
          </label>
        </div>
        {tried.error ? (
          <Failure error={tried.error} title="This could not be tried" />
        ) : (
          <>
            <h3 className={css.sub}>What would be stored</h3>
            <pre className={css.stored} aria-live="polite" tabIndex={0}>
              {tried.data?.parts.map((part, index) => (part.rule ? <mark key={index}>{part.text}</mark> : <span key={index}>{part.text}</span>))}
            </pre>
            <p className="dim" role="status">
              {!tried.data ? "Trying" : total === 0 ? "Nothing would be removed." : `${plural(total, "thing")} removed: ${Object.entries(tried.data.removed).map(([rule, n]) => `${rule} ${n}×`).join(", ")}.`}
            </p>
          </>
        )}
      </div>
    </Panel>
  );
}
