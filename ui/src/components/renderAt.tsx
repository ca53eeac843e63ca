import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";

window.scrollTo = () => undefined; // jsdom has none

/** Draws what reads and writes the address, for tests; gives what the address says, and how it is changed. */
export async function renderAt(address: string, children: ReactNode) {
  const history = createMemoryHistory({ initialEntries: [address] });
  const router = createRouter({ history, routeTree: createRootRoute({ component: () => children, notFoundComponent: () => children }) });
  await router.load();
  const drawn = render(<RouterProvider router={router as never} />);
  return { ...drawn, history, search: () => router.state.location.search as Record<string, unknown>, steps: () => history.length };
}
