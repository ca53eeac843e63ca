"""Secrets and personal data are removed before anything is stored.

`Redactor.redact` takes a column of strings and gives it back, replaced where a rule matches. A compiled prefilter
(`kernels.redact`) sees every byte and finds the few strings worth a regular expression; those go to RE2, which is linear in
the text whatever the pattern is, and works on whole columns. Replacing keeps JSON valid: a rule never takes a quote, half
an escape, or leaves bare text where a number stood.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swarmscope import config, telemetry
from swarmscope.errors import ConfigError
from swarmscope.ingest.columns import I64, TYPE_ARRAY, TYPE_KVLIST, TYPE_STRING, U8, U64, Pool, Strings
from swarmscope.ingest.kernels import redact as kernels

_REDACTIONS = telemetry.counter("swarmscope_ingest_redactions_total", "Secrets and personal data removed", ("rule",))

# before a token: the start, a separator, or a JSON escape (kept by the replacement)
_EDGE = r"(^|[^A-Za-z0-9]|\\[nrtbf]|\\u[0-9a-fA-F]{4})"
_ESCAPE = r"((?:\\[nrtbf]|\\u[0-9a-fA-F]{4})?)"
_VENDORS = "|".join(
    (
        r"sk-[A-Za-z0-9_\-]{16,}",  # OpenAI, Anthropic, OpenRouter, DeepSeek, Langfuse
        r"pk-lf-[A-Za-z0-9\-]{16,}",
        r"[spr]k_(?:live|test)_[A-Za-z0-9]{16,}",  # Stripe
        r"sk_[a-f0-9]{32,}",
        r"whsec_[A-Za-z0-9+/]{16,}=*",
        r"(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ABIA|ACCA)[A-Z0-9]{16}",  # AWS
        r"AIza[A-Za-z0-9_\-]{30,}",  # Google
        r"ya29\.[A-Za-z0-9_\-]{16,}",
        r"GOCSPX-[A-Za-z0-9_\-]{16,}",
        r"gh[pousr]_[A-Za-z0-9]{20,}",  # GitHub
        r"github_pat_[A-Za-z0-9_]{20,}",
        r"glpat-[A-Za-z0-9_\-]{16,}",  # GitLab
        r"xox[abeoprs]-[A-Za-z0-9\-]{12,}",  # Slack
        r"xapp-[A-Za-z0-9\-]{16,}",
        r"hf_[A-Za-z0-9]{20,}",  # Hugging Face
        r"gsk_[A-Za-z0-9]{20,}",  # Groq
        r"xai-[A-Za-z0-9]{20,}",
        r"r8_[A-Za-z0-9]{20,}",  # Replicate
        r"nvapi-[A-Za-z0-9_\-]{20,}",
        r"pplx-[A-Za-z0-9]{20,}",
        r"fw_[A-Za-z0-9]{20,}",
        r"SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}",  # SendGrid
        r"npm_[A-Za-z0-9]{30,}",
        r"pypi-[A-Za-z0-9_\-]{16,}",
        r"dop_v1_[a-f0-9]{32,}",
        r"lsv2_[a-z]{2}_[A-Za-z0-9_]{20,}",  # LangSmith
        r"pcsk_[A-Za-z0-9_]{20,}",  # Pinecone
        r"tvly-[A-Za-z0-9\-]{16,}",
        r"e2b_[a-f0-9]{20,}",
        r"dckr_pat_[A-Za-z0-9_\-]{16,}",
        r"shpat_[a-fA-F0-9]{16,}",
        r"key-[a-f0-9]{32}",
        r"hvs\.[A-Za-z0-9_\-]{16,}",
    )
)
_PREFIXES = [
    "sk-",
    "sk_",
    "pk-",
    "pk_",
    "rk_",
    "whse",
    "AKIA",
    "ASIA",
    "AGPA",
    "AIDA",
    "AROA",
    "ANPA",
    "ABIA",
    "ACCA",
    "AIza",
    "ya29",
    "GOCS",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "gith",
    "glpa",
    "xox",
    "xapp",
    "hf_",
    "gsk_",
    "xai-",
    "r8_",
    "nvap",
    "pplx",
    "fw_",
    "SG.",
    "npm_",
    "pypi",
    "dop_",
    "lsv2",
    "pcsk",
    "tvly",
    "e2b_",
    "dckr",
    "shpa",
    "key-",
    "hvs.",
]
_NAMES_OF_SECRETS = (
    r"(?:password|passwd|pwd|passphrase|secret|api[_\-]?key|access[_\-]?key|private[_\-]?key|secret[_\-]?key|"
    r"access[_\-]?token|refresh[_\-]?token|auth[_\-]?token|id[_\-]?token|bearer[_\-]?token|authorization|credentials?|"
    r"set-cookie|cookie)"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A built-in rule: strings with any of the `hints` meet the patterns, in turn. In a replacement `{}` is the marker."""

    name: str
    hints: int
    patterns: tuple[tuple[str, str], ...]


