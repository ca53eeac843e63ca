/** The live conditions of an agent, which are its states and `failing`: name, colour token, shape and what it means. */

export const STATES = ["wedged", "looping", "failing", "working", "waiting", "idle", "abandoned"] as const;
export type State = (typeof STATES)[number];

export const STATE_MEANING: Record<State, string> = {
  wedged: "Has unfinished work and has made no progress for a while",
  looping: "Repeats the same steps without getting further",
  failing: "Works, but more than a third of its spans of the last minute failed (health below 30 %), and not just once",
  working: "Did something in the last moments",
  waiting: "Has unfinished work and waits for another agent, tool or model",
  idle: "Alive, nothing to do",
  abandoned: "Went silent without saying goodbye",
};

/** How the health of an agent comes about. */
export const HEALTH_MEANING = "100 % less twice the failed share of the last minute's spans; a fifth of that is left of the wedged, two fifths of the looping, nothing of the abandoned and silent";

/** Below so much health something is wrong, and below so much most of it. */
export const HEALTHY = 0.7;
export const PARTIAL = 0.3;

/** How health is shown, wherever it stands. */
export function healthLook(health: number | undefined): { bad: boolean; warn: boolean } {
  return { bad: health !== undefined && health < PARTIAL, warn: health !== undefined && health >= PARTIAL && health < HEALTHY };
}

/** Drawn in a 12 × 12 box, so that no state is told by colour alone. */
export const STATE_SHAPE: Record<State, string> = {
  working: "M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1z",
  waiting: "M6 1a5 5 0 0 0 0 10zM6 1v10M6 1a5 5 0 0 1 0 10",
  looping: "M6 1.2 11.2 10.4H.8z",
  wedged: "M1.5 1.5h9v9h-9z",
  failing: "M6 .6 11.4 6 6 11.4.6 6z",
  idle: "M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z",
  abandoned: "M2 2l8 8M10 2l-8 8",
};

/** Conditions that need somebody. */
export const TROUBLE = ["wedged", "looping", "failing", "abandoned"] as const satisfies readonly State[];

export function isTrouble(text: string): boolean {
  return (TROUBLE as readonly string[]).includes(text);
}

/** The filter that finds every agent in trouble. */
export const IN_TROUBLE = `condition:${TROUBLE.join(",")}`;

/** The filter that finds agents with failed spans in the last minute that are in no trouble. */
export const ERRING = `errors>0 -${IN_TROUBLE}`;

export function isState(text: string): text is State {
  return (STATES as readonly string[]).includes(text);
}

/** Trouble first. */
export function stateRank(text: string): number {
  const at = (STATES as readonly string[]).indexOf(text);
  return at < 0 ? STATES.length : at;
}
