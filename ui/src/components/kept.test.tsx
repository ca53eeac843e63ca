import { createMemoryHistory, createRootRoute, createRoute, createRouter, Link, RouterProvider } from "@tanstack/react-router";
import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { goesUp, KEPT, useKept } from "./kept";

window.scrollTo = () => undefined; // jsdom has none

/** A list of a hundred rows in a window of ten, and what is opened from it. */
async function drawn() {
  const root = createRootRoute();
  const List = () => {
    useKept();
    return (
      <div
        data-testid="list"
        {...{ [KEPT]: "page" }}
        ref={(made) => {
          if (made) Object.defineProperties(made, { scrollHeight: { value: 1000 }, clientHeight: { value: 100 } });
        }}
      >
        <Link to="/traces/compare">open</Link>
        <Link to="/agents">elsewhere</Link>
      </div>
    );
  };
  const One = () => {
    useKept();
    return <Link to="/traces">close</Link>;
  };
  const Other = () => {
    useKept();
    return <Link to="/traces">to the list</Link>;
  };
  const routes = [createRoute({ getParentRoute: () => root, path: "/traces", component: List }), createRoute({ getParentRoute: () => root, path: "/traces/compare", component: One }), createRoute({ getParentRoute: () => root, path: "/agents", component: Other })];
  const history = createMemoryHistory({ initialEntries: ["/traces"] });
  const router = createRouter({ history, routeTree: root.addChildren(routes) });
  await router.load();
  render(<RouterProvider router={router as never} />);
  (await screen.findByTestId("list")).scrollTop = 640;
  return history;
}

test("after back a list stands where it was", async () => {
  const history = await drawn();
  await userEvent.click(screen.getByText("open"));
  await screen.findByText("close");
  act(() => history.back());
  await waitFor(() => expect(screen.getByTestId("list").scrollTop).toBe(640));
});

test("closing what was opened goes back to its place in the list; a way from elsewhere begins at the top", async () => {
  await drawn();
  await userEvent.click(screen.getByText("open"));
  await userEvent.click(await screen.findByText("close"));
  await waitFor(() => expect(screen.getByTestId("list").scrollTop).toBe(640));
  await userEvent.click(screen.getByText("elsewhere"));
  await userEvent.click(await screen.findByText("to the list"));
  await screen.findByTestId("list");
  await new Promise((done) => setTimeout(done, 100));
  expect(screen.getByTestId("list").scrollTop).toBe(0);
});

test("up is to the list that something was opened from, and to an address without what was open on it", () => {
  const at = (pathname: string, searchStr = "") => ({ pathname, searchStr });
  expect(goesUp(at("/findings/a"), at("/findings"))).toBe(true);
  expect(goesUp(at("/logs", "?opened=1"), at("/logs"))).toBe(true);
  expect(goesUp(at("/logs"), at("/logs", "?opened=1"))).toBe(false);
  expect(goesUp(at("/agents/a"), at("/traces"))).toBe(false);
  expect(goesUp(at("/agents/a"), at("/"))).toBe(false);
});
