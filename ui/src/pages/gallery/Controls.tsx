import { Trash2 } from "lucide-react";
import { useState } from "react";
import { Button, IconButton, Segments } from "@/components/Button";
import { Copy } from "@/components/Copy";
import { Export } from "@/components/Export";
import { Facets, type FacetItem } from "@/components/Facets";
import { FilterBar } from "@/components/FilterBar";
import { FindBox } from "@/components/FindBox";
import { Grid } from "@/components/Page";
import { LiveSwitch, TimeRange } from "@/components/TimeRange";
import { toast } from "@/components/toasts";
import { Views } from "@/components/Views";
import type { Range } from "@/lib/time";
import { HOSTILE, NOW } from "./samples";
import { Answered, Section, Shown, State } from "./Shown";

const FACETS: FacetItem[] = [
  { field: "state", distinct: 3, values: [{ value: "working", count: 812 }, { value: "idle", count: 120 }, { value: "wedged", count: 3 }] },
  { field: "model", distinct: 9, values: [...Array.from({ length: 8 }, (_, i) => ({ value: `model-${i}`, count: 400 - 40 * i })), { value: HOSTILE, count: 1 }] },
];
const VIEWS = [{ name: "Failures of the last hour", page: "/traces", search: { q: "status:error", range: "1h" } }, { name: HOSTILE, page: "/agents", search: {} }];

/** What is pressed, typed in, or chosen from. */
export function Controls() {
  const [choice, setChoice] = useState("one");
  const [range, setRange] = useState<Range>({ last: 900_000 });
  const [fixed, setFixed] = useState<Range>({ from: NOW - 3_600_000, to: NOW });
  const [live, setLive] = useState(true);
  const [filter, setFilter] = useState("");
  const [words, setWords] = useState("");
  const [on, setOn] = useState<ReadonlySet<string>>(new Set(["idle"]));
  const turn = (value: string) => setOn((old) => new Set(old.has(value) ? [...old].filter((one) => one !== value) : [...old, value]));
  const facets = (items: FacetItem[] | undefined) => <Facets facets={items} isOn={(_, value) => on.has(value)} onToggle={(_, value) => turn(value)} />;
  return (
    <Section id="controls" title="Controls" about="Everything works by keyboard; on a phone everything can be hit by a thumb.">
      <Grid>
        <Shown name="Button">
          <State name="looks" row>
            <Button look="primary" onClick={() => toast("It is done")}>Primary</Button>
            <Button onClick={() => toast("It is under way", "info")}>Plain</Button>
            <Button look="quiet">Quiet</Button>
            <Button on>On</Button>
            <Button disabled>Disabled</Button>
            <IconButton label="Delete" onClick={() => toast("It failed, and this says why", "bad")}><Trash2 aria-hidden="true" /></IconButton>
          </State>
          <State name="one of a few" row>
            <Segments label="Choice" value={choice} options={["one", "two", "three"].map((value) => ({ value, label: value }))} onChange={setChoice} />
          </State>
        </Shown>
        <Shown name="TimeRange">
          <State name="the last minutes, and whether it is followed" row><TimeRange range={range} onChange={setRange} /> <LiveSwitch on={live} onChange={setLive} /></State>
          <State name="two fixed points, held" row><TimeRange range={fixed} onChange={setFixed} /> <LiveSwitch on={false} onChange={() => undefined} /></State>
        </Shown>
        <Shown name="Views, Copy and Export" note="behind buttons" least={130}>
          <State name="two views, one hostile" row><Answered known={[[["views"], { items: VIEWS }]]}><Views /></Answered></State>
          <State name="no view yet" row><Answered known={[[["views"], { items: [] }]]}><Views /></Answered></State>
          <State name="a text, a file" row><Copy text="copied" /> <Export label="sample" records={[{ a: 1, b: HOSTILE }]} /></State>
        </Shown>
        <Shown name="FilterBar and FindBox">
          <State name="FilterBar, with completion from the server"><FilterBar noun="agents" value={filter} onChange={setFilter} placeholder="Filter agents, such as state:wedged" /></State>
          <State name={words ? `FindBox, told: ${words}` : "FindBox, empty"}><FindBox label="Find" placeholder="Words" value={words} onChange={setWords} /></State>
        </Shown>
      </Grid>
      <Shown name="Facets" least={240}>
        <State name="full; many values, a hostile one among them">{facets(FACETS)}</State>
        <State name="long names that begin alike">{facets([{ field: "scope", distinct: 2, values: [{ value: "opentelemetry.instrumentation.openai_v1", count: 9 }, { value: "opentelemetry.instrumentation.openai_v2", count: 8 }] }])}</State>
        <State name="loading">{facets(undefined)}</State>
        <State name="nothing to narrow by: no facet is shown">{facets([{ field: "team", distinct: 1, values: [{ value: "", count: 935 }] }])}</State>
      </Shown>
    </Section>
  );
}
