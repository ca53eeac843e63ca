import { memo } from "react";
import css from "./Chart.module.css";

/** A line without axes. Gaps stay gaps; nothing but nulls draws nothing. */
export const Sparkline = memo(function Sparkline({ values, token = "--accent", width = 72, height = 20, label }: { values: ArrayLike<number | null>; token?: string; width?: number; height?: number; label?: string }) {
  let most = 0;
  for (let i = 0; i < values.length; i += 1) if ((values[i] ?? 0) > most) most = values[i] ?? 0;
  if (values.length < 2 || !Number.isFinite(most)) return <svg width={width} height={height} className={css.spark} aria-hidden="true" />;
  const x = (i: number) => ((i / (values.length - 1)) * width).toFixed(1);
  const y = (v: number) => (height - 1.5 - (most > 0 ? v / most : 0) * (height - 3)).toFixed(1);
  let path = "";
  let pen = false;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i];
    if (value == null || Number.isNaN(value)) pen = false;
    else {
      path += `${pen ? "L" : "M"}${x(i)} ${y(value)}`;
      pen = true;
    }
  }
  return (
    <svg width={width} height={height} className={css.spark} role="img" aria-label={label ?? "trend"} preserveAspectRatio="none">
      <path d={path} fill="none" stroke={`var(${token})`} strokeWidth={1.4} strokeLinejoin="round" strokeLinecap="round" />
    </svg>
  );
});
