import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { denied, get, send, type Schema } from "@/api/client";
import { Ago } from "@/components/Ago";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { Export } from "@/components/Export";
import { Await, Empty } from "@/components/Notice";
import { Panel } from "@/components/Panel";
import { toast } from "@/components/toasts";
import css from "./Settings.module.css";
import { timed } from "./timed";

type User = Schema<"User">;
type Role = Schema<"UserRole">;

const ROLES = ["viewer", "editor", "admin"] as const;
const ROLE_MEANING: Record<Role, string> = { viewer: "reads", editor: "reads, changes views", admin: "everything" };
const failed = (error: Error) => toast(error.message, "bad");

/** People who log in with a name and a password, and one's own account. */
export function Users() {
  const me = useQuery({ queryFn: ({ signal }) => get("/api/v1/me", { signal }), queryKey: ["me"] });
  return (
    <Await result={me}>
      {(data) => (
        <>
          {data.user && <Own me={data} />}
          {data.role === "admin" ? <People me={data} /> : <Empty title="Users are for administrators">You are a {data.role} here.</Empty>}
        </>
      )}
    </Await>
  );
}

/** Who is logged in: out, or with another password. */
function Own({ me }: { me: Schema<"Me"> }) {
  const [current, setCurrent] = useState("");
  const [wanted, setWanted] = useState("");
  const leave = useMutation({ mutationFn: () => send("POST", "/api/v1/logout", undefined), onSuccess: denied, onError: failed });
  const change = useMutation({
    mutationFn: () => send("PUT", "/api/v1/me/password", { current, new: wanted }),
    onSuccess: () => {
      toast("The password is changed. Log in with the new one.");
      denied();
    },
    onError: failed,
  });
  return (
    <Panel
      title="You"
      note={`${me.user}, ${me.role} of ${me.tenant}`}
      tools={
        <Button look="quiet" onClick={() => leave.mutate()}>
          Log out
        </Button>
      }
    >
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <input type="text" hidden readOnly autoComplete="username" value={me.user} />
        <label>
          Current password
          <input type="password" required autoComplete="current-password" value={current} onChange={(event) => setCurrent(event.target.value)} />
        </label>
        <label>
          New password
          <input type="password" required minLength={10} autoComplete="new-password" value={wanted} onChange={(event) => setWanted(event.target.value)} />
        </label>
        <Button type="submit" disabled={change.isPending || !current || wanted.length < 10}>
          Change
        </Button>
      </form>
    </Panel>
  );
}

