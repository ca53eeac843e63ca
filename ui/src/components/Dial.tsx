import css from "./Dial.module.css";

const R = 70;
const LONG = Math.PI * R;

/** A share from 0 to 1 as the pointer of a half circle, with the word for it. */
export function Dial({ value, word, token, label }: { value: number; word: string; token: string; label: string }) {
  const share = Math.max(0, Math.min(1, value));
  const told = share < 1 ? Math.min(99, Math.round(share * 100)) : 100; // what is not all does not read as all
  const arc = `M 14 84 A ${R} ${R} 0 0 1 154 84`;
  return (
    <svg viewBox="0 0 168 96" className={css.dial} role="img" aria-label={`${label}: ${told} of 100, ${word}`}>
      <path d={arc} fill="none" stroke="var(--sunken)" strokeWidth={13} strokeLinecap="round" />
      {share > 0 && <path d={arc} fill="none" stroke={`var(${token})`} strokeWidth={13} strokeLinecap="round" strokeDasharray={`${LONG * share} ${LONG * 2}`} />}
      <text x={84} y={74} textAnchor="middle">
        {told}
      </text>
      <text x={84} y={91} textAnchor="middle" className={css.word}>
        {word}
      </text>
    </svg>
  );
}
