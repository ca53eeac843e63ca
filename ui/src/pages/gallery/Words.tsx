import { Ago } from "@/components/Ago";
import { Badge, CategorySwatch, Kbd, StateBadge } from "@/components/Badge";
import { Severity } from "@/components/Severity";
import { Grid } from "@/components/Page";
import { CATEGORIES, categoryToken, REST_TOKEN } from "@/lib/palette";
import { SEVERITIES } from "@/lib/severity";
import { STATES } from "@/lib/states";
import css from "./Gallery.module.css";
import { HOSTILE, NOW } from "./samples";
import { Section, Shown, State } from "./Shown";

const SIZES = ["--size-1", "--size-2", "--size-3", "--size-4", "--size-5", "--size-6"];
const TONES = ["neutral", "ok", "warn", "bad", "info", "accent"] as const;

function Swatches({ tokens }: { tokens: readonly string[] }) {
  return (
    <div className={css.swatches}>
      {tokens.map((token) => (
        <span key={token} className={css.swatch}>
          <span style={{ background: `var(${token})` }} />
          <code>{token.slice(2)}</code>
        </span>
      ))}
    </div>
  );
}

/** Colours, sizes, and the small signs that words are set with. */
export function Words() {
  return (
    <Section id="words" title="Colours and words" about="Colours repeat what shapes and words say. Any two that stand beside each other differ for every kind of colour vision, in both themes.">
      <Grid>
        <Shown name="Colours">
          <State name="live states"><Swatches tokens={STATES.map((state) => `--state-${state}`)} /></State>
          <State name="outcomes"><Swatches tokens={["--ok", "--warn", "--bad", "--info"]} /></State>
          <State name="categories, and the rest"><Swatches tokens={[...Array.from({ length: CATEGORIES }, (_, i) => categoryToken(i)), REST_TOKEN]} /></State>
          <State name="categories that begin again are hollow" row>{[0, 1, CATEGORIES, CATEGORIES + 1].map((i) => <CategorySwatch key={i} category={i} />)}</State>
          <State name="how much, for heat maps"><Swatches tokens={[0, 1, 2, 3, 4].map((n) => `--heat-${n}`)} /></State>
        </Shown>
        <Shown name="Sizes of type, and times">
          <div className={css.sizes}>
            {SIZES.map((size) => (
              <span key={size} style={{ fontSize: `var(${size})` }}>Observability for fleets of agents</span>
            ))}
            <code>JetBrains Mono 0123456789 0O 1lI</code>
          </div>
          <State name="Ago: since, and how long it lasts" row><Ago time={NOW} /> <Ago time={NOW} lasts /></State>
        </Shown>
        <Shown name="Badge">
          <State name="tones" row>
            {TONES.map((tone) => (
              <Badge key={tone} tone={tone}>{tone}</Badge>
            ))}
          </State>
          <State name="live states, and one that is not known" row>
            {[...STATES, "dreaming"].map((state) => (
              <StateBadge key={state} state={state} />
            ))}
          </State>
          <State name="hostile" row><Badge tone="bad">{HOSTILE}</Badge></State>
          <State name="keys" row>
            {["⌘K", "g t", "?"].map((keys) => (
              <Kbd key={keys}>{keys}</Kbd>
            ))}
          </State>
        </Shown>
        <Shown name="Severity">
          <State name="the ladder" row>
            {SEVERITIES.map((severity) => (
              <Severity key={severity} severity={severity} />
            ))}
          </State>
          <State name="bare" row>
            {SEVERITIES.map((severity) => (
              <Severity key={severity} severity={severity} bare />
            ))}
          </State>
          <State name="not known, hostile" row><Severity severity={HOSTILE} /></State>
        </Shown>
      </Grid>
    </Section>
  );
}
