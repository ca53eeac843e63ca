import { CircleAlert, CircleCheck, Info } from "lucide-react";
import { cx } from "@/lib/cx";
import { dismiss, useToasts } from "./toasts";
import css from "./Toast.module.css";

const signs = { ok: CircleCheck, bad: CircleAlert, info: Info };

export function Toasts() {
  const items = useToasts();
  return (
    <div className={css.stack} role="status" aria-live="polite">
      {items.map((item) => {
        const Sign = signs[item.tone];
        return (
          <div key={item.id} className={cx(css.toast, item.tone !== "ok" && css[item.tone])} onClick={() => dismiss(item.id)}>
            <Sign aria-hidden="true" />
            <span className="foreign">{item.text}</span>
          </div>
        );
      })}
    </div>
  );
}
