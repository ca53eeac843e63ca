import { downloadPicture, downloadRecords } from "@/lib/download";
import { token } from "@/lib/theme";
import { Downloads } from "./Export";

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
  const picture = () => {
    const chart = canvas();
    const paint = { background: token("--surface"), text: token("--text"), dim: token("--text-2"), font: token("--font") };
    if (chart) downloadPicture(label, chart, legend.map((one) => ({ label: one.label, colour: token(one.token) })), paint);
  };
  return (
    <Downloads
      label={label}
      up={up}
      forms={[
        { name: "PNG", save: picture },
        { name: "CSV", save: () => downloadRecords(label, records(), "csv") },
        { name: "JSON", save: () => downloadRecords(label, records(), "json") },
      ]}
    />
  );
}
