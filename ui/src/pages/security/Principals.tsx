import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { get } from "@/api/client";
import { Ago } from "@/components/Ago";
import { Export } from "@/components/Export";
import { Await } from "@/components/Notice";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { attackName, threat } from "@/lib/attacks";
import { cx } from "@/lib/cx";
import { plural } from "@/lib/format";
import css from "./Security.module.css";

const SHOWN = 20;
const KINDS = 2;

/** Who is dangerous, riskiest first; a press shows what is held against one. */
export function Principals({ onDrill }: { onDrill: (principal: string) => void }) {
  const time = useRange();
  const result = useQuery({
    queryKey: ["security", "principals", time.query],
    queryFn: ({ signal }) => get("/api/v1/security/principals", { query: { ...time.query, limit: SHOWN }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: time.every(5000),
  });
  return (
    <Panel title="Principals by risk" note={result.data && `half as much after ${Math.round(result.data.half_life_s / 60)} minutes`} className={css.principals} tools={result.data && result.data.items.length > 0 && <Export label="Principals" records={result.data.items} />}>
      <Await result={result} rows={5}>
        {(data) => (
          <ul>
            {data.items.map((item) => {
              const { word, token } = threat(item.risk);
              const kinds = Object.entries(item.kinds).sort((a, b) => b[1] - a[1]);
              return (
                <li key={item.principal}>
                  <button type="button" className={css.principal} disabled={!item.principal} onClick={() => onDrill(item.principal)}>
                    <strong className="clip foreign">{item.principal || "nobody named"}</strong>
                    <span className={css.risk} title={`risk ${Math.round(item.risk * 100)} of 100`}>
                      <span className={css.meter} aria-hidden="true">
                        <span style={{ width: `${100 * item.risk}%`, background: `var(${token})` }} />
                      </span>
                      <span className={cx("num", css.score)}>{Math.round(item.risk * 100)}</span> <span className={css.word}>{word}</span>
                    </span>
                    <span className={css.kinds}>
                      {plural(item.events, "event")}: {kinds.slice(0, KINDS).map(([kind, n]) => `${attackName(kind)} ${n}`).join(", ")}
                      {kinds.length > KINDS && ` and ${kinds.length - KINDS} more`}
                    </span>
                    <span className={css.seen}>
                      <Ago time={item.last_seen} />
                    </span>
                  </button>
                </li>
              );
            })}
          </ul>
        )}
      </Await>
    </Panel>
  );
}
