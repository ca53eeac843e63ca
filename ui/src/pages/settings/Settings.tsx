import { getRouteApi } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { Segments } from "@/components/Button";
import { Onboarding } from "@/components/Onboarding";
import { Page } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { chooseTheme, themeChoice, type ThemeChoice } from "@/lib/theme";
import { Detectors } from "./Detectors";
import { Keys } from "./Keys";
import { Plugins } from "./Plugins";
import { Prices } from "./Prices";
import { Redaction } from "./Redaction";
import { Retention } from "./Retention";
import { System } from "./System";
import { Users } from "./Users";

const route = getRouteApi("/settings");

const TABS = [
  { value: "connect", label: "Connect agents" },
  { value: "system", label: "System" },
  { value: "keys", label: "Keys" },
  { value: "users", label: "Users" },
  { value: "retention", label: "Retention" },
  { value: "redaction", label: "Redaction" },
  { value: "prices", label: "Prices" },
  { value: "detectors", label: "Detectors" },
  { value: "plugins", label: "Plug-ins" },
  { value: "look", label: "Appearance" },
] as const;
type Tab = (typeof TABS)[number]["value"];

const PARTS: Record<Tab, () => ReactNode> = {
  connect: () => <Onboarding greet={false} />,
  system: () => <System />,
  keys: () => <Keys />,
  users: () => <Users />,
  retention: () => <Retention />,
  redaction: () => <Redaction />,
  prices: () => <Prices />,
  detectors: () => <Detectors />,
  plugins: () => <Plugins />,
  look: () => <Look />,
};

export function Settings() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const tab = TABS.find((t) => t.value === search.tab)?.value ?? "connect";
  return (
    <Page name="Settings" timeless unsaved scroll bar={<Segments label="Parts" value={tab} options={[...TABS]} onChange={(value) => void navigate({ search: (old) => ({ ...old, tab: value === "connect" ? undefined : value }) })} />}>
      {PARTS[tab]()}
    </Page>
  );
}

function Look() {
  const [choice, setChoice] = useState(themeChoice());
  const choose = (value: ThemeChoice) => {
    chooseTheme(value);
    setChoice(value);
  };
  return (
    <Panel title="Theme">
      <Segments
        label="Theme"
        value={choice}
        options={[
          { value: "system", label: "As the system" },
          { value: "dark", label: "Dark" },
          { value: "light", label: "Light" },
        ]}
        onChange={choose}
      />
    </Panel>
  );
}
