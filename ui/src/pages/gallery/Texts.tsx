import { Json } from "@/components/Json";
import { Markdown } from "@/components/Markdown";
import { MessageView } from "@/components/MessageView";
import { Grid } from "@/components/Page";
import { Picture } from "@/components/Picture";
import { HOSTILE, PNG, sampleMessages } from "./samples";
import { Section, Shown, State } from "./Shown";

/** What agents, models and tools wrote, which may be anything. */
export function Texts() {
  return (
    <Section id="texts" title="What others wrote" about="Text stays text, whatever it says; nothing is fetched from elsewhere; what is huge is cut until asked for.">
      <Grid>
        <Shown name="MessageView">
          {sampleMessages().map((message) => (
            <MessageView key={message.raw} message={message} />
          ))}
          <State name="erased, or expired"><MessageView message={{ key: "gen_ai.input.messages", direction: "input", role: "user", text: "", raw: "", missing: true, setting: false }} /></State>
        </Shown>
        <Shown name="Markdown">
          <Markdown text={"**Bold**, `code` and [a link](https://example.org)\n\n1. one\n2. two\n\n| model | calls |\n|---|---|\n| m-1 | 84 |\n\n```python\nprint(1)\n```"} />
        </Shown>
        <Shown name="Json">
          <State name="full"><Json value={{ model: "m-1", stream: true, temperature: 0.2, messages: [{ role: "user", content: HOSTILE }], nothing: null }} /></State>
          <State name="10,000 values"><Json value={Array.from({ length: 10_000 }, (_, i) => i)} /></State>
        </Shown>
        <Shown name="Picture">
          <State name="its bytes came along"><Picture source={PNG} alt="Bars" /></State>
          <State name="elsewhere: not loaded"><Picture source="https://example.org/tracker.png" alt={HOSTILE} /></State>
          <State name="none that is drawn"><Picture source="data:image/svg+xml,<svg/>" alt="A drawing" /></State>
        </Shown>
      </Grid>
    </Section>
  );
}
