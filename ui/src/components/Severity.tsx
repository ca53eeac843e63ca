import { rank, isSeverity, SEVERITIES, SEVERITY_TOKEN } from "@/lib/severity";
import css from "./Severity.module.css";

const BAR = 2.2;
const STEP = 2.8;

/** How grave: as many bars as the step of the ladder, in its colour, and its word; `bare`: the sign alone, its word read aloud. */
export function Severity({ severity, bare }: { severity: string; bare?: boolean }) {
  const bars = rank(severity);
  const paint = `var(${isSeverity(severity) ? SEVERITY_TOKEN[severity] : "--text-3"})`;
  return (
    <span className={css.severity} title={bare ? severity : undefined}>
      <svg viewBox="0 0 14 12" aria-hidden={!bare} role={bare ? "img" : undefined} aria-label={bare ? severity : undefined}>
        {SEVERITIES.map((_, i) => (
          <rect key={i} x={i * STEP} y={9 - i * 2} width={BAR} height={3 + i * 2} rx={0.8} fill={i < bars ? paint : "var(--line-strong)"} />
        ))}
      </svg>
      {!bare && severity}
    </span>
  );
}
