import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useLocation, useRouter } from "@tanstack/react-router";
import { Bookmark, Link2, Pencil, Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";
import { send } from "@/api/client";
import { toClipboard } from "@/lib/clipboard";
import { Button, IconButton } from "./Button";
import { Popover } from "./Dialog";
import { toast } from "./toasts";
import { leading, useViews, type SavedView } from "./views";
import css from "./Views.module.css";

/** Saves what the page shows under a name, and lists what was saved; everyone of the tenant sees the same list. */
export function Views() {
  return (
    <Popover
      label="Saved views"
      side="right"
      button={(control) => (
        <IconButton {...control} label="Saved views">
          <Bookmark aria-hidden="true" />
        </IconButton>
      )}
    >
      {(close) => <List close={close} />}
    </Popover>
  );
}

function List({ close }: { close: () => void }) {
  const views = useViews();
  const queries = useQueryClient();
  const router = useRouter();
  const here = useLocation();
  const [name, setName] = useState("");
  const [renamed, setRenamed] = useState<SavedView>();
  const change = useMutation({
    mutationFn: async (work: { put?: SavedView; forget?: string }) => {
      if (work.put) await send("PUT", `/api/v1/views/${encodeURIComponent(work.put.name)}`, work.put);
      if (work.forget !== undefined) await send("DELETE", `/api/v1/views/${encodeURIComponent(work.forget)}`, undefined);
    },
    onSuccess: () => {
      setName("");
      setRenamed(undefined);
      void queries.invalidateQueries({ queryKey: ["views"] });
    },
    onError: (error) => toast(error.message, "bad"),
  });
  const save = (event: FormEvent) => {
    event.preventDefault();
    const wanted = name.trim();
    if (renamed) change.mutate(wanted === renamed.name ? {} : { put: { ...renamed, name: wanted }, forget: renamed.name });
    else change.mutate({ put: { name: wanted, page: here.pathname, search: here.search as SavedView["search"] } });
  };
  const share = (view: SavedView) => {
    const address = new URL(router.buildLocation(leading(view) as never).href, location.origin).href;
    void toClipboard(address).then(
      () => toast("The link is copied"),
      (error: unknown) => toast(error instanceof Error ? error.message : String(error), "bad"),
    );
  };
  return (
    <div className={css.list}>
      <form onSubmit={save} className={css.save}>
        <input autoFocus aria-label="Name of the view" placeholder="Name what you see" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        <Button type="submit" look="primary" disabled={change.isPending || !name.trim()}>
          {renamed ? "Rename" : "Save"}
        </Button>
      </form>
      {views.length === 0 && <p className="dim">Nothing saved yet. A view keeps page, filter, sorting and time range.</p>}
      <ul aria-label="Saved views">
        {views.map((view) => (
          <li key={view.name}>
            <Link {...leading(view)} className="clip foreign" onClick={close} title={view.page}>
              {view.name}
            </Link>
            <IconButton label={`Copy the link to ${view.name}`} onClick={() => share(view)}>
              <Link2 aria-hidden="true" />
            </IconButton>
            <IconButton
              label={`Rename ${view.name}`}
              onClick={() => {
                setRenamed(view);
                setName(view.name);
              }}
            >
              <Pencil aria-hidden="true" />
            </IconButton>
            <IconButton label={`Delete ${view.name}`} onClick={() => change.mutate({ forget: view.name })}>
              <Trash2 aria-hidden="true" />
            </IconButton>
          </li>
        ))}
      </ul>
    </div>
  );
}
