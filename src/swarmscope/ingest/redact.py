"""Secrets and personal data are removed before anything is stored.

`Redactor.redact` takes a column of strings and gives it back, replaced where a rule matches. A compiled prefilter
(`kernels.redact`) sees every byte and finds the few strings worth a regular expression; those go to RE2, which is linear in
the text whatever the pattern is, and works on whole columns. Replacing keeps JSON valid: a rule never takes a quote, half
an escape, or leaves bare text where a number stood.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

import numpy as np

from swarmscope import config, telemetry
from swarmscope.errors import ConfigError, PluginError
from swarmscope.ingest import limits
from swarmscope.ingest.columns import I64, TYPE_ARRAY, TYPE_KVLIST, TYPE_STRING, U8, U64, Pool, Strings
from swarmscope.ingest.kernels import redact as kernels
from swarmscope.ingest.rules.api_key import PREFIXES
from swarmscope.ingest.rules.base import BYTE_CLASSES, UNSAFE, Rule, check_pattern

_REDACTIONS = telemetry.counter("swarmscope_ingest_redactions_total", "Secrets and personal data removed", ("rule",))

CLEAN_WORDS = 4096
SEED = np.uint64(secrets.randbits(64))

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


def is_sensitive(key: str) -> bool:
    """Whether the name of an attribute says that its value is a secret (`db.password`, `http.request.header.authorization`)."""
    return key.rpartition(".")[2].lower() in _SENSITIVE_NAMES


def _prefix_words() -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.array([int.from_bytes(prefix.encode(), "little") for prefix in PREFIXES], np.uint64)


def _pairs() -> U8:
    """Which two bytes begin a prefix, by first × 256 + second."""
    table = np.zeros(1 << 16, np.uint8)
    for prefix in (*PREFIXES, "eyJ"):
        table[(ord(prefix[0]) << 8) | ord(prefix[1])] = 1
    return table


class Redactor:
    """The rules of one configuration. Owned by one thread. Raises ConfigError for an unknown rule or a bad pattern.

    rules: those that there are, by name: `rules.found` of the configuration. Of the built-in ones those apply that the
    options name, of others' all.
    """

    def __init__(self, options: config.Redaction, rules: Mapping[str, Rule], counted: bool = True) -> None:
        """counted: False for a trial, which is no telemetry that was redacted."""
        builtin = [name for name, rule in rules.items() if rule.hints]
        unknown = [name for name in options.rules if name not in builtin]
        if unknown:
            raise ConfigError(f"ingest.redaction.rules: {unknown[0]!r} is not a rule; there are {', '.join(builtin)}")
        if UNSAFE & set(options.replacement) or any(ord(c) < 32 for c in options.replacement):
            raise ConfigError(
                "ingest.redaction.replacement may hold no quote, backslash or control character: it would break JSON"
            )
        self._enabled = options.enabled
        self._counted = counted
        self._replacement = options.replacement
        self._rules = [rule for rule in rules.values() if rule.hints and rule.name in options.rules]
        self._own = [rule for rule in rules.values() if not rule.hints]
        self._own += [_custom(name, pattern) for name, pattern in options.custom.items()]
        self._prefixes = _prefix_words()
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
            strings.offsets, types, strings.data, flags, self._prefixes, self._pairs, BYTE_CLASSES, self._clean, SEED
        )
        suspects = kernels.some(hints)
        if suspects.size:
            words = hints[suspects]
            for rule in self._rules:
                called = (words & np.uint8(rule.hints)) != 0
                strings = self._apply(rule, strings, suspects[called], words[called])
        if self._own:
            texts = (types == TYPE_STRING) | (types == TYPE_ARRAY) | (types == TYPE_KVLIST)
            for rule in self._own:
                rows = _holding(strings, rule.literals) if rule.literals else np.arange(texts.size)
                strings = self._apply(rule, strings, rows[texts[rows]])
        return strings

    def _apply(self, rule: Rule, strings: Strings, rows: I64, hints: U8 | None = None) -> Strings:
        if rows.size == 0:
            return strings
        strings, times = rule.apply(strings, rows, self.marker(rule.name), hints)
        if times:
            self._count(rule.name, times)
        return strings

    def blank(self, strings: Strings, rows: I64) -> Strings:
        """`strings` with these rows replaced whole: their keys name secrets."""
        self._count("password", rows.size)
        text = np.frombuffer((self.marker("password") * rows.size).encode(), np.uint8)
        offsets = np.arange(rows.size + 1, dtype=np.int64) * (text.size // rows.size)
        return Strings(*kernels.replace_rows(strings.offsets, strings.data, rows, offsets, text))

    def redact_pool(self, pool: Pool, bytes_max: int) -> Strings:
        """The pool's strings without secrets, and cut at `bytes_max` (the same in every call); only strings that are new since
        the last call are looked at."""
        size = pool.strings.offsets.size - 1
        if pool.serial != self._pool_serial:
            self._pool_serial, self._pool_seen, self._pool = pool.serial, 0, None
        if size > self._pool_seen or self._pool is None:
            self._pool = self._pool_from(pool.strings, size, bytes_max)
            self._pool_seen = size
        return self._pool

    def _pool_from(self, strings: Strings, size: int, bytes_max: int) -> Strings:
        old = self._pool_seen
        start = strings.offsets[old]
        fresh = Strings(strings.offsets[old:] - start, strings.data[start:])
        clean = limits.short_texts(self.redact(fresh, np.full(size - old, TYPE_STRING, np.uint8)), bytes_max)
        known = self._pool
        untouched = known is None or not self._pool_changed
        if clean is fresh and untouched:
            self._pool_changed = False
            return strings
        self._pool_changed = True
        head = known if known is not None else Strings(strings.offsets[:1], strings.data[:0])
        offsets = np.concatenate((head.offsets[: old + 1], clean.offsets[1:] + head.offsets[old]))
        return Strings(offsets, np.concatenate((head.data[: head.offsets[old]], clean.data)))


def _holding(strings: Strings, literals: Sequence[str]) -> I64:
    """Rows that hold one of the literals, found at the speed of memory: they are meant to be rare."""
    data, ends = strings.data.tobytes(), strings.offsets
    rows: set[int] = set()
    for literal in literals:
        needle = literal.encode()
        at = data.find(needle)
        while at >= 0:
            row = int(np.searchsorted(ends, at, side="right")) - 1
            stop = int(ends[row + 1])
            inside = at + len(needle) <= stop  # or half of it stands in the next string
            if inside:
                rows.add(row)
            at = data.find(needle, stop if inside else at + 1)
    return np.array(sorted(rows), np.int64)


def _custom(name: str, pattern: str) -> Rule:
    """A rule of the configuration. ConfigError: RE2 does not take its pattern, or it matches nothing."""
    try:
        check_pattern(pattern)
    except PluginError as e:
        raise ConfigError(f"ingest.redaction.custom.{name}: {e}") from e
    rule = Rule()
    rule.name, rule.patterns = name, ((pattern, "{}"),)
    return rule
