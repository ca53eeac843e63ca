import { useQuery } from "@tanstack/react-query";
import { get, type Schema } from "@/api/client";

export type SavedView = Schema<"View">;

/** The saved views of the tenant that lead to a page of this program. */
export function useViews(): SavedView[] {
  const result = useQuery({ queryKey: ["views"], queryFn: ({ signal }) => get("/api/v1/views", { signal }), staleTime: 30_000 });
  return (result.data?.items ?? []).filter((view) => /^\/(?!\/)/.test(view.page));
}

/** Where a view leads, for links and `navigate`; `more` goes on top of what was saved. */
export function leading(view: SavedView, more: Record<string, unknown> = {}) {
  return { to: view.page, search: { ...view.search, ...more } } as { to: string; search: never };
}
