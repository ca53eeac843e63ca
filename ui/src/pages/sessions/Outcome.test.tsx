import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Schema } from "@/api/client";
import { OUTCOME } from "@/lib/outcomes";
import { Outcome } from "./Outcome";
import { searched } from "./Sessions";

test("a session's outcome is told in the words that traces and spans use", () => {
  const { container } = render((["fine", "failed", "running", "looping"] as const).map((outcome) => <Outcome key={outcome} of={{ outcome, errors: 0 }} />));
  expect([...container.children].map((one) => one.textContent)).toEqual([OUTCOME.ok, OUTCOME.failed, OUTCOME.running, OUTCOME.looping]);
});

test("where sessions are searched for, the outcome is that of the whole session, and the hint counts among the spans that match", () => {
  const column = searched.find((one) => one.id === "errors");
  const { container } = render(<>{column?.cell({ outcome: "failed", errors: 0 } as Schema<"SessionRow">)}</>);
  expect([column?.header, container.textContent, container.querySelector("[title]")?.getAttribute("title")]).toEqual(["Outcome", OUTCOME.failed, "0 of the spans that match failed"]);
});
