import { Download } from "lucide-react";
import { downloadPicture, downloadRecords } from "@/lib/download";
import { token } from "@/lib/theme";
import { IconButton } from "./Button";
import { Choice, Popover } from "./Dialog";

type Props = {
  label: string;
  canvas: () => HTMLCanvasElement | null | undefined;
  /** The values that are drawn, whole and unrounded. */
  records: () => readonly unknown[];
  legend?: { label: string; token: string }[];
  /** Opens above its button. */
  up?: boolean;
};

/** A chart as a picture with its title and legend, or its values as a file. */
export function SaveChart({ label, canvas, records, legend = [], up }: Props) {
  const save = (form: "png" | "csv" | "json") => {
    if (form !== "png") return downloadRecords(label, records(), form);
    const chart = canvas();
    const paint = { background: token("--surface"), text: token("--text"), dim: token("--text-2"), font: token("--font") };
    if (chart) downloadPicture(label, chart, legend.map((one) => ({ label: one.label, colour: token(one.token) })), paint);
  };
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
        (["png", "csv", "json"] as const).map((form) => (
          <Choice
            key={form}
            onClick={() => {
              close();
              save(form);
            }}
          >
            {form.toUpperCase()}
          </Choice>
        ))
      }
    </Popover>
  );
}