RULES: tuple[Rule, ...] = (
    Rule(
        "private_key",
        kernels.HINT_PRIVATE_KEY,
        (
            (
                r"(?s)-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?"
                r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----",
                "{}",
            ),
            (r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s]|\\[nr])*", "{}"),
        ),
    ),
    Rule(
        "jwt",
        kernels.HINT_JWT,
        ((_EDGE + r"eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*){0,3}", r"\1{}"),),
    ),
    Rule("api_key", kernels.HINT_TOKEN, ((_EDGE + f"(?:{_VENDORS})", r"\1{}"),)),
    Rule(
        "bearer_token",
        kernels.HINT_BEARER,
        (
            (r"(?i)\b(bearer\s+)[A-Za-z0-9\-._~+/]{16,}=*", r"\1{}"),
            (r"(?i)(authorization[\"'\\]{0,4}\s*[:=]\s*[\"'\\]{0,4}basic\s+)[A-Za-z0-9+/]{6,}=*", r"\1{}"),
        ),
    ),
    Rule(
        "password",
        kernels.HINT_KEYWORD | kernels.HINT_EMAIL,
        (
            (r"([a-zA-Z][a-zA-Z0-9+.\-]{1,30}://[^\s:/@\"'\\]{0,256}:)[^\s@/\"'\\]{1,256}@", r"\1{}@"),
            (rf"(?i)(\"[\w.\-]{{0,64}}{_NAMES_OF_SECRETS}\"\s*:\s*\")(?:[^\"\\]|\\.)+", r"\1{}"),
            (rf"(?i)(\\\"[\w.\-]{{0,64}}{_NAMES_OF_SECRETS}\\\"\s*:\s*\\\")[^\"\\]+", r"\1{}"),
            (rf"(?i)(\"[\w.\-]{{0,64}}{_NAMES_OF_SECRETS}\"\s*:\s*)-?[0-9][0-9.eE+\-]*", r'\1"{}"'),
            (
                rf"(?i)((?:^|[^A-Za-z0-9])[\w.\-]{{0,64}}{_NAMES_OF_SECRETS}\s*=\s*)"
                r"(?:\"[^\"\\]+\"|'[^'\\]+'|\\\"[^\"\\]+\\\"|[^\s=&\"'<>,;\\{}()\[\]][^\s&\"'<>,;\\{}()\[\]]*)",
                r"\1{}",
            ),
            (r"(?i)((?:^|[^A-Za-z0-9])[\w.\-]{0,64}token=)[^\s=&\"'<>,;\\{}()\[\]]{8,}", r"\1{}"),
            (
                rf"(?i)((?:^|[^A-Za-z0-9]){_NAMES_OF_SECRETS}:\s+)"
                r"[^\s\"'\\,;{}\[\]]*[0-9!@#$%^&*+][^\s\"'\\,;{}\[\]]*",
                r"\1{}",
            ),
        ),
    ),
    Rule("card", kernels.HINT_CARD, ()),
    Rule(
        "email",
        kernels.HINT_EMAIL,
        (
            (
                _ESCAPE + r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}@"
                r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,62}[A-Za-z0-9])?(?:\.[A-Za-z0-9\-]{1,63})*\.[A-Za-z]{2,24}",
                r"\1{}",
            ),
        ),
    ),
)
CLEAN_WORDS = 4096
SEED = np.uint64(secrets.randbits(64))
RULE_NAMES = tuple(rule.name for rule in RULES)

