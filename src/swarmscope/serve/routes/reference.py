"""The tables of docs/api.md and docs/search.md, made from the code: `python -m swarmscope.serve.routes.reference` writes them.

A table stands between two marks in the page; a test fails when it is not what the code says.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from swarmscope.config import States
from swarmscope.query import fields
from swarmscope.query.states import __doc__ as states_doc
from swarmscope.serve import app

_MARK = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def endpoints() -> str:
    """Every route as a Markdown table."""
    rows = []
    paths = app.create_app(None).openapi()["paths"]
    for path in sorted(paths):
        for method, operation in paths[path].items():
            rows.append(f"| `{method.upper()} {path}` | {operation.get('summary', '')} |")
    return "\n".join(["| call | what it does |", "|---|---|", *rows])


def kinds() -> str:
    """What each kind of field can be compared with."""
    return "\n".join(["| kind | how to write it |", "|---|---|", *(f"| {k} | {v} |" for k, v in fields.KINDS.items())])


def state_rules() -> str:
    """The rules of the live state, and the thresholds they name."""
    rules = "\n".join(line for line in (states_doc or "").splitlines() if line.startswith("|"))
    options = States()
    rows = [f"| `{name}` | {getattr(options, name):g} |" for name in States.__struct_fields__]
    return "\n".join([rules, "", "| threshold, in `[states]` | default |", "|---|---|", *rows])


MADE = {
    "endpoints": endpoints,
    "kinds": kinds,
    "spans": lambda: fields.reference("spans"),
    "logs": lambda: fields.reference("logs"),
    "agents": lambda: fields.reference("agents"),
    "states": state_rules,
}


def filled(text: str) -> str:
    """A page with its tables made anew."""
    return _MARK.sub(lambda m: f"{m[1]}\n{MADE[m[2]]()}\n\n{m[3]}", text)


if __name__ == "__main__":
    for name in sys.argv[1:] or ("docs/api.md", "docs/search.md"):
        page = Path(name)
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
