import { Bot, ChartLine, Search, Waypoints } from "lucide-react";
import { useState } from "react";
import { ApiError } from "@/api/client";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Choice, Dialog, Popover } from "@/components/Dialog";
import { Changed, Empty, Failure, Loading } from "@/components/Notice";
import { Onboarding } from "@/components/Onboarding";
import { Opened, Part, Verbatim } from "@/components/Opened";
import { Grid } from "@/components/Page";
import { Palette, type Command } from "@/components/Palette";
import { Facts } from "@/components/Panel";
import { Severity } from "@/components/Severity";
import { toast } from "@/components/toasts";
import { short } from "@/lib/format";
import { CONNECT, HOSTILE } from "./samples";
import { Answered, Section, Shown, State } from "./Shown";

const COMMANDS: Command[] = [
  { group: "Pages", label: "Fleet", hint: "How everything is doing", sign: ChartLine },
  { group: "Pages", label: "Traces", hint: "What happened, step by step", sign: Waypoints },
  { group: "Agents", label: "planner-7", hint: "wedged", state: "wedged", sign: Bot },
  { group: "Agents", label: HOSTILE, hint: "working", state: "working", sign: Bot },
].map((one) => ({ ...one, key: one.label, run: () => toast(short(one.label, 40), "info") }));

function Commands({ note, all = COMMANDS }: { note?: string; all?: Command[] }) {
  const [text, setText] = useState("");
  const search: Command = { key: "search", group: "Search", label: `Traces with “${short(text, 60)}”`, sign: Search, run: () => toast("Searched", "info") };
  const found = all.filter((one) => one.label.toLowerCase().includes(text.trim().toLowerCase()));
  return <Palette label={note ? "Commands of which some are missing" : "Commands"} placeholder="Go to a page, an agent" text={text} onText={setText} commands={text && all.length ? [...found, search] : found} note={note} />;
}

/** What opens over a page or beside a list, and what a page says when it has nothing to show. */
export function Windows() {
  const [open, setOpen] = useState<"dialog" | "palette">();
  const close = () => setOpen(undefined);
  const away = "the store is away; try again";
  return (
    <Section id="windows" title="Windows and notices" about="The focus goes into what opens and comes back when it closes; Escape closes it.">
      <Grid>
        <Shown name="Palette" note="⌘K">
          <State name="full" framed><Commands /></State>
          <State name="nothing found, and why" framed><Commands all={[]} note={`Agents and sessions could not be looked for: ${away}`} /></State>
        </Shown>
        <Shown name="Empty, Failure, Changed and Loading">
          <State name="empty" framed><Empty title="Nothing here">It says why, and what to do.</Empty></State>
          <State name="failing" framed><Failure error={new Error(away)} retry={() => toast("Tried again", "info")} /></State>
          <State name="changed meanwhile" framed><Changed error={new ApiError(412, "ChangedError", "user ada@example.org changed the prices meanwhile, at 2026-11-28 08:00:12 UTC; read it anew, then change it", false)} load={() => toast("Loaded", "info")} /></State>
          <State name="loading" framed><Loading label="Sample" /></State>
        </Shown>
        <Shown name="Dialog, Popover and Toast">
          <State name="pressed open" row>
            <Button onClick={() => setOpen("dialog")}>Dialog</Button>
            <Button onClick={() => setOpen("palette")}>Palette in a dialog</Button>
            <Popover label="Popover" button={(control) => <Button {...control}>Popover</Button>}>{(shut) => <Choice onClick={shut}>A choice</Choice>}</Popover>
          </State>
          <State name="in passing: done, failed, for your information, hostile" row>
            <Button onClick={() => toast("It is done")}>Done</Button>
            <Button onClick={() => toast("It failed, and this says why", "bad")}>Failed</Button>
            <Button onClick={() => toast("It is under way", "info")}>News</Button>
            <Button onClick={() => toast(HOSTILE, "info")}>Hostile</Button>
          </State>
        </Shown>
        <Shown name="Opened" note="one row of a list">
          <Opened name="A finding" head={<><Severity severity="high" /> <h2 className="foreign">{HOSTILE}</h2> <Badge tone="warn">not judged</Badge></>} deeds={<Button onClick={() => toast("Gone", "info")}>Go there</Button>} onClose={() => toast("Closed", "info")}>
            <Facts items={[["Subject", "planner-7"], ["Since", "12:04"]]} />
            <Part title="What was sent"><Verbatim>{`first line\n${HOSTILE}`}</Verbatim></Part>
          </Opened>
        </Shown>
      </Grid>
      <Shown name="Onboarding" least={280}>
        <State name="waiting for the first agent, of an install that demands a key"><Answered known={[[["connect"], CONNECT], [["me"], { role: "viewer" }]]}><Onboarding greet={false} /></Answered></State>
        <State name="loading" framed><Answered><Onboarding greet={false} /></Answered></State>
        <State name="failing" framed><Answered failed={[[["connect"], away]]}><Onboarding greet={false} /></Answered></State>
      </Shown>
      {open === "dialog" && (
        <Dialog title="A dialog" onClose={close}>
          <p>The focus stays inside; escape closes it.</p>
          <Button onClick={close}>Close</Button>
        </Dialog>
      )}
      {open === "palette" && <Dialog title="Search and commands" bare onClose={close}><Commands /></Dialog>}
    </Section>
  );
}
