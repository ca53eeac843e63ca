"""The page of all detectors, made from their docstrings: `python -m swarmscope.detect.reference > docs/detectors.md`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable
from typing import Any

from swarmscope.config import Plugins
from swarmscope.detect.base import KIND, Detector, Option, about, options_of
from swarmscope.registry import BUILTIN, discover

FAMILIES = (
    ("anomaly", "Anomalies", "Signals that are not as they were, or not as those of peers."),
    ("agentic", "Agents' own ways of failing", "What goes wrong with agents and with nothing else."),
    ("drift", "Drift", "Models, prompts, versions and inputs that change what comes out."),
    ("forecast", "Forecasts", "What will be wrong before it is."),
    ("emergence", "Emergence", "What agents do together that none of them does alone; [its own page](emergence.md)."),
    ("security", "Security", "Who attacks; [its own page](security.md)."),
)
TIERS = {
    "fleet": "the whole fleet as arrays, with every tick",
    "shortlist": "the strangest agents and peers of theirs, every half minute, in the worker process",
    "events": "rows as they are committed",
    "window": "a window of time in the store",
}
_HEAD = """# Detectors

Every detector that comes with the program, made from docstrings and options by `python -m swarmscope.detect.reference`.
[Detection](detection.md) tells how they work together, [own detectors](own-detectors.md) how to add one.

Options are set in the configuration (`[plugins.options.detector.<name>]`); `detect.on` and `detect.off` say which run.
*Dull … keen* is what `detect.sensitivity` turns an option to at 0 and at 1; 0.5 leaves the default, and what is set expressly
wins.
"""


def reference() -> str:
    """The whole page."""
    found = sorted(discover(KIND, Plugins()).plugins.values(), key=lambda p: p.name)
    classes = [p.cls for p in found if p.origin == BUILTIN]
    lines = [_HEAD]
    for family, title, what in FAMILIES:
        mine = [c for c in classes if c.family == family]
        if mine:
            lines += [f"## {title}", "", what, "", *_table(mine), ""]
            for cls in mine:
                lines += [*_section(cls), ""]
    return "\n".join(lines).rstrip() + "\n"


def _table(classes: Iterable[type[Detector]]) -> list[str]:
    rows = ["| detector | is | looks at | runs |", "|---|---|---|---|"]
    for cls in classes:
        runs = "yes" if cls.by_default else "when in `detect.on`"
        if getattr(cls, "in_ensemble", False):
            runs = "in the ensemble"
        first = about(cls).partition("\n")[0].replace("|", "\\|")
        rows.append(f"| [`{cls.name}`](#{cls.name}) | {first} | {TIERS[cls.tier]} | {runs} |")
    return rows


def _section(cls: type[Detector]) -> list[str]:
    lines = [
        f"### `{cls.name}`",
        "",
        inspect.cleandoc(about(cls)),
        "",
        f"Kinds: {', '.join(f'`{k}`' for k in cls.kinds)}.",
    ]
    if cls.tier == "window":
        every, window = (getattr(cls, n) for n in ("every_s", "window_s"))
        lines[-1] += f" Asks every {every:g} s about {window:g} s."
    options = options_of(cls)
    if options:
        lines += [
            "",
            "| option | default | bounds | dull … keen | meaning |",
            "|---|---|---|---|---|",
            *map(_option, options),
        ]
    return lines


def _option(option: Option) -> str:
    bounds = " … ".join("" if b is None else f"{b:g}" for b in (option.minimum, option.maximum))
    dial = " … ".join(f"{v:g}" for v in option.sensitive) if option.sensitive else ""
    return f"| `{option.name}` | `{_shown(option.default)}` | {bounds if bounds != ' … ' else ''} | {dial} | {option.about} |"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.stdout.write(reference())
