"""What follows `Bearer`, and `Authorization: Basic`."""

from __future__ import annotations

from swarmscope.ingest.kernels import redact as kernels
from swarmscope.ingest.rules.base import Rule


class BearerToken(Rule):
    """What follows `Bearer`, and `Authorization: Basic`."""

    name = "bearer_token"
    order = 40
    hints = kernels.HINT_BEARER
    patterns = (
        (r"(?i)\b(bearer\s+)[A-Za-z0-9\-._~+/]{16,}=*", r"\1{}"),
        (r"(?i)(authorization[\"'\\]{0,4}\s*[:=]\s*[\"'\\]{0,4}basic\s+)[A-Za-z0-9+/]{6,}=*", r"\1{}"),
    )
    examples = ((f"Bearer {'a1B2' * 6}", "Bearer {}"), ("bearer of bad news",) * 2)
