import hljs from "highlight.js/lib/core";
import sql from "highlight.js/lib/languages/sql";
import { useLayoutEffect, useMemo, useRef, type Ref } from "react";
import css from "./Sql.module.css";

/** What ClickHouse has beyond the standard. */
const MORE = ["limit", "offset", "prewhere", "final", "sample", "settings", "format", "array", "global", "any", "anti", "semi", "asof", "ilike", "qualify"];
/** Any name before a bracket is a function, but for words that stand before brackets, too. */
const CALL = /\b(?!(?:select|from|where|and|or|not|in|as|on|by|using|over|values|exists|having|case|when|then|else|interval|limit|any|all|distinct|union|except|intersect|between|like|ilike|with|array|global)\b)[a-z_]\w*(?=\()/;

hljs.registerLanguage("sql", (api) => {
  const standard = sql(api);
  const words = standard.keywords as { keyword: string[] };
  return { ...standard, keywords: { ...words, keyword: [...words.keyword, ...MORE] }, contains: [...standard.contains, { scope: "built_in", begin: CALL }] };
});

type Token = { text: string; kind?: string };

/** The words of a query with what each is. The text is told, never markup. Exported for tests. */
export function tokens(text: string): Token[] {
  const html = new DOMParser().parseFromString(`<body>${hljs.highlight(text, { language: "sql" }).value}`, "text/html");
  const found: Token[] = [];
  const walk = document.createTreeWalker(html.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    const kind = node.parentElement === html.body ? undefined : node.parentElement?.className.replace("hljs-", "");
    found.push({ text: node.nodeValue ?? "", ...(kind && { kind }) });
  }
  return found;
}

/** A field for SQL whose words have colours: they lie over it, and it keeps the text, the cursor and the selection. */
export function Editor({ value, onChange, onRun, ref }: { value: string; onChange: (text: string) => void; onRun: () => void; ref: Ref<HTMLTextAreaElement> }) {
  const frame = useRef<HTMLDivElement>(null);
  const over = useRef<HTMLPreElement>(null);
  const words = useMemo(() => tokens(value), [value]);
  const follow = () => {
    const field = frame.current?.querySelector("textarea");
    if (field && over.current) Object.assign(over.current, { scrollTop: field.scrollTop, scrollLeft: field.scrollLeft });
  };
  useLayoutEffect(follow, [words]);
  return (
    <div ref={frame} className={css.editor}>
      <textarea
        ref={ref}
        aria-label="SQL query"
        spellCheck={false}
        autoCapitalize="off"
        value={value}
        onScroll={follow}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
            event.preventDefault();
            onRun();
          }
        }}
      />
      <pre ref={over} aria-hidden="true">
        {words.map(({ text, kind }, i) => (kind ? <span key={i} data-kind={kind}>{text}</span> : text))}
        {"\n"}
      </pre>
    </div>
  );
}
