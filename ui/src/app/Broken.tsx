import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { Empty, Failure } from "@/components/Notice";
import { Page } from "@/components/Page";

/** A page failed while drawing itself. A chunk that cannot be had: the server is away, or a new version was installed. */
export function Broken({ error, reset }: ErrorComponentProps) {
  const stale = /dynamically imported module|module script/i.test(error instanceof Error ? error.message : "");
  if (stale) return <Failure title="This page could not be loaded" error="The server cannot be reached, or a new version was installed. Reload the page." retry={() => location.reload()} />;
  return <Failure title="This page failed" error={error} retry={reset} />;
}

export function Missing() {
  return (
    <Page name="Not found" timeless unsaved>
      <Empty title="There is no such page" icon={<Compass aria-hidden="true" />} actions={<Link className="link" to="/">Go to the fleet</Link>}>
        The address may be mistyped, or from another version.
      </Empty>
    </Page>
  );
}
