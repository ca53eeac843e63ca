import { count } from "@/lib/format";
import { Button } from "./Button";
import css from "./Waiting.module.css";

/** Says that rows keep their places while they are pointed at, and what waits; a press anywhere takes it in. */
export function Waiting({ waiting, moved }: { waiting: number; moved: boolean }) {
  if (waiting === 0 && !moved) return null;
  return (
    <Button look="primary" className={css.waiting} title="Rows stay in their places while you point at them; press, or point elsewhere, to take in what is new">
      {waiting > 0 ? `${count(waiting)} new` : "New order"}
    </Button>
  );
}
