import { useSearch } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { useChannel } from "@/api/live";
import type { Schema } from "@/api/client";
import { Button } from "@/components/Button";
import { LogTable, type LogRow } from "@/components/LogTable";
import { Empty } from "@/components/Notice";
import { plural } from "@/lib/format";
import css from "./Logs.module.css";

const KEPT_MAX = 5000;

/** Follows the records that match, newest on top. While it is paused nothing is sent; going on starts at what is newest then. */
export function Tail({ q, actions }: { q: string; actions: (row: LogRow) => ReactNode }) {
  const [rows, setRows] = useState<LogRow[]>([]);
  const { environment = "" }: { environment?: string } = useSearch({ strict: false });
  const [paused, setPaused] = useState(false);
  const [skipped, setSkipped] = useState(0);
  const problem = useChannel("logs", { q, environment }, !paused, (_, data) => {
    const page = data as Schema<"LogTail">;
    if (page.skipped) setSkipped((before) => before + page.skipped);
    if (page.items.length === 0) return;
    setRows((old) => {
      const known = new Set(old.slice(0, KEPT_MAX).map((row) => row.id));
      return [...page.items.filter((row) => !known.has(row.id)).toReversed(), ...old].slice(0, KEPT_MAX);
    });
  });
  return (
    <div className={css.tail}>
      <div className={css.status} role="status">
        {problem || (paused ? "Paused" : "Following")}
        <span>{plural(rows.length, "record")}</span>
        {skipped > 0 && <span className={css.skipped}>{plural(skipped, "record")} left out: more arrived at once than is shown. Narrow the filter to see all.</span>}
        <Button onClick={() => setPaused(!paused)}>{paused ? "Go on" : "Pause"}</Button>
      </div>
      <div className={css.body}>
        {rows.length === 0 ? <Empty title="Waiting for the next record">It appears here as soon as it is stored.</Empty> : <LogTable main label="Live tail, newest first" rows={rows} actions={actions} />}
      </div>
    </div>
  );
}
