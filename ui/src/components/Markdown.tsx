import { Lexer, type Token, type Tokens } from "marked";
import { Fragment, useMemo, type ReactNode } from "react";
import { cx } from "@/lib/cx";
import { Picture } from "./Picture";
import css from "./Markdown.module.css";

const CHARS_MAX = 20_000;
const DEPTH_MAX = 24;

/** Longer or hostile text stays as it is. */
function read(text: string): Token[] | undefined {
  if (text.length > CHARS_MAX) return undefined;
  try {
    return Lexer.lex(text, { gfm: true, breaks: true });
  } catch {
    return undefined;
  }
}

/** Markdown that others wrote, as elements of ours: markup in it stays text, nothing is loaded, links say where they go. */
export function Markdown({ text, className }: { text: string; className?: string }) {
  const tokens = useMemo(() => read(text), [text]);
  return (
    <div className={cx(css.markdown, className, "foreign")} dir="auto">
      {tokens ? <Pieces tokens={tokens} depth={0} /> : <p className={css.plain}>{text}</p>}
    </div>
  );
}

function Pieces({ tokens, depth }: { tokens: readonly Token[]; depth: number }): ReactNode {
  if (depth > DEPTH_MAX) return tokens.map((t) => t.raw).join("");
  return tokens.map((token, index) => <Fragment key={index}>{element(token, depth + 1)}</Fragment>);
}

function element(token: Token, depth: number): ReactNode {
  const inner = (of: { tokens?: Token[]; text?: string }) => (of.tokens ? <Pieces tokens={of.tokens} depth={depth} /> : (of.text ?? ""));
  switch (token.type) {
    case "space":
      return null;
    case "paragraph":
      return <p>{inner(token)}</p>;
    case "heading":
      return <p className={css.heading}>{inner(token)}</p>;
    case "blockquote":
      return <blockquote>{inner(token)}</blockquote>;
    case "code":
      return (
        <pre className={css.code} data-language={(token as Tokens.Code).lang || undefined}>
          {(token as Tokens.Code).text}
        </pre>
      );
    case "hr":
      return <hr />;
    case "list":
      return <List list={token as Tokens.List} depth={depth} />;
    case "table":
      return <Table table={token as Tokens.Table} depth={depth} />;
    case "strong":
      return <strong>{inner(token)}</strong>;
    case "em":
      return <em>{inner(token)}</em>;
    case "del":
      return <del>{inner(token)}</del>;
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "link":
      return <Anchor link={token as Tokens.Link} depth={depth} />;
    case "image":
      return <Picture source={(token as Tokens.Image).href} alt={(token as Tokens.Image).text} />;
    case "text":
    case "escape":
      return inner(token as Tokens.Text);
    default:
      return token.raw;
  }
}

function List({ list, depth }: { list: Tokens.List; depth: number }) {
  const items = list.items.map((item, index) => (
    <li key={index} className={item.task ? css.task : undefined}>
      {item.task && (item.checked ? "☑ " : "☐ ")}
      <Pieces tokens={item.tokens} depth={depth} />
    </li>
  ));
  return list.ordered ? <ol start={Number(list.start) || 1}>{items}</ol> : <ul>{items}</ul>;
}

function Table({ table, depth }: { table: Tokens.Table; depth: number }) {
  const cell = (of: Tokens.TableCell) => <Pieces tokens={of.tokens} depth={depth} />;
  return (
    <div className={css.table} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {table.header.map((head, i) => (
              <th key={i}>{cell(head)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, i) => (
            <tr key={i}>
              {row.map((data, j) => (
                <td key={j}>{cell(data)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Anchor({ link, depth }: { link: Tokens.Link; depth: number }) {
  const text = <Pieces tokens={link.tokens} depth={depth} />;
  if (!/^(https?:\/\/|mailto:)/i.test(link.href)) return link.raw;
  const host = /^https?:\/\/([^/?#]+)/i.exec(link.href)?.[1] ?? "";
  return (
    <a href={link.href} target="_blank" rel="noopener noreferrer nofollow" title={link.href} className="link">
      {text}
      {host && !link.text.includes(host) && <span className={css.host}> ({host})</span>}
    </a>
  );
}
