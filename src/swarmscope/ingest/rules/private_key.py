"""PEM and PGP private key blocks, complete or cut off."""

from __future__ import annotations

from swarmscope.ingest.kernels import redact as kernels
from swarmscope.ingest.rules.base import Rule


class PrivateKey(Rule):
    """PEM and PGP private key blocks, complete or cut off."""

    name = "private_key"
    order = 10
    hints = kernels.HINT_PRIVATE_KEY
    patterns = (
        (
            r"(?s)-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?"
            r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----",
            "{}",
        ),
        (r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s]|\\[nr])*", "{}"),
    )
    examples = (
        (f"-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA{'x1Y2' * 12}\n-----END RSA PRIVATE KEY-----", "{}"),
        ("-----BEGIN PUBLIC KEY-----\nMIIEowIBAAKCAQEA\n-----END PUBLIC KEY-----",) * 2,
    )
