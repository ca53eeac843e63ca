import { useState, type FormEvent } from "react";
import { ApiError, forgetKey, get, keepKey } from "@/api/client";
import { Button } from "@/components/Button";
import css from "./Login.module.css";

/** Asks for a key where the install demands one, and tries it before it is kept in use. */
export function Login({ onEnter }: { onEnter: () => void }) {
  const [secret, setSecret] = useState("");
  const [forGood, setForGood] = useState(false);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    keepKey(secret.trim(), forGood);
    try {
      await get("/api/v1/fleet");
      onEnter();
    } catch (problem) {
      forgetKey();
      setError(problem instanceof ApiError ? problem.message : String(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <main className={css.page}>
      <form className={css.card} onSubmit={(event) => void submit(event)}>
        <img src="/icon.svg" alt="" />
        <h1>Swarmscope</h1>
        <p className="dim">This install is open to the network, so it asks for a key. An administrator makes one; its role must be viewer or more.</p>
        <label>
          Key
          <input type="password" autoFocus autoComplete="current-password" required value={secret} onChange={(event) => setSecret(event.target.value)} />
        </label>
        <label className={css.keep}>
          <input type="checkbox" checked={forGood} onChange={(event) => setForGood(event.target.checked)} /> Remember it in this browser
        </label>
        {error && (
          <p className={css.error} role="alert">
            {error}
          </p>
        )}
        <Button type="submit" look="primary" disabled={busy || !secret.trim()}>
          {busy ? "Looking" : "Enter"}
        </Button>
      </form>
    </main>
  );
}
