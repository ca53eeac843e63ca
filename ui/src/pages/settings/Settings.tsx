import { useState, type ReactNode } from "react";
import { Segments } from "@/components/Button";
import { Onboarding } from "@/components/Onboarding";
import { Page } from "@/components/Page";
import { chooseTheme, themeChoice, type ThemeChoice } from "@/lib/theme";
import { Panel } from "@/components/Panel";
import { Health } from "./Health";
import { Keys } from "./Keys";
import { Prices } from "./Prices";
import { Users } from "./Users";

type Tab = "connect" | "health" | "keys" | "users" | "prices" | "look";

const TABS: { value: Tab; label: string }[] = [
  { value: "connect", label: "Connect agents" },
  { value: "health", label: "Health" },
  { value: "keys", label: "Keys" },
  { value: "users", label: "Users" },
  { value: "prices", label: "Prices" },
  { value: "look", label: "Appearance" },
];

export function Settings() {
  const [tab, setTab] = useState<Tab>("connect");
  const parts: Record<Tab, ReactNode> = { connect: <Onboarding greet={false} />, health: <Health />, keys: <Keys />, users: <Users />, prices: <Prices />, look: <Look /> };
  return (
    <Page name="Settings" timeless scroll bar={<Segments label="Parts" value={tab} options={TABS} onChange={setTab} />}>
      {parts[tab]}
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
