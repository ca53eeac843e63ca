import { Link } from "@tanstack/react-router";
import { Page, Split } from "@/components/Page";
import { Controls } from "./Controls";
import { Figures } from "./Figures";
import css from "./Gallery.module.css";
import { Lists } from "./Lists";
import { Texts } from "./Texts";
import { Traces } from "./Traces";
import { Windows } from "./Windows";
import { Words } from "./Words";

const SECTIONS = [["words", "Colours and words"], ["controls", "Controls"], ["windows", "Windows and notices"], ["figures", "Figures and charts"], ["lists", "Lists"], ["traces", "Traces and graphs"], ["texts", "What others wrote"]] as const;

/** Every shared component in its states with made-up content, so that they can be looked at and tested without a server. */
export function Gallery() {
  const nav = (
    <nav className={css.nav} aria-label="Sections">
      {SECTIONS.map(([id, title]) => (
        <Link key={id} to="." hash={id} replace>
          {title}
        </Link>
      ))}
    </nav>
  );
  return (
    <Page name="Gallery" timeless unsaved>
      <Split name="Sections" side={nav}>
        <div className={css.sections} tabIndex={0} role="group" aria-label="Components">
          <Words />
          <Controls />
          <Windows />
          <Figures />
          <Lists />
          <Traces />
          <Texts />
        </div>
      </Split>
    </Page>
  );
}
