import { Check, Copy as CopySign } from "lucide-react";
import { useState } from "react";
import { toClipboard } from "@/lib/clipboard";
import { IconButton } from "./Button";
import { toast } from "./toasts";

/** Copies `text`. */
export function Copy({ text, label = "Copy" }: { text: string; label?: string }) {
  const [done, setDone] = useState(false);
  const copy = () =>
    toClipboard(text).then(
      () => {
        setDone(true);
        setTimeout(() => setDone(false), 1500);
      },
      (error: unknown) => toast(`Not copied: ${error instanceof Error ? error.message : String(error)}`, "bad"),
    );
  return (
    <IconButton label={done ? "Copied" : label} onClick={() => void copy()}>
      {done ? <Check aria-hidden="true" /> : <CopySign aria-hidden="true" />}
    </IconButton>
  );
}
