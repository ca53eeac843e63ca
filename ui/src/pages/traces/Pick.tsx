import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get, type Schema } from "@/api/client";
import { Ago } from "@/components/Ago";
import { Button } from "@/components/Button";
import { Middle } from "@/components/Middle";
import { term } from "@/lib/filter";
import { duration } from "@/lib/format";
import { OUTCOME } from "@/lib/outcomes";
import css from "./Compare.module.css";

type Row = Schema<"TraceRow">;
const ID = /^[0-9a-f]{32}$/i;
const SHOWN = 8;

/** Choose a trace: by its id, or one of the newest that began like `like`. */
export function Pick({ like, onPick }: { like: Row | undefined; onPick: (id: string) => void }) {
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const result = useQuery({
    enabled: !!like,
    queryKey: ["alike", like?.name, like?.trace_id],
    queryFn: ({ signal }) => get("/api/v1/traces", { query: { q: `root:true ${term("name", like?.name ?? "")}`, start: "-24h", limit: SHOWN + 1, asked: true }, signal }),
  });
  const others = (result.data?.items ?? []).filter((t) => t.trace_id !== like?.trace_id).slice(0, SHOWN);
  return (
    <form
      className={css.pick}
      onSubmit={(event) => {
        event.preventDefault();
        if (ID.test(wanted)) onPick(wanted);
      }}
    >
      <div className={css.field}>
        <input autoFocus aria-label="Trace id" placeholder="Trace id, 32 hex digits" value={text} onChange={(event) => setText(event.target.value)} spellCheck={false} />
        <Button type="submit" look="primary" disabled={!ID.test(wanted)}>
          Compare
        </Button>
      </div>
      {like && (
        <p className="dim" role="status">
          {others.length > 0 ? "Or with another one that began alike:" : result.isPending ? "Looking for others that began alike …" : result.error ? `Others that began alike are not known: ${result.error.message}` : "No other trace of the last 24 hours began alike."}
        </p>
      )}
      {others.map((t) => (
        <button key={t.trace_id} type="button" className={css.choice} title={[t.name, t.asked, t.trace_id].filter(Boolean).join("\n")} onClick={() => onPick(t.trace_id)}>
          <span className="clip foreign">{t.asked || t.name || "unnamed"}</span>
          <Middle text={t.agent || t.service} className="dim" />
          <span className="num">{duration(t.duration_ns)}</span>
          <span className={t.errors ? css.worse : "dim"}>{t.errors ? `${t.errors} ${OUTCOME.failed}` : OUTCOME.ok}</span>
          <Ago time={t.start_time} />
        </button>
      ))}
    </form>
  );
}