function People({ me }: { me: Schema<"Me"> }) {
  const queries = useQueryClient();
  const result = useQuery({ queryFn: ({ signal }) => get("/api/v1/users", { signal }), queryKey: ["users"] });
  const refresh = () => void queries.invalidateQueries({ queryKey: ["users"] });
  const [chosen, setChosen] = useState<{ user: User; deed: "password" | "remove" }>();
  const change = useMutation({
    mutationFn: ({ name, ...body }: { name: string } & Schema<"UserChange">) => send("PATCH", `/api/v1/users/${encodeURIComponent(name)}`, body),
    onSuccess: () => {
      setChosen(undefined);
      refresh();
    },
    onError: (error: Error) => {
      failed(error);
      refresh();
    },
  });
  const remove = useMutation({
    mutationFn: (name: string) => send("DELETE", `/api/v1/users/${encodeURIComponent(name)}`, undefined),
    onSuccess: () => {
      setChosen(undefined);
      refresh();
    },
    onError: failed,
  });
  return (
    <>
      <NewUser onMade={refresh} />
      <Panel title="Users" note={!me.keys_demanded && "This install listens on this machine only, so nobody has to log in"} tools={result.data && result.data.items.length > 0 && <Export label="Users" records={() => result.data.items.map(timed)} />}>
        <Await result={result}>
          {(data) =>
            data.items.length === 0 ? (
              <p className="dim">No users yet. Whoever has a key of their own enters with it.</p>
            ) : (
              <div className={css.scroll} tabIndex={0}>
                <table className={css.table}>
                  <thead>
                    <tr>
                      <th>Name</th>
                      <th>Tenant</th>
                      <th>Role</th>
                      <th>Made</th>
                      <th>Last seen</th>
                      <th>State</th>
                      <th>
                        <span className="hidden">Change</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {data.items.map((user) => (
                      <tr key={user.name}>
                        <td className="foreign">{user.name}</td>
                        <td className="foreign">{user.tenant}</td>
                        <td>
                          <select aria-label={`Role of ${user.name}`} value={user.role} disabled={user.name === me.user} onChange={(event) => change.mutate({ name: user.name, role: event.target.value as Role })}>
                            {ROLES.map((role) => (
                              <option key={role}>{role}</option>
                            ))}
                          </select>
                        </td>
                        <td>
                          <Ago time={user.created_at_s * 1000} />
                        </td>
                        <td>{user.seen_at_s ? <Ago time={user.seen_at_s * 1000} /> : <span className="dim">never</span>}</td>
                        <td>{user.disabled_at_s ? <Badge>disabled</Badge> : <Badge tone="ok">in force</Badge>}</td>
                        <td>
                          {user.name !== me.user && (
                            <div className={css.deeds}>
                              <Button look="quiet" onClick={() => change.mutate({ name: user.name, disabled: !user.disabled_at_s })}>
                                {user.disabled_at_s ? "Enable" : "Disable"}
                              </Button>
                              <Button look="quiet" onClick={() => setChosen({ user, deed: "password" })}>
                                New password
                              </Button>
                              <Button look="quiet" onClick={() => setChosen({ user, deed: "remove" })}>
                                Remove
                              </Button>
                            </div>
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
      {chosen?.deed === "password" && <Reset name={chosen.user.name} onClose={() => setChosen(undefined)} onSet={(password) => change.mutate({ name: chosen.user.name, password })} />}
      {chosen?.deed === "remove" && (
        <Dialog title={`Remove ${chosen.user.name}?`} onClose={() => setChosen(undefined)}>
          <p>They are logged out at once and cannot come back. What they did stays in the audit log.</p>
          <Button look="primary" disabled={remove.isPending} onClick={() => remove.mutate(chosen.user.name)}>
            Remove
          </Button>
        </Dialog>
      )}
    </>
  );
}

function NewUser({ onMade }: { onMade: () => void }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const make = useMutation({
    mutationFn: () => send("POST", "/api/v1/users", { name, password, role }),
    onSuccess: () => {
      setName("");
      setPassword("");
      onMade();
    },
    onError: failed,
  });
  return (
    <Panel title="Create a user" note="Tell them the password; they change it here">
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <label>
          Name
          <input value={name} required maxLength={128} placeholder="ada@example.org" autoComplete="off" autoCapitalize="none" spellCheck={false} onChange={(event) => setName(event.target.value)} />
        </label>
        <label>
          Password
          <input type="password" value={password} required minLength={10} maxLength={256} placeholder="10 characters or more" autoComplete="new-password" onChange={(event) => setPassword(event.target.value)} />
        </label>
        <label>
          Role
          <select value={role} onChange={(event) => setRole(event.target.value as Role)}>
            {ROLES.map((r) => (
              <option key={r} value={r}>
                {r}: {ROLE_MEANING[r]}
              </option>
            ))}
          </select>
        </label>
        <Button type="submit" look="primary" disabled={make.isPending || !name.trim() || password.length < 10}>
          Create
        </Button>
      </form>
    </Panel>
  );
}

function Reset({ name, onClose, onSet }: { name: string; onClose: () => void; onSet: (password: string) => void }) {
  const [password, setPassword] = useState("");
  return (
    <Dialog title={`New password for ${name}`} onClose={onClose}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          onSet(password);
        }}
      >
        <label>
          Password
          <input type="password" autoFocus value={password} required minLength={10} maxLength={256} autoComplete="new-password" onChange={(event) => setPassword(event.target.value)} />
        </label>
        <Button type="submit" look="primary" disabled={password.length < 10}>
          Set
        </Button>
      </form>
      <p className="dim">Their logins end.</p>
    </Dialog>
  );
}
