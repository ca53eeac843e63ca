"""E-mail addresses."""

from __future__ import annotations

from swarmscope.ingest.kernels import redact as kernels
from swarmscope.ingest.rules.base import Rule

_ESCAPE = r"((?:\\[nrtbf]|\\u[0-9a-fA-F]{4})?)"


class Email(Rule):
    """E-mail addresses."""

    name = "email"
    order = 70
    hints = kernels.HINT_EMAIL
    patterns = (
        (
            _ESCAPE + r"[A-Za-z0-9][A-Za-z0-9._%+\-]*@"  # bounded, each length would be a state of its own
            r"[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,24}",
            r"\1{}",
        ),
    )
    examples = (("ask ada@example.org", "ask {}"), ("lodash@4.17.21",) * 2)
