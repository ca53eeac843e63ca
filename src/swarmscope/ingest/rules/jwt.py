"""JSON Web Tokens."""

from __future__ import annotations

from swarmscope.ingest.kernels import redact as kernels
from swarmscope.ingest.rules.base import EDGE, Rule


class Jwt(Rule):
    """JSON Web Tokens."""

    name = "jwt"
    order = 20
    hints = kernels.HINT_JWT
    patterns = ((EDGE + r"eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*){0,3}", r"\1{}"),)
    examples = (
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U", "{}"),
        ("eyJ is how one begins",) * 2,
    )
