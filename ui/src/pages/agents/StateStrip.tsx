import type { Schema } from "@/api/client";
import { StateShape } from "@/components/Badge";
import { cx } from "@/lib/cx";
import { count } from "@/lib/format";
import { STATE_MEANING, STATES } from "@/lib/states";
import css from "./Agents.module.css";

/** How many agents are in each condition, trouble first; a press filters. */
export function StateStrip({ states, active, onToggle }: { states: Schema<"ConditionCounts"> | undefined; active: (state: string) => boolean; onToggle: (state: string) => void }) {
  return (
    <div className={css.strip} role="group" aria-label="States">
      {STATES.map((state) => (
        <button key={state} type="button" className={cx(css.pill, !states?.[state] && css.none)} title={STATE_MEANING[state]} aria-pressed={active(state)} onClick={() => onToggle(state)}>
          <StateShape state={state} />
          <strong>{states ? count(states[state]) : "–"}</strong>
          {state}
        </button>
      ))}
    </div>
  );
}
