import { CalendarClock, Link2 } from "lucide-react";
import { useState } from "react";
import { useLink } from "@/api/live";
import { cx } from "@/lib/cx";
import { bounds, PRESETS, rangeLabel, rangeText, type Range } from "@/lib/time";
import { Button, IconButton } from "./Button";
import { Choice, Popover } from "./Dialog";
import { useCopyLink } from "./range";
import css from "./TimeRange.module.css";

/** Milliseconds → what an input of type datetime-local takes, in the reader's zone. */
function localText(ms: number): string {
  const date = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 19);
}

export function TimeRange({ range, onChange }: { range: Range; onChange: (range: Range) => void }) {
  return (
    <Popover
      label="Time range"
      side="right"
      button={(control) => (
        <Button {...control} title={rangeLabel(range)} aria-label={`Time range: ${rangeLabel(range)}`}>
          <CalendarClock aria-hidden="true" />
          <span className={cx(css.label, "clip num")}>{rangeLabel(range)}</span>
        </Button>
      )}
    >
      {(close) => {
        const choose = (chosen: Range) => {
          onChange(chosen);
          close();
        };
        return (
          <div className={css.grid}>
            <div>
              {PRESETS.map((preset) => (
                <Choice key={preset.text} current={"last" in range && range.last === preset.ms} end={preset.text} onClick={() => choose({ last: preset.ms })}>
                  {preset.label}
                </Choice>
              ))}
            </div>
            <Fixed range={range} onChange={choose} />
          </div>
        );
      }}
    </Popover>
  );
}

function Fixed({ range, onChange }: { range: Range; onChange: (range: Range) => void }) {
  const [ends, setEnds] = useState(() => {
    const { from, to } = bounds(range, Date.now());
    return { from: localText(from), to: localText(to) };
  });
  const from = Date.parse(ends.from);
  const to = Date.parse(ends.to);
  const fine = from < to;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <form
      className={css.custom}
      onSubmit={(event) => {
        event.preventDefault();
        if (fine) onChange({ from, to });
      }}
    >
      <label>
        From
        <input type="datetime-local" step={1} value={ends.from} onChange={(e) => setEnds({ ...ends, from: e.target.value })} />
      </label>
      <label>
        To
        <input type="datetime-local" step={1} value={ends.to} onChange={(e) => setEnds({ ...ends, to: e.target.value })} />
      </label>
      <Button type="submit" look="primary" disabled={!fine}>
        {fine ? "Show" : "The start must come before the end"}
      </Button>
      <span className="dim">
        Times are {zone}. In the address: <code>{"last" in range ? rangeText(range) : "from~to"}</code>
      </span>
    </form>
  );
}

/** Copies a link that keeps both ends of the range. */
export function CopyLink() {
  const copy = useCopyLink();
  return (
    <IconButton label="Copy a link with these times" className={css.link} onClick={copy}>
      <Link2 aria-hidden="true" />
    </IconButton>
  );
}

/** Turns following on and off, and tells whether data flows. */
export function LiveSwitch({ on, onChange }: { on: boolean; onChange: (on: boolean) => void }) {
  const link = useLink();
  const words = !on ? "Paused" : link === "away" ? "Reconnecting" : "Live";
  const hint = !on ? "Updates are paused" : link === "away" ? "The connection is lost and is being tried again" : "Updates as data arrives";
  return (
    <Button on={on} title={hint} onClick={() => onChange(!on)} className={cx(css.live, on && (link === "away" ? css.away : css.flowing))}>
      <span className={css.dot} aria-hidden="true" />
      {words}
    </Button>
  );
}
