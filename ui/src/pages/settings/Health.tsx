import { useQuery } from "@tanstack/react-query";
import { get, type Schema } from "@/api/client";
import { Badge, type Tone } from "@/components/Badge";
import { Await } from "@/components/Notice";
import { Grid } from "@/components/Page";
import { Facts, Panel, Stats } from "@/components/Panel";
import { duration, percent, reading } from "@/lib/format";
import css from "./Settings.module.css";

const TONES: Record<string, Tone> = { healthy: "ok", partial: "warn", unhealthy: "bad" };

/** How this install is doing, part by part. */
export function Health() {
  const result = useQuery({ queryFn: ({ signal }) => get("/api/v1/health", { signal }), queryKey: ["health"], refetchInterval: 5000 });
  return (
    <Await result={result} rows={8}>
      {(data) => (
        <>
          <Stats
            items={[
              { label: "State", value: <Badge tone={TONES[data.state]}>{data.state}</Badge> },
              { label: "Score", value: percent(data.score) },
              { label: "Version", value: data.version },
              { label: "Up for", value: duration(data.uptime_s * 1e9) },
            ]}
          />
          <Grid>
            {data.components.map((component) => (
              <Component key={component.name} component={component} />
            ))}
          </Grid>
        </>
      )}
    </Await>
  );
}

function Component({ component }: { component: Schema<"ComponentHealth"> }) {
  return (
    <Panel title={component.name} tools={<Badge tone={TONES[component.state]}>{percent(component.score)}</Badge>}>
      <div className={css.component}>
        {(component.reasons.length > 0 || component.recommendations.length > 0) && (
          <ul className={css.list}>
            {component.reasons.map((reason) => (
              <li key={reason}>
                <Badge tone="warn">why</Badge> {reason}
              </li>
            ))}
            {component.recommendations.map((advice) => (
              <li key={advice}>
                <Badge tone="info">try</Badge> {advice}
              </li>
            ))}
          </ul>
        )}
        <Facts items={Object.entries(component.facts).map(([name, value]): [string, string] => [name.replaceAll("_", " "), typeof value === "number" ? reading(value) : (value ?? "")])} />
      </div>
    </Panel>
  );
}
