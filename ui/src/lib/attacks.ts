/** Attacks as people call them, and what a threat score says. Pure. */
import { SEVERITIES } from "./severity";
import { sentence } from "./format";

const NAMES: Record<string, string> = {
  sql_injection: "SQL injection",
  xss: "Cross-site scripting",
  secret_exposure: "Secret exposed",
  rate_abuse: "Too many requests",
  flood: "Flood of requests",
  account_takeover: "Account taken over",
  unusual_time: "Unusual hour",
};

export function attackName(kind: string): string {
  return NAMES[kind] ?? sentence(kind);
}

/** A threat score from 0 to 1 in a word, with the token of its colour. */
export function threat(score: number): { word: string; token: string } {
  if (score >= 0.9) return { word: "severe", token: "--bad" };
  if (score >= 0.6) return { word: "high", token: "--cat-2" };
  if (score >= 0.25) return { word: "guarded", token: "--cat-6" };
  return score > 0 ? { word: "low", token: "--cat-5" } : { word: "calm", token: "--ok" };
}

type Pattern = { kind: string; severity: string; count: number; counts: readonly number[] };

/** Patterns summed up by one of their names, most frequent first, severities worst first. */
export function summed(patterns: readonly Pattern[], by: "kind" | "severity"): { key: string; count: number; counts: number[] }[] {
  const sums = new Map<string, { key: string; count: number; counts: number[] }>();
  for (const pattern of patterns) {
    const sum = sums.get(pattern[by]) ?? { key: pattern[by], count: 0, counts: pattern.counts.map(() => 0) };
    sum.count += pattern.count;
    pattern.counts.forEach((n, i) => (sum.counts[i] = (sum.counts[i] ?? 0) + n));
    sums.set(pattern[by], sum);
  }
  const all = [...sums.values()];
  const place = (key: string) => (SEVERITIES as readonly string[]).indexOf(key);
  return by === "severity" ? all.sort((a, b) => place(a.key) - place(b.key)) : all.sort((a, b) => b.count - a.count || a.key.localeCompare(b.key));
}
