import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { renderAt } from "./renderAt";
import { useHidden, useMoving } from "./told";

function Moved() {
  const [zoom, setZoom] = useMoving("zoom");
  return (
    <>
      <output>{zoom ?? "all"}</output>
      {["2_0.5_0.5", "3_0.5_0.5"].map((text) => <button key={text} onClick={() => setZoom(text)}>{text}</button>)}
      <button onClick={() => setZoom(undefined)}>whole</button>
    </>
  );
}

const shown = () => screen.getByRole("status").textContent;

test("what moves is told once it stands still, adds no step to go back, and follows links and back", async () => {
  const { history, search, steps } = await renderAt("/?by=team", <Moved />);
  const before = steps();
  await userEvent.click(screen.getByText("2_0.5_0.5"));
  await userEvent.click(screen.getByText("3_0.5_0.5"));
  expect([shown(), search()["zoom"]]).toEqual(["3_0.5_0.5", undefined]);
  await waitFor(() => expect(search()).toEqual({ by: "team", zoom: "3_0.5_0.5" }));
  expect(steps()).toBe(before);
  act(() => history.push("/?by=team"));
  await waitFor(() => expect(shown()).toBe("all"));
  act(() => history.back());
  await waitFor(() => expect(shown()).toBe("3_0.5_0.5"));
  act(() => history.forward());
  await waitFor(() => expect(shown()).toBe("all"));
});

test("what still moves when another page is on its way is not told", async () => {
  const { history, search } = await renderAt("/", <Moved />);
  await userEvent.click(screen.getByText("2_0.5_0.5"));
  act(() => history.push("/elsewhere"));
  await act(() => new Promise((done) => setTimeout(done, 400)));
  expect([history.location.pathname, search()["zoom"]]).toEqual(["/elsewhere", undefined]);
});

function Legend() {
  const [hidden, toggle] = useHidden("Latency");
  return ["p50", "p99"].map((name) => <button key={name} aria-pressed={!hidden.has(name)} onClick={() => toggle(name)}>{name}</button>);
}

test("which series of which chart are hidden stands in the address", async () => {
  const { search } = await renderAt(`/?hidden=${encodeURIComponent('{"Spans":["fine"],"Latency":["p50"]}')}`, <Legend />);
  const on = () => screen.getAllByRole("button").map((one) => one.getAttribute("aria-pressed"));
  expect(on()).toEqual(["false", "true"]);
  await userEvent.click(screen.getByText("p99"));
  await waitFor(() => expect(search()["hidden"]).toEqual({ Spans: ["fine"], Latency: ["p50", "p99"] }));
  await userEvent.click(screen.getByText("p50"));
  await userEvent.click(screen.getByText("p99"));
  await waitFor(() => expect([search()["hidden"], on()]).toEqual([{ Spans: ["fine"] }, ["true", "true"]]));
});
