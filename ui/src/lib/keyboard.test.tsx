import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { useHotkeys, useKeyboard, type Hotkey } from "./keyboard";

function Bound({ keys }: { keys: Hotkey[] }) {
  useKeyboard();
  useHotkeys(keys);
  return <input aria-label="field" />;
}

const bind = (keys: string, run: () => void): Hotkey => ({ keys, label: keys, group: "Test", run });

test("single keys, sequences and modifiers reach their action", async () => {
  const [one, two, three] = [vi.fn(), vi.fn(), vi.fn()];
  render(<Bound keys={[bind("j", one), bind("g a", two), bind("mod+k", three)]} />);
  await userEvent.keyboard("j");
  await userEvent.keyboard("ga");
  await userEvent.keyboard("{Control>}k{/Control}");
  expect([one, two, three].map((f) => f.mock.calls.length)).toEqual([1, 1, 1]);
});

test("typing in a field is left alone", async () => {
  const run = vi.fn();
  const { getByLabelText } = render(<Bound keys={[bind("j", run)]} />);
  await userEvent.type(getByLabelText("field"), "jj");
  expect(run).not.toHaveBeenCalled();
});

test("Enter presses the button that has the focus, and what is bound once one has walked on", async () => {
  const [open, next, pressed] = [vi.fn(), vi.fn(), vi.fn()];
  const { getByRole } = render(
    <>
      <Bound keys={[bind("Enter", open), bind("j", next)]} />
      <button type="button" onClick={pressed}>
        Fold
      </button>
    </>,
  );
  getByRole("button").focus();
  await userEvent.keyboard("{Enter}");
  expect([open, pressed].map((f) => f.mock.calls.length)).toEqual([0, 1]);
  await userEvent.keyboard("j{Enter}");
  expect([open, next, pressed].map((f) => f.mock.calls.length)).toEqual([1, 1, 1]);
});

test("nothing stays bound when the page is gone", async () => {
  const run = vi.fn();
  const { unmount } = render(<Bound keys={[bind("j", run)]} />);
  unmount();
  await userEvent.keyboard("j");
  expect(run).not.toHaveBeenCalled();
});
