import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { cx } from "@/lib/cx";
import { Panel } from "@/components/Panel";
import { SCROLLS } from "@/components/scroller";
import css from "./Gallery.module.css";

/** A part of the gallery, which its navigation leads to. */
export function Section({ id, title, about, children }: { id: string; title: string; about: string; children: ReactNode }) {
  return (
    <section id={id} className={css.section} aria-label={title}>
      <header>
        <h2>{title}</h2>
        <p>{about}</p>
      </header>
      {children}
    </section>
  );
}

/** One component under its name, in its states: below each other, or beside each other where `least` pixels are enough for one. */
export function Shown({ name, note, least, children }: { name: string; note?: string; least?: number; children: ReactNode }) {
  return (
    <Panel title={name} note={note}>
      <div className={least ? css.beside : css.states} style={least ? ({ "--least": `${least}px` } as React.CSSProperties) : undefined}>
        {children}
      </div>
    </Panel>
  );
}

/** One state of a component under its name. `height`: what the component fills; `row`: small things in lines. */
export function State({ name, height, row, framed, children }: { name: string; height?: number; row?: boolean; framed?: boolean; children: ReactNode }) {
  return (
    <div className={css.state}>
      <p className={css.caption}>{name}</p>
      <div {...(height === undefined ? {} : { [SCROLLS]: "" })} className={cx(css.room, row && css.row, framed && css.framed, height !== undefined && cx(css.column, css.high))} style={height === undefined ? undefined : ({ "--high": `${height}px` } as React.CSSProperties)}>
        {children}
      </div>
    </div>
  );
}

type Answers = { known?: [key: readonly unknown[], data: unknown][]; failed?: [key: readonly unknown[], why: string][] };

/** Components that ask a server, with answers that are made up: what is neither known nor failed is under way for ever. */
export function Answered({ known = [], failed = [], children }: Answers & { children: ReactNode }) {
  const [queries] = useState(() => {
    const made = new QueryClient({ defaultOptions: { queries: { enabled: false } } });
    for (const [key, data] of known) made.setQueryData(key, data);
    for (const [queryKey, why] of failed) made.getQueryCache().build(made, { queryKey }).setState({ status: "error", error: new Error(why) });
    return made;
  });
  return <QueryClientProvider client={queries}>{children}</QueryClientProvider>;
}
