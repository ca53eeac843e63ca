import { Link } from "@tanstack/react-router";
import { Ago } from "@/components/Ago";
import { Badge } from "@/components/Badge";
import { percent, plural, reading, sentence } from "@/lib/format";
import type { Schema } from "@/api/client";
import css from "./Emergence.module.css";
import { figure, odds } from "./words";

/** One thing that emerged or was looked for, however it came. */
export type Told = {
  id: string;
  kind: string;
  emerged: boolean;
  title: string;
  explanation: string;
  recommendation: string;
  magnitude: number;
  p: number | null;
  level?: number;
  onset: string;
  participants: string[];
  features: Record<string, number>;
  evidence: (readonly [string, string])[];
};

const pairs = (evidence: readonly (readonly unknown[])[]): Told["evidence"] => evidence.map((e) => [String(e[0]), String(e[1])] as const);

export function fromAnalysis(e: Schema<"Emerging">): Told {
  return { ...e, id: `${e.pattern}/${e.kind}/${e.statistic}`, evidence: pairs(e.evidence) };
}

export function fromEvent(e: Schema<"EmergenceEvent">): Told {
  return { ...e, emerged: true, evidence: pairs(e.evidence) };
}

const NAMED = 12;

/** `onOpen`: who keeps whether it is opened; else the browser does. */
export function Event({ told, open, onOpen }: { told: Told; open?: boolean; onOpen?: (open: boolean) => void }) {
  const shown = told.participants.slice(0, NAMED);
  return (
    <details className={css.event} data-emerged={told.emerged} open={open} onToggle={(event) => event.currentTarget.open !== (open ?? event.currentTarget.open) && onOpen?.(event.currentTarget.open)}>
      <summary>
        <Badge tone={told.emerged ? "accent" : "neutral"}>{sentence(told.kind.replaceAll("_", " "))}</Badge>
        <span className={css.what}>{told.emerged ? told.title : "Looked for; no more than luck alone gives"}</span>
        <span className={css.when}>
          {told.p != null && <span title="If the agents had nothing to do with each other, as much would be seen so rarely, just by luck">by luck {odds(told.p)}</span>}
          <span>
            for <Ago time={told.onset} lasts />
          </span>
        </span>
      </summary>
      {!told.emerged && <p className="foreign">{told.title}</p>}
      <p className="foreign">{told.explanation}</p>
      <dl className={css.facts}>
        <Pair name="Strength" value={percent(told.magnitude)} about="From 0, nothing, to 100 %, as much as there can be." />
        {told.level !== undefined && (
          <Pair name="Told if rarer than" value={odds(told.level)} about="It is told only if luck gives as much more rarely than this." />
        )}
        {Object.entries(told.features).map(([name, value]) => (
          <Pair key={name} name={sentence(name.replaceAll("_", " "))} value={reading(value)} about={figure(name)} />
        ))}
      </dl>
      {shown.length > 0 && (
        <p className={css.who}>
          {plural(told.participants.length, "agent")}:{" "}
          {shown.map((agent) => (
            <Link key={agent} to="/agents/$agent" params={{ agent }} className="foreign">
              {agent}
            </Link>
          ))}
          {told.participants.length > NAMED && ` and ${told.participants.length - NAMED} more`}
        </p>
      )}
      {told.evidence.length > 0 && (
        <p className={css.who}>
          Evidence:{" "}
          {told.evidence.slice(0, 5).map(([kind, reference]) =>
            kind === "trace" ? (
              <Link key={reference} to="/traces/$trace" params={{ trace: reference }} className="mono">
                {reference.slice(0, 8)}
              </Link>
            ) : (
              <span key={reference} className="foreign">
                {reference}
              </span>
            ),
          )}
        </p>
      )}
      {told.recommendation && told.emerged && <p className={css.advice}>{told.recommendation}</p>}
    </details>
  );
}

function Pair({ name, value, about }: { name: string; value: string; about: string | undefined }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {value}
        {about && <span className={css.about}> {about}</span>}
      </dd>
    </>
  );
}
