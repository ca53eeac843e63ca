/** The one ladder of severities, worst first, and how each is drawn: by colour and by the number of bars. Pure. */

export const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const SEVERITY_TOKEN: Record<Severity, string> = { critical: "--bad", high: "--cat-2", medium: "--cat-6", low: "--cat-5", info: "--cat-8" };

export function isSeverity(name: string): name is Severity {
  return (SEVERITIES as readonly string[]).includes(name);
}

/** 5 for critical, 1 for info; 0 for none. */
export function rank(severity: string): number {
  return isSeverity(severity) ? SEVERITIES.length - SEVERITIES.indexOf(severity) : 0;
}
