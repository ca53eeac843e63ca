import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import { OUTCOME } from "@/lib/outcomes";
import { Outcome } from "./Outcome";

test("a session's outcome is told in the words that traces and spans use", () => {
  const { container } = render((["fine", "failed", "running", "looping"] as const).map((outcome) => <Outcome key={outcome} of={{ outcome, errors: 0 }} />));
  expect([...container.children].map((one) => one.textContent)).toEqual([OUTCOME.ok, OUTCOME.failed, OUTCOME.running, OUTCOME.looping]);
});
