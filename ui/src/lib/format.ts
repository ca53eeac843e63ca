/** Numbers and names as people read them. Pure; `—` where there is nothing to say. */

import { once } from "./once";

export const NONE = "—";

const compact = once(() => new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }));
const grouped = once(() => new Intl.NumberFormat("en"));

/** 1234 → `1,234`; from 100,000 on `123K`. */
export function count(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return NONE;
  if (Math.abs(value) >= 100_000) return compact().format(value);
  return grouped().format(Number.isInteger(value) ? value : Number(value.toPrecision(3)));
}

/** 123456 → `123,456`, whatever stands above and below it in a column: sizes are compared by their length. */
export function whole(value: number): string {
  return Math.abs(value) < 1e9 ? grouped().format(value) : count(value);
}

/** Three significant digits, for readings without a unit. */
export function reading(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return NONE;
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
  return Math.abs(value) >= 1000 ? compact().format(value) : String(Number(value.toPrecision(3)));
}

const steps: [number, string][] = [
  [86_400e9, "d"],
  [3600e9, "h"],
  [60e9, "min"],
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
  [1, "ns"],
];

/** Nanoseconds → `1.24 s`, `2 min 5 s`, `812 ms`. */
export function duration(ns: number | null | undefined): string {
  return lasting(ns, 3);
}

/** A quantile of durations that is interpolated within buckets a fifth wide, of which two digits are known: `1.2 s`. */
export function quantile(ns: number | null | undefined): string {
  return lasting(ns, 2);
}

function lasting(ns: number | null | undefined, digits: number): string {
  if (ns == null || !Number.isFinite(ns)) return NONE;
  if (ns < 0) return `−${lasting(-ns, digits)}`;
  if (ns === 0) return "0";
  const at = steps.findIndex(([size]) => ns >= size);
  const [size, unit] = steps[at] ?? [1, "ns"];
  const below = steps[at + 1];
  if (size >= 60e9 && below) {
    const parts = Math.round(ns / below[0]);
    const each = size / below[0];
    const whole = Math.floor(parts / each);
    const rest = parts % each;
    return rest ? `${whole} ${unit} ${rest} ${below[1]}` : `${whole} ${unit}`;
  }
  return `${Number((ns / size).toPrecision(digits))} ${unit}`;
}

/** US dollars → `$0.0042`, `$12.30`, `$1,204`. */
export function money(usd: number | null | undefined): string {
  if (usd == null || !Number.isFinite(usd)) return NONE;
  if (usd === 0) return "$0";
  const size = Math.abs(usd);
  if (size >= 100_000) return `$${compact().format(usd)}`;
  if (size >= 1000) return `$${grouped().format(Math.round(usd))}`;
  if (size >= 1) return `$${usd.toFixed(2)}`;
  if (size < 1e-6) return "<$0.000001";
  return `$${Number(usd.toPrecision(2)).toFixed(Math.min(7, Math.max(2, 1 - Math.floor(Math.log10(size)))))}`;
}

/** 0.0312 → `3.1 %`. */
export function percent(ratio: number | null | undefined): string {
  if (ratio == null || !Number.isFinite(ratio)) return NONE;
  const value = ratio * 100;
  if (value !== 0 && Math.abs(value) < 0.1) return "<0.1 %";
  if (value >= 99.95 && value < 100 - 1e-9) return ">99.9 %"; // rounded up, it would be all
  return `${Number(value.toPrecision(value >= 99.5 ? 3 : 2))} %`;
}

export function bytes(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return NONE;
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let at = 0;
  let size = value;
  while (size >= 1024 && at < units.length - 1) {
    size /= 1024;
    at += 1;
  }
  return `${Number(size.toPrecision(3))} ${units[at]}`;
}

const UNITS = new Map<unknown, string>([
  [duration, "ns"],
  [money, "USD"],
  [percent, "share of 1"],
  [bytes, "bytes"],
]);

/** The unit of the numbers that one of the functions above writes; empty where they are bare. */
export function unitOf(format: ((value: number) => string) | undefined): string {
  return UNITS.get(format) ?? "";
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** The first characters of an id, enough to recognise it. */
export function short(id: string, length = 8): string {
  return id.length > length + 2 ? `${id.slice(0, length)}…` : id;
}

/** `execute_tool` → `Execute tool`. */
export function sentence(name: string): string {
  const words = name.replaceAll(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
