import { Download } from "lucide-react";
import { downloadRecords } from "@/lib/download";
import { IconButton } from "./Button";
import { Choice, Popover } from "./Dialog";

/** Records as a file: the rows that are loaded, with every field they came with. */
export function Export({ label, records, up }: { label: string; records: readonly unknown[]; up?: boolean }) {
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
        (["csv", "json"] as const).map((format) => (
          <Choice
            key={format}
            onClick={() => {
              close();
              downloadRecords(label, records, format);
            }}
          >
            {format.toUpperCase()}
          </Choice>
        ))
      }
    </Popover>
  );
}
