import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "@/api/client";
import { applyTheme, watchSystemTheme } from "@/lib/theme";
import { createAppRouter } from "./router";

const RETRIES = 2;
const PAGES_AFTER_MS = 3000; // what a page shows comes first

applyTheme();
watchSystemTheme();

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < RETRIES && (!(error instanceof ApiError) || error.retryable),
      retryDelay: (attempt) => 600 * 2 ** attempt,
    },
  },
});
const router = createAppRouter();
// The page's own script is on its way while the frame is drawn.
void router.load();
// The other pages' scripts follow when there is time: a page is there also while the server is away.
addEventListener("load", () => setTimeout(() => Object.values(router.routesById).forEach((route) => void router.loadRouteChunk(route)), PAGES_AFTER_MS), { once: true });

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

const root = document.getElementById("root");
if (!root) throw new Error("the page has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