_SENSITIVE_NAMES = frozenset(
    [
        "password",
        "passwd",
        "pwd",
        "passphrase",
        "secret",
        "client_secret",
        "api_key",
        "apikey",
        "api-key",
        "x-api-key",
        "access_key",
        "secret_key",
        "private_key",
        "access_token",
        "refresh_token",
        "auth_token",
        "id_token",
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "credentials",
    ]
)
_UNSAFE = frozenset('"\\\n\r\t')


def is_sensitive(key: str) -> bool:
    """Whether the name of an attribute says that its value is a secret (`db.password`, `http.request.header.authorization`)."""
    return key.rpartition(".")[2].lower() in _SENSITIVE_NAMES


def _prefix_words() -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.array([int.from_bytes(prefix.encode(), "little") for prefix in _PREFIXES], np.uint64)


def _classes() -> U8:
    """Class bits of every byte, for the kernels."""
    table = np.zeros(256, np.uint8)
    for c in range(256):
        text = chr(c)
        if c < 128 and text.isalnum():
            table[c] |= kernels.ALNUM
        if 0x2B <= c < 0x80 and text not in ",:<>":
            table[c] |= kernels.TOKEN_BYTE
        if "0" <= text <= "9":
            table[c] |= kernels.DIGIT
        if "0" <= text <= "9" or text in " -":
            table[c] |= kernels.SEPARATED_DIGIT
    return table


def _pairs() -> U8:
    """Which two bytes begin a prefix, by first × 256 + second."""
    table = np.zeros(1 << 16, np.uint8)
    for prefix in (*_PREFIXES, "eyJ"):
        table[(ord(prefix[0]) << 8) | ord(prefix[1])] = 1
    return table


