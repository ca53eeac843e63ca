import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { get, getTagged, outdated, replace, type Schema, type Tagged } from "@/api/client";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { Export } from "@/components/Export";
import { Await, Changed } from "@/components/Notice";
import { Panel } from "@/components/Panel";
import { toast } from "@/components/toasts";
import { cx } from "@/lib/cx";
import { bytes, count, whole } from "@/lib/format";
import css from "./Settings.module.css";

type Rule = Schema<"RetentionRule">;
type Changes = Record<string, number | null>;

/** How long each kind of data is kept, changed in place. */
export function Retention() {
  const result = useQuery({ queryFn: ({ signal }) => getTagged("/api/v1/retention", { signal }), queryKey: ["retention"] });
  const me = useQuery({ queryFn: ({ signal }) => get("/api/v1/me", { signal }), queryKey: ["me"] });
  const may = me.data?.role === "admin" && me.data.tenant === "default";
  return <Await result={result}>{(data) => <Table now={data} load={async () => (await result.refetch()).data} may={may} />}</Await>;
}

const named = (rule: Rule) => rule.about.charAt(0).toUpperCase() + rule.about.slice(1);

function problem(rule: Rule, text: string): string {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) return "a number is needed";
  if (value < rule.least || value > rule.most) return `between ${count(rule.least)} and ${count(rule.most)}`;
  return rule.unit === "days" && !Number.isInteger(value) ? "whole days" : "";
}

type Whole = Tagged<Schema<"Retention">>;

function Table({ now, load, may }: { now: Whole; load: () => Promise<Whole | undefined>; may: boolean }) {
  const queries = useQueryClient();
  const rules = now.body.items;
  const [draft, setDraft] = useState<Record<string, string>>({});
  const [seen, setSeen] = useState(""); // the tag of what was shown when the first of the draft was typed
  const [asked, setAsked] = useState(false);
  const changed = rules.filter((rule) => draft[rule.name] !== undefined && Number(draft[rule.name]) !== rule.value);
  const wrong = rules.filter((rule) => draft[rule.name] !== undefined && problem(rule, draft[rule.name] ?? ""));
  const shorter = changed.filter((rule) => rule.tables.length > 0 && Number(draft[rule.name]) < rule.value);
  const save = useMutation({
    mutationFn: (values: Changes) => replace<Schema<"Retention">>("/api/v1/retention", { values }, seen || now.tag),
    onSuccess: (data) => {
      queries.setQueryData(["retention"], data);
      setDraft({});
      setSeen("");
      toast("Saved: it holds from now on");
    },
    onError: (error) => outdated(error) || toast(error.message, "bad"),
    onSettled: () => setAsked(false),
  });
  const catchUp = async () => {
    const loaded = await load();
    if (!loaded) return;
    setSeen(loaded.tag);
    save.reset();
  };
  const discard = () => {
    setDraft({});
    setSeen("");
    save.reset();
  };
  const type = (name: string, text: string) => {
    if (!seen && Object.keys(draft).length === 0) setSeen(now.tag);
    setDraft({ ...draft, [name]: text });
  };
  const commit = () => save.mutate(Object.fromEntries(changed.map((rule): [string, number] => [rule.name, Number(draft[rule.name])])));
  return (
    <Panel
      title="Retention"
      note={may ? "What is set here wins over the configuration" : "Admins of the first tenant change it"}
      tools={
        <>
          <Export label="Retention" records={rules} />
          {may && (
            <>
              {changed.length > 0 && <Button onClick={discard}>Discard</Button>}
              <Button look="primary" disabled={changed.length === 0 || wrong.length > 0 || save.isPending} onClick={() => (shorter.length > 0 ? setAsked(true) : commit())}>
                Save{changed.length > 0 && ` ${changed.length}`}
              </Button>
            </>
          )}
        </>
      }
    >
      <Changed error={save.error} load={() => void catchUp()} />
      <div className={css.scroll} tabIndex={0}>
        <table className={cx(css.table, css.kept)}>
          <thead>
            <tr>
              <th>What</th>
              <th>Kept for</th>
              <th title="With what is kept beside it, to find it; point at a setting to see which tables these are">On disk now</th>
              <th>Rows</th>
              <th>From</th>
            </tr>
          </thead>
          <tbody>
            {rules.map((rule) => {
              const text = draft[rule.name] ?? String(rule.value);
              const bad = draft[rule.name] !== undefined ? problem(rule, text) : "";
              return (
                <tr key={rule.name}>
                  <td className={css.about}>
                    {named(rule)}
                    <small title={rule.tables.join(", ")}>
                      <code>{rule.name}</code>
                    </small>
                  </td>
                  <td>
                    <span className={css.amount}>
                      <input aria-label={`${named(rule)}, ${rule.unit}`} aria-invalid={bad !== ""} inputMode="decimal" disabled={!may} value={text} onChange={(event) => type(rule.name, event.target.value)} />
                      <span className="dim">{rule.unit === "days" ? "days" : "of traces"}</span>
                    </span>
                    {bad && (
                      <small className={css.wrong} role="alert">
                        {bad}
                      </small>
                    )}
                  </td>
                  <td className="num">{rule.tables.length > 0 && rule.bytes !== null ? bytes(rule.bytes) : <span className="dim">—</span>}</td>
                  <td className="num">{rule.tables.length > 0 && rule.rows !== null ? whole(rule.rows) : <span className="dim">—</span>}</td>
                  <td>
                    {rule.source === "set" ? (
                      <span className={css.amount}>
                        <Badge tone="accent">set here</Badge>
                        {may && (
                          <Button look="quiet" title={`The configuration says ${rule.configured}`} onClick={() => save.mutate({ [rule.name]: null })}>
                            Back to {rule.configured}
                          </Button>
                        )}
                      </span>
                    ) : (
                      <span className="dim">configuration</span>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {asked && (
        <Dialog title="Remove what is older?" onClose={() => setAsked(false)}>
          <ul className={css.list}>
            {shorter.map((rule) => (
              <li key={rule.name}>
                {named(rule)}: everything older than {draft[rule.name]} days goes for good.
              </li>
            ))}
          </ul>
          <Button look="primary" disabled={save.isPending} onClick={commit}>
            Keep it shorter
          </Button>
        </Dialog>
      )}
    </Panel>
  );
}
