import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronRight } from "lucide-react";
import { useRef, useState } from "react";
import { evaluate } from "@/api/prometheus";
import { ConnectLink } from "@/components/Links";
import { Middle } from "@/components/Middle";
import { Await, Empty } from "@/components/Notice";
import { cx } from "@/lib/cx";
import { count, plural } from "@/lib/format";
import { useMetrics, useNames } from "./known";
import css from "./Metrics.module.css";

const ROW_PX = 26;
const VALUES_MAX = 30;

/** Every metric by name, and the labels and values of the one that is chosen. */
export function Browser({ chosen, onPick, onLabel }: { chosen: string; onPick: (metric: string) => void; onLabel: (metric: string, label: string, value: string) => void }) {
  const metrics = useMetrics();
  const [words, setWords] = useState("");
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return (
    <div className={css.browser}>
      <input type="search" className={css.search} placeholder="Find a metric" aria-label="Find a metric" value={words} onChange={(event) => setWords(event.target.value)} />
      <Await result={metrics} rows={8}>
        {(all) => {
          const found = all.filter((one) => wanted.every((word) => one.text.toLowerCase().includes(word) || one.about.toLowerCase().includes(word)));
          if (all.length === 0) return <Empty title="No metrics yet" actions={<ConnectLink />}>Agents report them by OpenTelemetry, Prometheus remote write or REST.</Empty>;
          return (
            <>
              <span className="dim">
                {wanted.length > 0 ? `${count(found.length)} of ${plural(all.length, "metric")}` : plural(all.length, "metric")}
              </span>
              <Names names={found} chosen={chosen} onPick={onPick} />
              {chosen && <LabelList metric={chosen} onLabel={onLabel} />}
            </>
          );
        }}
      </Await>
    </div>
  );
}

function Names({ names, chosen, onPick }: { names: { text: string; about: string }[]; chosen: string; onPick: (metric: string) => void }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: names.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, overscan: 10, initialRect: { width: 200, height: 400 } });
  return (
    <div ref={scroller} className={css.names} tabIndex={0} role="group" aria-label="Metrics">
      <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {virtual.getVirtualItems().map((item) => {
          const one = names[item.index];
          if (!one) return null;
          return (
            <button key={one.text} type="button" className={cx(css.name, one.text === chosen && css.here)} aria-pressed={one.text === chosen} style={{ transform: `translateY(${item.start}px)` }} title={`${one.text}${one.about ? `: ${one.about}` : ""}`} onClick={() => onPick(one.text)}>
              <Middle text={one.text} title="" />
            </button>
          );
        })}
      </div>
    </div>
  );
}

function LabelList({ metric, onLabel }: { metric: string; onLabel: (metric: string, label: string, value: string) => void }) {
  const [open, setOpen] = useState<string>();
  const labels = useNames("labels", metric);
  return (
    <div className={css.labels}>
      <h2>Labels</h2>
      <Await result={labels} rows={3}>
        {(names) => (
          <ul>
            {names.length === 0 && <li className="dim">It has none.</li>}
            {names.map((name) => (
              <li key={name}>
                <button type="button" aria-expanded={open === name} onClick={() => setOpen(open === name ? undefined : name)}>
                  <ChevronRight aria-hidden="true" className={cx(open === name && css.down)} />
                  <bdi>{name}</bdi>
                </button>
                {open === name && <ValueList metric={metric} label={name} onLabel={onLabel} />}
              </li>
            ))}
          </ul>
        )}
      </Await>
    </div>
  );
}

function ValueList({ metric, label, onLabel }: { metric: string; label: string; onLabel: (metric: string, label: string, value: string) => void }) {
  const values = useQuery({
    queryKey: ["values", metric, label],
    staleTime: 30_000,
    queryFn: async ({ signal }) => {
      const { data } = await evaluate("query", { query: `sort_desc(count by ("${label}") ({__name__="${metric}"}))` }, signal);
      return data.resultType === "vector" ? data.result.map((one) => ({ value: one.metric[label] ?? "", n: Number(one.value?.[1] ?? 0) })).filter((one) => one.value !== "") : [];
    },
  });
  return (
    <Await result={values} rows={2}>
      {(found) => (
        <ul className={css.values}>
          {found.slice(0, VALUES_MAX).map(({ value, n }) => (
            <li key={value}>
              <button type="button" onClick={() => onLabel(metric, label, value)} title={`Narrow to ${label}="${value}"`}>
                <Middle text={value} title="" />
                <span className="dim num">{count(n)}</span>
              </button>
            </li>
          ))}
          {found.length > VALUES_MAX && <li className="dim">{count(found.length - VALUES_MAX)} more</li>}
          {found.length === 0 && <li className="dim">no value now</li>}
        </ul>
      )}
    </Await>
  );
}