class Redactor:
    """The rules of one configuration. Owned by one thread. Raises ConfigError for an unknown rule or a bad pattern."""

    def __init__(self, options: config.Redaction, counted: bool = True) -> None:
        """counted: False for a trial, which is no telemetry that was redacted."""
        unknown = [name for name in options.rules if name not in RULE_NAMES]
        if unknown:
            raise ConfigError(
                f"ingest.redaction.rules: {unknown[0]!r} is not a rule; there are {', '.join(RULE_NAMES)}"
            )
        if _UNSAFE & set(options.replacement) or any(ord(c) < 32 for c in options.replacement):
            raise ConfigError(
                "ingest.redaction.replacement may hold no quote, backslash or control character: it would break JSON"
            )
        self._enabled = options.enabled
        self._counted = counted
        self._replacement = options.replacement
        self._rules = [rule for rule in RULES if rule.name in options.rules]
        self._custom = [(name, _checked(name, pattern)) for name, pattern in options.custom.items()]
        self._prefixes = _prefix_words()
        self._classes = _classes()
        self._pairs = _pairs()
        self._clean: U64 = np.zeros(CLEAN_WORDS, np.uint64)
        self._pool_serial = -1
        self._pool_seen = 0
        self._pool: Strings | None = None
        self._pool_changed = False

    def marker(self, rule: str) -> str:
        """What stands where `rule` removed something."""
        return self._replacement.replace("{rule}", rule)

    def _count(self, rule: str, times: int) -> None:
        if self._counted:
            _REDACTIONS.labels(rule).inc(times)

    @property
    def enabled(self) -> bool:
        """Whether anything is removed at all."""
        return self._enabled

    def redact(self, strings: Strings, types: U8) -> Strings:
        """`strings` without secrets; the same object when there were none. types: TYPE_* of each; numbers are not looked at."""
        if not self._enabled or strings.data.size == 0:
            return strings
        flags = kernels.word_flags(strings.data)
        hints = kernels.hints(
            strings.offsets, types, strings.data, flags, self._prefixes, self._pairs, self._classes, self._clean, SEED
        )
        suspects = kernels.some(hints)
        if suspects.size:
            strings = self._builtin(strings, suspects, hints[suspects])
        for name, pattern in self._custom:
            rows = np.flatnonzero((types == TYPE_STRING) | (types == TYPE_ARRAY) | (types == TYPE_KVLIST))
            strings = self._replace(strings, rows, name, pattern, self.marker(name))
        return strings

    def blank(self, strings: Strings, rows: I64) -> Strings:
        """`strings` with these rows replaced whole: their keys name secrets."""
        self._count("password", rows.size)
        text = np.frombuffer((self.marker("password") * rows.size).encode(), np.uint8)
        offsets = np.arange(rows.size + 1, dtype=np.int64) * (text.size // rows.size)
        return Strings(*kernels.replace_rows(strings.offsets, strings.data, rows, offsets, text))

    def redact_pool(self, pool: Pool) -> Strings:
        """The pool's strings without secrets; only strings that are new since the last call are looked at."""
        if not self._enabled:
            return pool.strings
        size = pool.strings.offsets.size - 1
        if pool.serial != self._pool_serial:
            self._pool_serial, self._pool_seen, self._pool = pool.serial, 0, None
        if size > self._pool_seen or self._pool is None:
            self._pool = self._pool_from(pool.strings, size)
            self._pool_seen = size
        return self._pool

    def _pool_from(self, strings: Strings, size: int) -> Strings:
        old = self._pool_seen
        start = strings.offsets[old]
        fresh = Strings(strings.offsets[old:] - start, strings.data[start:])
        clean = self.redact(fresh, np.full(size - old, TYPE_STRING, np.uint8))
        known = self._pool
        untouched = known is None or not self._pool_changed
        if clean is fresh and untouched:
            self._pool_changed = False
            return strings
        self._pool_changed = True
        head = known if known is not None else Strings(strings.offsets[:1], strings.data[:0])
        offsets = np.concatenate((head.offsets[: old + 1], clean.offsets[1:] + head.offsets[old]))
        return Strings(offsets, np.concatenate((head.data[: head.offsets[old]], clean.data)))

    def _builtin(self, strings: Strings, suspects: I64, hints: U8) -> Strings:
        """suspects: rows with hints."""
        for rule in self._rules:
            rows = suspects[(hints & np.uint8(rule.hints)) != 0]
            if rows.size == 0:
                continue
            marker = self.marker(rule.name)
            if rule.name == "card":
                strings = self._cards(strings, rows, marker)
            for pattern, replacement in rule.patterns:
                strings = self._replace(strings, rows, rule.name, pattern, replacement.replace("{}", marker))
        return strings

    def _cards(self, strings: Strings, rows: I64, marker: str) -> Strings:
        starts, stops, bares = kernels.find_cards(rows, strings.offsets, strings.data, self._classes)
        if starts.size == 0:
            return strings
        self._count("card", starts.size)
        text = np.frombuffer(marker.encode(), np.uint8)
        quoted = np.frombuffer(f'"{marker}"'.encode(), np.uint8)
        return Strings(*kernels.splice(strings.offsets, strings.data, starts, stops, bares, text, quoted))

    def _replace(self, strings: Strings, rows: I64, rule: str, pattern: str, replacement: str) -> Strings:
        column = _arrow(strings).take(pa.array(rows))
        found = pc.count_substring_regex(column, pattern).to_numpy(zero_copy_only=False)
        hits = np.flatnonzero(found)
        if hits.size == 0:
            return strings
        self._count(rule, int(found.sum()))
        changed = pc.replace_substring_regex(column.take(pa.array(hits)), pattern, replacement)
        _, offsets, data = changed.buffers()
        other_offsets = np.frombuffer(offsets, np.int64)[changed.offset : changed.offset + len(changed) + 1]
        other_data = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
        return Strings(
            *kernels.replace_rows(strings.offsets, strings.data, rows[hits], other_offsets.copy(), other_data)
        )


def _arrow(strings: Strings) -> pa.LargeStringArray:
    return pa.LargeStringArray.from_buffers(
        strings.offsets.size - 1, pa.py_buffer(strings.offsets), pa.py_buffer(strings.data)
    )


def _checked(name: str, pattern: str) -> str:
    """The pattern of a custom rule, when RE2 takes it and it cannot match nothing."""
    try:
        empty = pc.match_substring_regex(pa.array([""]), pattern)[0].as_py()
    except pa.ArrowInvalid as e:
        raise ConfigError(
            f"ingest.redaction.custom.{name}: {pattern!r} is not a linear-time (RE2) expression: {e}; "
            "look-around and back-references are not possible"
        ) from e
    if empty:
        raise ConfigError(
            f"ingest.redaction.custom.{name}: {pattern!r} matches the empty text, so it would match everywhere"
        )
    return pattern
