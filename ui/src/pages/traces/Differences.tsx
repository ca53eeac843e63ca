import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { get, type Schema } from "@/api/client";
import { Export } from "@/components/Export";
import { Await, Empty } from "@/components/Notice";
import { useRange } from "@/components/range";
import { cx } from "@/lib/cx";
import { term } from "@/lib/filter";
import { count, duration, money, percent, plural, reading } from "@/lib/format";
import css from "./Differences.module.css";

type Field = Schema<"FieldDifference">;
type NumberField = Schema<"NumberDifference">;
type Props = { q: string; select: string; onFilter: (more: string) => void; /** What may be chance is shown too. */ chance: boolean; onChance: (chance: boolean) => void };

const FIELDS = 30;
const VALUES = 5;

/** What sets the selected spans apart from the rest, the surest and largest first. */
export function Differences({ q, select, onFilter, chance, onChance }: Props) {
  const time = useRange();
  const result = useQuery({
    queryKey: ["differences", q, select, time.query],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get("/api/v1/spans/differences", { query: { ...time.query, q, select, limit: FIELDS, values: VALUES }, signal }),
  });
  return (
    <Await result={result} rows={10}>
      {(data) => {
        if (data.selected.spans === 0) return <Empty title="Nothing is selected">No span of this search lies in the selection any more.</Empty>;
        if (data.rest.spans === 0) return <Empty title="There is no rest to compare with">Every span of this search is selected. Select fewer.</Empty>;
        const sure = [...data.fields, ...data.numbers].filter((f) => f.certain !== 0).length;
        const shown = <T extends { certain: number }>(items: T[]) => items.filter((f) => chance || f.certain !== 0);
        const left = data.fields.length + data.numbers.length - sure;
        return (
          <div className={css.page} tabIndex={0}>
            <div className={css.note}>
              <span className={css.key}>
                <i className={css.selected} /> {plural(data.selected.spans, "selected span")} in {plural(data.selected.traces, "trace")}
              </span>
              <span className={css.key}>
                <i className={css.rest} /> {count(data.rest.spans)} others in {count(data.rest.traces)}
              </span>
              <span className="dim">
                {count(data.examined)} values compared{data.sampled && ", over a part of the traces"}
              </span>
              {left > 0 && (
                <button type="button" className={css.more} aria-pressed={chance} onClick={() => onChance(!chance)}>
                  {chance ? "Hide" : "Show"} {count(left)} that may be chance
                </button>
              )}
              <Export label="What differs" records={() => [...shown(data.fields).flatMap(valuesOf), ...shown(data.numbers)]} />
            </div>
            <p className={css.about}>
              What the selected spans have more often than the others, or less: of each value, its share of either side and by how many percentage points they differ. Of figures, the median and, beside it, what 95 % do not exceed. The surest comes first.
            </p>
            {sure === 0 && !chance && <p className={css.none}>No attribute differs by more than chance can explain. Select more traces, or look at those that may be chance.</p>}
            <div className={css.grid}>
              {shown(data.fields).map((field) => (
                <FieldCard key={field.field} field={field} onFilter={onFilter} />
              ))}
              {shown(data.numbers).map((field) => (
                <NumberCard key={`n${field.field}`} field={field} onFilter={onFilter} />
              ))}
            </div>
          </div>
        );
      }}
    </Await>
  );
}

/** What a download holds of a field: one record for each of its values. */
function valuesOf({ field, values }: Field): Record<string, unknown>[] {
  return values.map((value) => ({ field, ...value }));
}

/** A difference of shares, which are percentages: `+12 points`. Exported for tests. */
export function points(difference: number): string {
  const value = Math.round(difference * 1000) / 10;
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value)} ${Math.abs(value) === 1 ? "point" : "points"}`;
}

function FieldCard({ field, onFilter }: { field: Field; onFilter: Props["onFilter"] }) {
  return (
    <section className={css.card} aria-label={field.field}>
      <h3 className="foreign" title={field.field}>
        {field.field}
      </h3>
      {field.values.map((value) => {
        const sure = value.certain !== 0;
        const title = `${count(value.selected)} selected (${percent(value.selected_share)}) and ${count(value.rest)} others (${percent(value.rest_share)}); ${sure ? `at least ${points(value.certain)} is certain` : "this can be chance"}`;
        return (
          <div key={value.value} className={cx(css.value, !sure && css.chance)} title={title}>
            <span className={cx(css.name, "foreign")}>{value.value}</span>
            <span className={css.points}>{points(value.difference)}</span>
            <Bars selected={value.selected_share} rest={value.rest_share} />
            <span className={css.shares}>
              {percent(value.selected_share)} of the selected, {percent(value.rest_share)} of the others
            </span>
            <span className={css.acts}>
              <button type="button" className={css.more} aria-label={`only these: ${field.field} ${value.value}`} onClick={() => onFilter(term(field.field, value.value))}>
                only these
              </button>
              <button type="button" className={css.more} aria-label={`without ${field.field} ${value.value}`} onClick={() => onFilter(`-${term(field.field, value.value)}`)}>
                without
              </button>
            </span>
          </div>
        );
      })}
    </section>
  );
}

function Bars({ selected, rest }: { selected: number; rest: number }) {
  return (
    <span className={css.bars} aria-hidden="true">
      <i className={css.selected} style={{ width: `${100 * selected}%` }} />
      <i className={css.rest} style={{ width: `${100 * rest}%` }} />
    </span>
  );
}

function formatOf(field: string): (value: number) => string {
  if (field === "duration" || field === "ttft") return duration;
  return field === "cost" ? money : field.endsWith("tokens") ? count : reading;
}

/** The bound as the filter language writes it. */
function bound(field: string, value: number): string {
  return field === "duration" || field === "ttft" ? `${Math.round(value)}ns` : String(value);
}

function NumberCard({ field, onFilter }: { field: NumberField; onFilter: Props["onFilter"] }) {
  const format = formatOf(field.field);
  const most = Math.max(field.selected_p95, field.rest_p95, 1e-12);
  const sure = field.certain !== 0;
  const larger = field.difference > 0;
  const title = `of a selected span and another one, the selected is larger in ${percent((1 + field.difference) / 2)} of all pairs; ${sure ? "more than chance" : "this can be chance"}`;
  return (
    <section className={cx(css.card, !sure && css.chance)} aria-label={field.field} title={title}>
      <h3 className="foreign">
        {field.field} <span className="dim">{larger ? "larger" : "smaller"} in {percent((1 + Math.abs(field.difference)) / 2)} of pairs</span>
      </h3>
      {(["selected", "rest"] as const).map((side) => (
        <div key={side} className={css.number}>
          <span className="dim">{side === "selected" ? "selected" : "others"}</span>
          <span className={css.range}>
            <i className={css[side]} style={{ width: `${(100 * field[`${side}_p50`]) / most}%` }} />
            <i className={css.tail} style={{ width: `${(100 * (field[`${side}_p95`] - field[`${side}_p50`])) / most}%` }} />
          </span>
          <span className="num" title="median">{format(field[`${side}_p50`])}</span>
          <span className="num dim" title="95th percentile">{format(field[`${side}_p95`])}</span>
        </div>
      ))}
      <button type="button" className={css.more} onClick={() => onFilter(`${field.field}${larger ? ">" : "<"}${bound(field.field, field.selected_p50)}`)}>
        Only {larger ? "above" : "below"} {format(field.selected_p50)}
      </button>
    </section>
  );
}
