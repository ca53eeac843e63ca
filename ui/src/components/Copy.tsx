import { Check, Copy as CopySign } from "lucide-react";
import { useState } from "react";
import { IconButton } from "./Button";
import { toast } from "./toasts";

async function write(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  throw new Error("the browser allows the clipboard on https and localhost only");
}

/** Copies `text`. */
export function Copy({ text, label = "Copy" }: { text: string; label?: string }) {
  const [done, setDone] = useState(false);
  const copy = () =>
    write(text).then(
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
