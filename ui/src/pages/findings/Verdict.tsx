import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check, CircleSlash, RotateCcw } from "lucide-react";
import { useState, type KeyboardEvent } from "react";
import { send, type Schema } from "@/api/client";
import { Button } from "@/components/Button";
import { toast } from "@/components/toasts";
import { moved } from "@/lib/findings";
import { useHotkeys } from "@/lib/keyboard";
import css from "./Findings.module.css";

type Said = "true" | "false" | "withdrawn";

/** What people say of a finding, and what that moves. */
export function Verdict({ finding }: { finding: Schema<"Finding"> }) {
  const queries = useQueryClient();
  const [note, setNote] = useState("");
  const say = useMutation({
    mutationFn: (verdict: Said) => send("POST", `/api/v1/findings/${finding.id}/feedback`, { verdict, note }).then((r) => r.json() as Promise<Schema<"Said">>),
    onSuccess: (said) => {
      setNote("");
      toast(said.verdict === "withdrawn" ? "Taken back" : said.verdict === "true" ? "Kept as true" : "Kept as a false alarm");
      queries.setQueryData(["findings", "one", finding.id], { ...finding, feedback: said.verdict === "withdrawn" ? null : said.verdict, threshold: said.threshold });
      void queries.invalidateQueries({ queryKey: ["findings"] });
    },
    onError: (error) => toast(error.message, "bad"),
  });
  const press = (verdict: "true" | "false") => !say.isPending && say.mutate(finding.feedback === verdict ? "withdrawn" : verdict);
  useHotkeys([
    { keys: "t", label: "It was true", group: "Finding", run: () => press("true") },
    { keys: "x", label: "A false alarm", group: "Finding", run: () => press("false") },
  ]);
  const leave = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== "Escape") return;
    event.preventDefault(); // leaves the note, not the finding
    event.currentTarget.blur();
  };
  return (
    <section className={css.part} aria-label="Was this true?">
      <h3>Was this true?</h3>
      <div className={css.said}>
        <Button on={finding.feedback === "true"} disabled={say.isPending} onClick={() => press("true")}>
          <Check aria-hidden="true" /> True
        </Button>
        <Button on={finding.feedback === "false"} disabled={say.isPending} onClick={() => press("false")}>
          <CircleSlash aria-hidden="true" /> False alarm
        </Button>
        {finding.feedback ? (
          <Button look="quiet" disabled={say.isPending} onClick={() => say.mutate("withdrawn")}>
            <RotateCcw aria-hidden="true" /> Take back
          </Button>
        ) : (
          <input aria-label="Note" placeholder="Why, in a few words (optional)" maxLength={2000} value={note} onChange={(event) => setNote(event.target.value)} onKeyDown={leave} />
        )}
      </div>
      <p className={css.note}>{moved(finding.threshold)}</p>
    </section>
  );
}
