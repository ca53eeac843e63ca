import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Import, Plus, Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";
import { get, send } from "@/api/client";
import { Button, IconButton } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { Await, Empty } from "@/components/Notice";
import { Panel } from "@/components/Panel";
import { toast } from "@/components/toasts";
import { plural } from "@/lib/format";
import { importGrafana, type Imported } from "@/lib/grafana";
import css from "./Metrics.module.css";

export function useBoards() {
  return useQuery({ queryKey: ["dashboards"], queryFn: ({ signal }) => get("/api/v1/dashboards", { signal }), staleTime: 10_000 });
}

/** The dashboards of the tenant; a new one is made, or taken over from Grafana. */
export function Boards() {
  const boards = useBoards();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [making, setMaking] = useState<"new" | "import">();
  const change = useMutation({
    mutationFn: async (work: { put?: { name: string; body: unknown }; forget?: string }) => {
      if (work.put) await send("PUT", `/api/v1/dashboards/${encodeURIComponent(work.put.name)}`, work.put.body);
      if (work.forget !== undefined) await send("DELETE", `/api/v1/dashboards/${encodeURIComponent(work.forget)}`, undefined);
      return work;
    },
    onSuccess: (work) => {
      void queries.invalidateQueries({ queryKey: ["dashboards"] });
      if (work.put) void navigate({ to: "/explore", search: { board: work.put.name } });
    },
    onError: (error) => toast(error.message, "bad"),
  });
  const tools = (
    <>
      <Button onClick={() => setMaking("import")}>
        <Import aria-hidden="true" /> Import from Grafana
      </Button>
      <Button look="primary" onClick={() => setMaking("new")}>
        <Plus aria-hidden="true" /> New
      </Button>
    </>
  );
  return (
    <Panel title="Dashboards" note="Shared by everyone in the tenant" tools={tools}>
      <Await result={boards} rows={4}>
        {(data) =>
          data.items.length === 0 ? (
            <Empty title="No dashboards yet">Ask something in Explore and add it to a dashboard, or import the JSON of one from Grafana.</Empty>
          ) : (
            <ul className={css.boards}>
              {data.items.map((board) => (
                <li key={board.name}>
                  <Link to="/explore" search={{ board: board.name }} className="foreign clip">
                    {board.name}
                  </Link>
                  <span className="dim">{plural(board.panels, "panel")}</span>
                  <IconButton label={`Delete ${board.name}`} onClick={() => window.confirm(`Delete the dashboard ${board.name}?`) && change.mutate({ forget: board.name })}>
                    <Trash2 aria-hidden="true" />
                  </IconButton>
                </li>
              ))}
            </ul>
          )
        }
      </Await>
      {making === "new" && <New onClose={() => setMaking(undefined)} onMake={(name) => change.mutate({ put: { name, body: { variables: [], panels: [] } } })} />}
      {making === "import" && <FromGrafana onClose={() => setMaking(undefined)} onMake={(found) => change.mutate({ put: { name: found.name, body: { variables: found.variables, panels: found.panels } } })} />}
    </Panel>
  );
}

function New({ onClose, onMake }: { onClose: () => void; onMake: (name: string) => void }) {
  const [name, setName] = useState("");
  const make = (event: FormEvent) => {
    event.preventDefault();
    onClose();
    onMake(name.trim());
  };
  return (
    <Dialog title="A new dashboard" onClose={onClose}>
      <form onSubmit={make} className={css.form}>
        <label>
          Name
          <input autoFocus maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        </label>
        <Button type="submit" look="primary" disabled={!name.trim()}>
          Make
        </Button>
      </form>
    </Dialog>
  );
}

/** Reads the JSON of a Grafana dashboard, and says what comes over and what does not before anything is kept. */
function FromGrafana({ onClose, onMake }: { onClose: () => void; onMake: (found: Imported) => void }) {
  const [text, setText] = useState("");
  const [name, setName] = useState<string>();
  let found: Imported | undefined;
  let wrong = "";
  try {
    found = text.trim() ? importGrafana(text) : undefined;
  } catch (error) {
    wrong = error instanceof Error ? error.message : String(error);
  }
  const called = (name ?? found?.name ?? "").trim().slice(0, 100);
  return (
    <Dialog title="Import from Grafana" onClose={onClose}>
      <div className={css.form}>
        <label>
          The dashboard’s JSON
          <textarea rows={8} value={text} placeholder="In Grafana: Share → Export → Save to file; paste it here" spellCheck={false} onChange={(event) => setText(event.target.value)} />
        </label>
        <label>
          … or its file
          <input type="file" accept=".json,application/json" onChange={(event) => void event.target.files?.[0]?.text().then(setText)} />
        </label>
        {wrong && (
          <p role="alert" className={css.bad}>
            {wrong}
          </p>
        )}
        {found && (
          <>
            <label>
              Name
              <input maxLength={100} value={name ?? found.name} onChange={(event) => setName(event.target.value)} />
            </label>
            <p>
              {plural(found.panels.length, "panel")} and {plural(found.variables.length, "variable")} come over.
            </p>
            {found.left.length > 0 && (
              <details>
                <summary>{plural(found.left.length, "part")} cannot, or come otherwise</summary>
                <ul>
                  {found.left.map((words) => (
                    <li key={words} className="foreign">
                      {words}
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </>
        )}
        <Button
          look="primary"
          disabled={!found || found.panels.length === 0 || !called}
          onClick={() => {
            onClose();
            if (found) onMake({ ...found, name: called });
          }}
        >
          Import
        </Button>
      </div>
    </Dialog>
  );
}
