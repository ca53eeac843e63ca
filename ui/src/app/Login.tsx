import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { ApiError, forgetKey, get, keepKey, send } from "@/api/client";
import { Button } from "@/components/Button";
import css from "./Login.module.css";

/** Asks who is there where the install demands it: name and password where there are users, else a key. */
export function Login({ onEnter }: { onEnter: () => void }) {
  const ways = useQuery({ queryKey: ["login"], queryFn: ({ signal }) => get("/api/v1/login", { signal }) });
  const [byKey, setByKey] = useState<boolean>();
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const people = ways.data?.password ?? false;
  const keyed = byKey ?? !people;
  const enter = async (event: FormEvent, attempt: () => Promise<unknown>) => {
    event.preventDefault();
    setBusy(true);
    try {
      await attempt();
      onEnter();
    } catch (problem) {
      setError(problem instanceof ApiError ? problem.message : String(problem));
    } finally {
      setBusy(false);
    }
  };
  if (ways.isPending) return null;
  return (
    <main className={css.page}>
      <div className={css.card}>
        <img src="/icon.svg" alt="" />
        <h1>Swarmscope</h1>
        {keyed ? <ByKey busy={busy} enter={enter} /> : <ByPassword busy={busy} enter={enter} />}
        {error && (
          <p className={css.error} role="alert">
            {error}
          </p>
        )}
        {people && (
          <Button
            look="quiet"
            onClick={() => {
              setByKey(!keyed);
              setError("");
            }}
          >
            {keyed ? "Log in with name and password" : "Use a key instead"}
          </Button>
        )}
      </div>
    </main>
  );
}

type Way = { busy: boolean; enter: (event: FormEvent, attempt: () => Promise<unknown>) => Promise<void> };

function ByPassword({ busy, enter }: Way) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const attempt = async () => {
    await send("POST", "/api/v1/login", { name, password });
    forgetKey();
  };
  return (
    <form onSubmit={(event) => void enter(event, attempt)}>
      <label>
        Name
        <input type="text" autoFocus autoComplete="username" autoCapitalize="none" spellCheck={false} required maxLength={128} value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      <label>
        Password
        <input type="password" autoComplete="current-password" required maxLength={1024} value={password} onChange={(event) => setPassword(event.target.value)} />
      </label>
      <Button type="submit" look="primary" disabled={busy || !name.trim() || !password}>
        {busy ? "Looking" : "Log in"}
      </Button>
    </form>
  );
}

/** The key is tried before it is kept in use. */
function ByKey({ busy, enter }: Way) {
  const [secret, setSecret] = useState("");
  const [forGood, setForGood] = useState(false);
  const attempt = async () => {
    keepKey(secret.trim(), forGood);
    try {
      await get("/api/v1/fleet");
    } catch (problem) {
      forgetKey();
      throw problem;
    }
  };
  return (
    <form onSubmit={(event) => void enter(event, attempt)}>
      <p className="dim">This install is open to the network, so it asks for a key. An administrator makes one; its role must be viewer or more.</p>
      <label>
        Key
        <input type="password" autoFocus autoComplete="current-password" required value={secret} onChange={(event) => setSecret(event.target.value)} />
      </label>
      <label className={css.keep}>
        <input type="checkbox" checked={forGood} onChange={(event) => setForGood(event.target.checked)} /> Remember it in this browser
      </label>
      <Button type="submit" look="primary" disabled={busy || !secret.trim()}>
        {busy ? "Looking" : "Enter"}
      </Button>
    </form>
  );
}
