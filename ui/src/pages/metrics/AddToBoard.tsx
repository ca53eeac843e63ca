import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { LayoutGrid } from "lucide-react";
import { useState, type FormEvent } from "react";
import { ApiError, getTagged, outdated, replace, type Schema } from "@/api/client";
import { Button } from "@/components/Button";
import { Choice, Popover } from "@/components/Dialog";
import { toast } from "@/components/toasts";
import { useBoards } from "./Boards";
import css from "./Metrics.module.css";

type Panel = Schema<"DashboardPanel">;

/** Puts the query as a panel onto a dashboard, an old one or a new one. */
export function AddToBoard({ query }: { query: string }) {
  const boards = useBoards();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const add = useMutation({
    mutationFn: async (board: string) => {
      const { body: old, tag } = await getTagged("/api/v1/dashboards/{name}", { path: { name: board } }).catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 404) return { body: { variables: [], panels: [] }, tag: "" };
        throw error;
      });
      const panel: Panel = { title: query.slice(0, 80), kind: "lines", unit: "", width: 1, queries: [{ expr: query, legend: "" }] };
      await replace(`/api/v1/dashboards/${encodeURIComponent(board)}`, { variables: old.variables, panels: [...old.panels, panel] }, tag);
      return board;
    },
    retry: (failures, error) => failures < 3 && outdated(error), // one more panel is right whatever others did
    retryDelay: 0,
    onSuccess: (board) => {
      void queries.invalidateQueries({ queryKey: ["dashboards"] });
      toast(`Added to ${board}`);
      void navigate({ to: "/explore", search: { board } });
    },
    onError: (error) => toast(error.message, "bad"),
  });
  return (
    <Popover
      label="Add to a dashboard"
      side="right"
      button={(control) => (
        <Button {...control}>
          <LayoutGrid aria-hidden="true" /> Add to dashboard
        </Button>
      )}
    >
      {(close) => {
        const choose = (board: string) => {
          close();
          add.mutate(board);
        };
        const make = (event: FormEvent) => {
          event.preventDefault();
          if (name.trim()) choose(name.trim());
        };
        return (
          <>
            {(boards.data?.items ?? []).map((board) => (
              <Choice key={board.name} onClick={() => choose(board.name)}>
                <bdi>{board.name}</bdi>
              </Choice>
            ))}
            <form onSubmit={make} className={css.make}>
              <input aria-label="Name of a new dashboard" placeholder="A new dashboard" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
              <Button type="submit" look="primary" disabled={!name.trim()}>
                Make
              </Button>
            </form>
          </>
        );
      }}
    </Popover>
  );
}
