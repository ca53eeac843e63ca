import { CircleAlert, Inbox, RotateCw } from "lucide-react";
import { useState, type ReactNode } from "react";
import { outdated } from "@/api/client";
import { cx } from "@/lib/cx";
import { Button } from "./Button";
import css from "./Notice.module.css";

/** Nothing to show: says why, and what to do. */
export function Empty({ title, children, actions, icon }: { title: string; children?: ReactNode; actions?: ReactNode; icon?: ReactNode }) {
  return (
    <div className={css.notice}>
      {icon ?? <Inbox aria-hidden="true" />}
      <p className={css.title}>{title}</p>
      {children != null && <div className={css.detail}>{children}</div>}
      {actions != null && <div className={css.actions}>{actions}</div>}
    </div>
  );
}

/** Something failed: the server's own words, and a way to try again. */
export function Failure({ error, retry, title = "This could not be loaded" }: { error: unknown; retry?: () => void; title?: string }) {
  return (
    <div className={cx(css.notice, css.bad)} role="alert">
      <CircleAlert aria-hidden="true" />
      <p className={css.title}>{title}</p>
      <p className={cx(css.detail, "foreign")}>{error instanceof Error ? error.message : String(error)}</p>
      {retry && (
        <div className={css.actions}>
          <Button onClick={retry}>
            <RotateCw aria-hidden="true" /> Try again
          </Button>
        </div>
      )}
    </div>
  );
}

/** Somebody else changed what is edited here: the server's own words, and theirs to load. What was typed stays. */
export function Changed({ error, load }: { error: unknown; load: () => void }) {
  if (!outdated(error)) return null;
  return (
    <div className={css.changed} role="alert">
      <CircleAlert aria-hidden="true" />
      <p>
        Not saved: <span className="foreign">{error.message}</span>
      </p>
      <Button onClick={load}>
        <RotateCw aria-hidden="true" /> Load it, keep what I typed
      </Button>
    </div>
  );
}

export function Loading({ rows = 6, label = "Loading" }: { rows?: number; label?: string }) {
  return (
    <div className={css.bones} role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} className={css.bone} />
      ))}
    </div>
  );
}

type Result<T> = { data: T | undefined; error: unknown; errorUpdateCount: number; refetch: () => unknown };

/** One of loading, failing, or the content. Old content stays in sight while a refetch fails, and a failure while the page asks again by itself. */
export function Await<T>({ result, children, rows }: { result: Result<T>; children: (data: T) => ReactNode; rows?: number }) {
  const [last, setLast] = useState<unknown>();
  const [tried, setTried] = useState(0); // the failure after which somebody pressed the button: what follows is seen to load
  if (result.error && result.error !== last) setLast(result.error);
  if (result.data !== undefined) return <>{children(result.data)}</>;
  const failures = result.errorUpdateCount;
  const error = result.error ?? (failures > 0 && failures !== tried ? last : undefined);
  if (!error) return <Loading rows={rows} />;
  const retry = () => {
    setTried(failures);
    result.refetch();
  };
  return <Failure error={error} retry={retry} />;
}
