import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { cx } from "@/lib/cx";
import { count, sentence } from "@/lib/format";
import { isState } from "@/lib/states";
import { StateShape } from "./Badge";
import { Middle } from "./Middle";
import { Loading } from "./Notice";
import css from "./Facets.module.css";

export type FacetItem = { field: string; values: { value: string; count: number }[]; distinct: number };

const FEW = 6;

type Props = { /** Undefined while they are under way. */ facets: FacetItem[] | undefined; isOn: (field: string, value: string) => boolean; onToggle: (field: string, value: string) => void; labels?: Record<string, string>; /** How a value is written, where not as it is. */ words?: (field: string, value: string) => string; /** Who has no value is listed too, as "no kind". */ none?: boolean };

/** The most frequent values of some fields; a press narrows the list to one, another one widens it again. */
export function Facets(props: Props) {
  if (!props.facets) return <Loading rows={8} />;
  return (
    <div className={css.facets}>
      {props.facets
        .filter((facet) => facet.values.some((v) => v.value !== ""))
        .map((facet) => (
          <Facet key={facet.field} facet={facet} {...props} />
        ))}
    </div>
  );
}

function Facet({ facet, isOn, onToggle, labels, words, none }: { facet: FacetItem } & Props) {
  const [open, setOpen] = useState(true);
  const [all, setAll] = useState(false);
  const values = none ? facet.values : facet.values.filter((v) => v.value !== "");
  const most = Math.max(1, ...values.map((v) => v.count));
  const label = labels?.[facet.field] ?? sentence(facet.field);
  return (
    <section aria-label={label}>
      <button type="button" className={cx(css.name, !open && css.closed)} aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronDown aria-hidden="true" />
        {label}
      </button>
      {open &&
        (all ? values : values.slice(0, FEW)).map((item) => (
          <button key={item.value} type="button" className={css.value} aria-pressed={isOn(facet.field, item.value)} onClick={() => onToggle(facet.field, item.value)}>
            {isState(item.value) && facet.field === "state" && <StateShape state={item.value} />}
            <Middle text={words?.(facet.field, item.value) ?? (item.value || `no ${facet.field}`)} title={item.value} />
            <span className={css.count}>{count(item.count)}</span>
            <span className={css.bar} style={{ width: `calc(${(100 * item.count) / most}% - 14px)` }} aria-hidden="true" />
          </button>
        ))}
      {open && values.length > FEW && (
        <button type="button" className={css.more} onClick={() => setAll(!all)}>
          {all ? "Fewer" : `${values.length - FEW} more`}
        </button>
      )}
    </section>
  );
}
