"""Passwords in URLs and behind the names of secrets."""

from __future__ import annotations

from swarmscope.ingest.kernels import redact as kernels
from swarmscope.ingest.rules.base import Rule

NAMES = (
    r"(?:password|passwd|pwd|passphrase|secret|api[_\-]?key|access[_\-]?key|private[_\-]?key|secret[_\-]?key|"
    r"access[_\-]?token|refresh[_\-]?token|auth[_\-]?token|id[_\-]?token|bearer[_\-]?token|authorization|credentials?|"
    r"set-cookie|cookie)"
)


class Password(Rule):
    """Passwords in URLs and behind the names of secrets."""

    name = "password"
    order = 50
    hints = kernels.HINT_KEYWORD | kernels.HINT_EMAIL
    patterns = (
        (r"([a-zA-Z0-9+.\-]://[^\s:/@\"'\\]*:)[^\s@/\"'\\]+@", r"\1{}@"),
        (rf"(?i)(\"[\w.\-]{{0,64}}{NAMES}\"\s*:\s*\")(?:[^\"\\]|\\.)+", r"\1{}"),
        (rf"(?i)(\\\"[\w.\-]{{0,64}}{NAMES}\\\"\s*:\s*\\\")[^\"\\]+", r"\1{}"),
        (rf"(?i)(\"[\w.\-]{{0,64}}{NAMES}\"\s*:\s*)-?[0-9][0-9.eE+\-]*", r'\1"{}"'),
        (
            rf"(?i)({NAMES}\s*=\s*)"
            r"(?:\"[^\"\\]+\"|'[^'\\]+'|\\\"[^\"\\]+\\\"|[^\s=&\"'<>,;\\{}()\[\]][^\s&\"'<>,;\\{}()\[\]]*)",
            r"\1{}",
        ),
        (r"(?i)(token=)[^\s=&\"'<>,;\\{}()\[\]]{8,}", r"\1{}"),
        (
            rf"(?i)((?:^|[^A-Za-z0-9]){NAMES}:\s+)"
            r"[^\s\"'\\,;{}\[\]]*[0-9!@#$%^&*+][^\s\"'\\,;{}\[\]]*",
            r"\1{}",
        ),
    )
    pattern_hints = (kernels.HINT_EMAIL, *[kernels.HINT_KEYWORD] * 6)
    examples = (("password=hunter2&user=x", "password={}&user=x"), ("the password must be long",) * 2)
