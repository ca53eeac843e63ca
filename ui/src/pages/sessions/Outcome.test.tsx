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

test("where sessions are searched for, what failed among the matching spans is counted and no outcome is told from it", () => {
  const column = searched.find((one) => one.id === "errors");
  const shown = (errors: number) => render(<>{column?.cell({ outcome: "failed", errors } as Schema<"SessionRow">)}</>).container.textContent;
  expect([column?.header, shown(2), shown(0)]).toEqual(["Errors", "2 failed", "—"]);
});
