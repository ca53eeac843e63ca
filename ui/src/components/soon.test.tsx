import { Component, type ReactNode } from "react";
import { act, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { soon } from "./soon";

type Module = { default: (props: { name: string }) => ReactNode };
const Greeting = ({ name }: { name: string }) => <p>Hello {name}</p>;

class Caught extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {};
  static getDerivedStateFromError(error: Error) {
    return { error };
  }
  override render() {
    return this.state.error ? <p>{this.state.error.message}</p> : this.props.children;
  }
}

test("what is not there yet has something in its place, and is drawn at once when it comes", async () => {
  let come: (module: Module) => void = () => undefined;
  const load = vi.fn(() => new Promise<Module>((resolve) => (come = resolve)));
  const [Soon, fetch] = soon<{ name: string }>(load);
  void fetch();
  render(<Soon props={{ name: "Ada" }} fallback="waits" />);
  expect(screen.getByText("waits")).toBeTruthy();
  await act(async () => come({ default: Greeting }));
  expect(screen.getByText("Hello Ada")).toBeTruthy();
  expect(load).toHaveBeenCalledTimes(1);
});

test("what is there is drawn without anything in its place", async () => {
  const [Soon, fetch] = soon<{ name: string }>(() => Promise.resolve({ default: Greeting }));
  await fetch();
  render(<Soon props={{ name: "Ada" }} fallback="waits" />);
  expect(screen.queryByText("waits")).toBeNull();
  expect(screen.getByText("Hello Ada")).toBeTruthy();
});

test("what cannot be loaded is told, and asked for again by the next", async () => {
  const quiet = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const load = vi.fn<() => Promise<Module>>().mockRejectedValueOnce(new Error("no way there")).mockResolvedValue({ default: Greeting });
  const [Soon] = soon<{ name: string }>(load);
  const one = render(<Caught><Soon props={{ name: "Ada" }} fallback="waits" /></Caught>);
  expect(await screen.findByText("no way there")).toBeTruthy();
  one.unmount();
  render(<Caught><Soon props={{ name: "Ada" }} fallback="waits" /></Caught>);
  expect(await screen.findByText("Hello Ada")).toBeTruthy();
  quiet.mockRestore();
});
