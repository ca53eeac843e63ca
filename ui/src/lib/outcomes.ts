/** How a piece of work ended, or that it has not, in words: one for each outcome, on every page. */
export const OUTCOME = { ok: "ok", failed: "failed", running: "running", recovered: "recovered", looping: "looping", unfinished: "unfinished" } as const;

/** The word for a span's status, which filters know by another one: `status:error` finds what failed. */
export function statusWord(status: string): string {
  return status === "error" ? OUTCOME.failed : status === "unset" ? "no status" : status;
}
