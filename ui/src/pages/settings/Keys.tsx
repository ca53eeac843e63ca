import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { get, send, type Schema } from "@/api/client";
import { Ago } from "@/components/Ago";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Copy } from "@/components/Copy";
import { Export } from "@/components/Export";
import { Await, Empty } from "@/components/Notice";
import { Panel } from "@/components/Panel";
import { toast } from "@/components/toasts";
import css from "./Settings.module.css";
import { timed } from "./timed";

const ROLES = ["ingest", "viewer", "editor", "admin"] as const;
const ROLE_MEANING = { ingest: "writes telemetry, reads nothing", viewer: "reads", editor: "reads, changes views", admin: "everything" };

/** Keys of the install: who may write and read. A secret is shown once. */
export function Keys() {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState<(typeof ROLES)[number]>("ingest");
  const me = useQuery({ queryFn: ({ signal }) => get("/api/v1/me", { signal }), queryKey: ["me"] });
  const admin = me.data?.role === "admin";
  const result = useQuery({ queryFn: ({ signal }) => get("/api/v1/keys", { signal }), queryKey: ["keys"], enabled: admin });
  const refresh = () => void queries.invalidateQueries({ queryKey: ["keys"] });
  const failed = (error: Error) => toast(error.message, "bad");
  const make = useMutation({
    mutationFn: async () => (await (await send("POST", "/api/v1/keys", { name, role })).json()) as Schema<"MadeKey">,
    onSuccess: () => {
      setName("");
      refresh();
    },
    onError: failed,
  });
  const revoke = useMutation({ mutationFn: (id: string) => send("DELETE", `/api/v1/keys/${id}`, undefined), onSuccess: refresh, onError: failed });
  if (!me.data) return <Await result={me}>{() => null}</Await>;
  if (!admin) return <Empty title="Keys are for administrators">You are a {me.data.role} here.</Empty>;
  return (
    <>
      <Panel title="Create a key" note={me.data.keys_demanded ? "This install demands keys" : "This install listens on this machine only, so keys are not demanded"}>
        <form
          className={css.form}
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate();
          }}
        >
          <label>
            Name
            <input value={name} required maxLength={100} placeholder="checkout agents" onChange={(event) => setName(event.target.value)} />
          </label>
          <label>
            Role
            <select value={role} onChange={(event) => setRole(event.target.value as (typeof ROLES)[number])}>
              {ROLES.map((r) => (
                <option key={r} value={r}>
                  {r}: {ROLE_MEANING[r]}
                </option>
              ))}
            </select>
          </label>
          <Button type="submit" look="primary" disabled={make.isPending || !name.trim()}>
            Create
          </Button>
        </form>
        {make.data && (
          <p className={css.secret}>
            <code>{make.data.secret}</code> <Copy text={make.data.secret} /> Copy it now: it is never shown again.
          </p>
        )}
      </Panel>
      <Panel title="Keys" tools={result.data && result.data.items.length > 0 && <Export label="Keys" records={() => result.data.items.map(timed)} />}>
        <Await result={result}>
          {(data) =>
            data.items.length === 0 ? (
              <p className="dim">No keys yet.</p>
            ) : (
              <div className={css.scroll} tabIndex={0}>
                <table className={css.table}>
                  <thead>
                    <tr>
                      <th>Name</th>
                      <th>Id</th>
                      <th>Role</th>
                      <th>Made</th>
                      <th>State</th>
                      <th>
                        <span className="hidden">Revoke</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {data.items.map((item) => (
                      <tr key={item.id}>
                        <td className="foreign">{item.name}</td>
                        <td>
                          <code>{item.id}</code>
                        </td>
                        <td>{item.role}</td>
                        <td>
                          <Ago time={item.created_at_s * 1000} />
                        </td>
                        <td>{item.revoked_at_s ? <Badge>revoked</Badge> : <Badge tone="ok">in force</Badge>}</td>
                        <td>
                          {!item.revoked_at_s && (
                            <Button look="quiet" onClick={() => revoke.mutate(item.id)}>
                              Revoke
                            </Button>
                          )}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )
          }
        </Await>
      </Panel>
    </>
  );
}
