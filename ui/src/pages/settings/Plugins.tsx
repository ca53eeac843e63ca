import { useQuery } from "@tanstack/react-query";
import { get, type Schema } from "@/api/client";
import { Badge, type Tone } from "@/components/Badge";
import { Export } from "@/components/Export";
import { Await, Empty } from "@/components/Notice";
import { Panel } from "@/components/Panel";
import { cx } from "@/lib/cx";
import { plural, sentence } from "@/lib/format";
import css from "./Settings.module.css";

const KINDS: Record<string, string> = { detector: "Detectors", prices: "Price tables", receiver: "Receivers", redaction: "Redaction rules", suite: "Benchmarks" };
const WORDS: Record<Schema<"Plugin">["state"], string> = { active: "loaded", off: "off", broken: "broken", failing: "failing" };
const TONES: Record<Schema<"Plugin">["state"], Tone> = { active: "ok", off: "neutral", broken: "bad", failing: "warn" };

/** What the install is made of: built-in parts and plug-ins, by kind, broken ones first. */
export function Plugins() {
  const result = useQuery({ queryFn: ({ signal }) => get("/api/v1/plugins", { signal }), queryKey: ["plugins"] });
  return (
    <Await result={result}>
      {(data) => {
        const broken = data.items.filter((item) => item.state === "broken");
        const whole = data.items.filter((item) => item.state !== "broken").sort((a, b) => Number(b.state === "failing") - Number(a.state === "failing"));
        const kinds = [...new Set(whole.map((item) => item.kind))];
        if (data.items.length === 0) return <Empty title="No parts are listed" />;
        return (
          <>
            {broken.length > 0 && <Kind title={`${plural(broken.length, "broken plug-in")}, left out`} items={broken} />}
            {kinds.map((kind) => (
              <Kind key={kind} title={KINDS[kind] ?? sentence(kind)} hint={kind === "detector" ? "which of them run: the tab Detectors" : undefined} items={whole.filter((item) => item.kind === kind)} />
            ))}
          </>
        );
      }}
    </Await>
  );
}

function Kind({ title, hint, items }: { title: string; hint?: string; items: Schema<"Plugin">[] }) {
  return (
    <Panel title={title} note={[plural(items.length, "part"), hint].filter(Boolean).join("; ")} tools={<Export label={title} records={items} />}>
      <div className={css.scroll} tabIndex={0}>
        <table className={cx(css.table, css.stack)}>
          <thead>
            <tr>
              <th>Name</th>
              <th>State</th>
              <th>What it is</th>
              <th>From</th>
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <tr key={`${item.kind} ${item.name} ${item.origin}`}>
                <td className="foreign">{item.name}</td>
                <td>
                  <Badge tone={TONES[item.state]}>{WORDS[item.state]}</Badge>
                </td>
                <td className="foreign">
                  {item.about}
                  {item.problem && <small className={css.wrong}>{item.problem}</small>}
                </td>
                <td className="foreign dim">{item.origin === "builtin" ? "built in" : [item.origin, item.version].filter(Boolean).join(" ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
