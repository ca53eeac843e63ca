import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createRef, useState } from "react";
import { expect, test, vi } from "vitest";
import { Editor, tokens } from "./Editor";

const kinds = (text: string) => Object.fromEntries(tokens(text).flatMap(({ text: word, kind }) => (kind ? [[word, kind]] : [])));

test("words of SQL are told apart", () => {
  expect(kinds("SELECT count(*), countIf(1), 'a''b' -- why\nFROM spans WHERE a IN (2) LIMIT 10")).toEqual({ SELECT: "keyword", "*": "operator", count: "built_in", countIf: "built_in", 1: "number", "'a''b'": "string", "-- why": "comment", FROM: "keyword", WHERE: "keyword", IN: "keyword", 2: "number", LIMIT: "keyword", 10: "number" });
});

test.each(["SELECT '<img src=x onerror=alert(1)>' & \"</body><b>\"", "\u202Ea\n\t<!-- x", "", "'never ends"])("nothing of a text is lost or becomes markup: %j", (text) => {
  expect(tokens(text).map((token) => token.text).join("")).toBe(text);
});

function Written({ onRun }: { onRun: () => void }) {
  const [text, setText] = useState("SELECT 1");
  return <Editor ref={createRef()} value={text} onChange={setText} onRun={onRun} />;
}

test("the field keeps what is typed, the colours follow, and the usual keys run it", async () => {
  const run = vi.fn();
  const { container } = render(<Written onRun={run} />);
  const field = screen.getByLabelText<HTMLTextAreaElement>("SQL query");
  await userEvent.type(field, " FROM spans");
  expect(field.value).toBe("SELECT 1 FROM spans");
  expect(container.querySelector("pre")?.textContent).toBe("SELECT 1 FROM spans\n");
  expect([...container.querySelectorAll('[data-kind="keyword"]')].map((one) => one.textContent)).toEqual(["SELECT", "FROM"]);
  await userEvent.keyboard("{Control>}{Enter}{/Control}");
  expect(run).toHaveBeenCalledOnce();
});
