import { Download } from "lucide-react";
import { downloadRecords } from "@/lib/download";
import { IconButton } from "./Button";
import { Choice, Popover } from "./Dialog";

type Form = { name: string; save: () => void };

/** A button that offers the same thing in several forms. */
export function Downloads({ label, forms, up }: { label: string; forms: readonly Form[]; /** Opens above its button. */ up?: boolean }) {
  return (
    <Popover
      label={`Download ${label}`}
      side="right"
      up={up}
      button={(control) => (
        <IconButton {...control} label={`Download ${label}`}>
          <Download aria-hidden="true" />
        </IconButton>
      )}
    >
      {(close) =>
        forms.map(({ name, save }) => (
          <Choice
            key={name}
            onClick={() => {
              close();
              save();
            }}
          >
            {name}
          </Choice>
        ))
      }
    </Popover>
  );
}

/** Records as a file: those that are loaded, with every field they came with. */
export function Export({ label, records }: { label: string; records: readonly unknown[] | (() => readonly unknown[]) }) {
  const all = () => (typeof records === "function" ? records() : records);
  return (
    <Downloads
      label={label}
      forms={[
        { name: "CSV", save: () => downloadRecords(label, all(), "csv") },
        { name: "JSON", save: () => downloadRecords(label, all(), "json") },
      ]}
    />
  );
}
