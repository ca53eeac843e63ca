import { Braces, Brain, MessageSquareText, Reply, Settings2, Wrench } from "lucide-react";
import { useState } from "react";
import type { Schema } from "@/api/client";
import { cx } from "@/lib/cx";
import { count, sentence } from "@/lib/format";
import { ofTool, parts, speaker, unwrap, type Part } from "@/lib/messages";
import { IconButton } from "./Button";
import { Copy } from "./Copy";
import { Json } from "./Json";
import { Markdown } from "./Markdown";
import { Picture } from "./Picture";
import css from "./MessageView.module.css";

type Message = Pick<Schema<"Message">, "key" | "role" | "direction" | "text" | "raw" | "missing" | "setting">;

const LONG = 1600;
const tones: Record<string, string | undefined> = { user: css.user, human: css.user, assistant: css.assistant, ai: css.assistant, model: css.assistant, output: css.assistant, input: css.user, system: css.system, developer: css.system, tool: css.tool, function: css.tool };

type Props = { message: Message; note?: React.ReactNode; /** whose span said it */ tool?: string; /** of tools, by the ids of their calls */ names?: Map<string, string>; /** who said it, where that is known better than from the message alone */ who?: string };

/** One message of a conversation. Nothing in what others wrote is run or loaded; markdown is drawn by elements of ours. */
export function MessageView({ message, note, tool = "", names, who }: Props) {
  const [raw, setRaw] = useState(false);
  const role = who ?? speaker(message);
  if (message.setting && !note && !message.missing) return <Setting message={message} />;
  return (
    <article className={cx(css.message, tones[role.toLowerCase().split(" ")[0] ?? ""])}>
      <header className={css.head}>
        <span className={cx(css.role, "foreign")}>{sentence(role).slice(0, 60)}</span>
        {note}
        <span className={css.tools}>
          <IconButton label={raw ? "Show as message" : "Show as stored"} onClick={() => setRaw(!raw)}>
            {raw ? <MessageSquareText aria-hidden="true" /> : <Braces aria-hidden="true" />}
          </IconButton>
          <Copy text={message.raw || message.text} />
        </span>
      </header>
      {message.missing ? (
        <p className={css.missing}>The text was erased or has expired.</p>
      ) : raw ? (
        <pre className={cx(css.code, "foreign")}>{message.raw}</pre>
      ) : (
        <Folded title={message.setting ? `Show ${count((message.raw || message.text).length)} characters` : undefined}>
          {ofTool(message, tool).map((part, index) => (
            <PartView key={index} part={part.kind === "result" && !part.name ? { ...part, name: names?.get(part.id) ?? "" } : part} />
          ))}
        </Folded>
      )}
    </article>
  );
}

/** What a model was given to work with, in one line until somebody wants to read it. */
function Setting({ message }: { message: Message }) {
  const text = message.raw || message.text;
  return (
    <details className={css.fold}>
      <summary>
        <Settings2 aria-hidden="true" /> {sentence(speaker(message))}, {count(text.length)} characters
      </summary>
      {parts(message.raw, message.text).map((part, index) => (
        <PartView key={index} part={part.kind === "call" ? { kind: "data", data: unwrap(message.raw) } : part} />
      ))}
    </details>
  );
}

/** What few want to read at once. */
function Folded({ title, children }: { title: string | undefined; children: React.ReactNode }) {
  if (title === undefined) return children;
  return (
    <details className={css.fold}>
      <summary>
        <Settings2 aria-hidden="true" /> {title}
      </summary>
      {children}
    </details>
  );
}

/** One part of a message: a text, a call with its arguments, a result, an image. */
export function PartView({ part }: { part: Part }) {
  switch (part.kind) {
    case "text":
      return <Prose text={part.text} />;
    case "thinking":
      return (
        <details className={css.fold}>
          <summary>
            <Brain aria-hidden="true" /> Thinking, {count(part.text.length)} characters
          </summary>
          <Prose text={part.text} className={css.thinking} />
        </details>
      );
    case "call":
    case "result":
      return (
        <details className={css.call} open>
          <summary>
            {part.kind === "call" ? <Wrench aria-hidden="true" /> : <Reply aria-hidden="true" />}
            {part.kind === "call" ? "Calls" : "Result"} <strong className="foreign">{part.name}</strong>
            <code className="dim clip">{part.id}</code>
          </summary>
          <div className={css.inner}>{typeof part.data === "string" ? <Prose text={part.data} /> : <Json value={part.data} />}</div>
        </details>
      );
    case "image":
      return <Picture source={part.source} />;
    case "data":
      return <Json value={part.data} />;
  }
}

/** Text as people read it, cut where it is long. */
export function Prose({ text, className }: { text: string; className?: string }) {
  const [all, setAll] = useState(false);
  const cut = !all && text.length > LONG * 1.25;
  return (
    <>
      <Markdown text={cut ? text.slice(0, LONG) : text} className={className} />
      {cut && (
        <button type="button" className={css.more} onClick={() => setAll(true)}>
          Show all {count(text.length)} characters
        </button>
      )}
    </>
  );
}
