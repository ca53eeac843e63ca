"""The role of every attribute key, by pool id, and the vocabulary of operations and providers.

`Roles` follows a scanner's pool: a key gets its role when it is first seen, so a batch with known keys costs one pass that
finds nothing new. `Words` remembers what raw values of translated keys mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarmscope.ingest.columns import Attributes, Pool, Strings
from swarmscope.ingest.kernels import picks
from swarmscope.ingest.kernels import promote as k
from swarmscope.ingest.redact import is_sensitive
from swarmscope.model.semantics import KEY_SLOT, KEYS, SLOTS, TRANSLATIONS, is_content, translate

# slot columns in the order of the kernel
_COLUMNS = (
    "agent agent_name session workflow peer_agent operation provider model tool "
    "input_tokens output_tokens cached_tokens reasoning_tokens cost_nano_usd ttft_ns total_tokens pending"
)
_COLUMN = {name: number for number, name in enumerate(_COLUMNS.split())}
_NUMBER = {key: number for number, key in enumerate(KEYS)}
_TRANSLATED_COLUMNS = {KEY_SLOT[key].column for key in TRANSLATIONS}

# what a resource may say for everything below it, best key first
RESOURCE_COLUMNS: tuple[tuple[str, ...], ...] = (
    ("swarmscope.agent.id", "gen_ai.agent.id"),
    ("swarmscope.agent.name", "gen_ai.agent.name"),
    ("swarmscope.session.id", "session.id"),
    ("swarmscope.workflow.id",),
    ("service.name",),
)
RESOURCE_AGENT, RESOURCE_AGENT_NAME, RESOURCE_SESSION, RESOURCE_WORKFLOW, RESOURCE_SERVICE = range(5)

_AGENT_KEYS = tuple(key for slot in SLOTS if slot.column in ("agent", "agent_name") for key in slot.keys)
_SESSION_KEYS = tuple(key for slot in SLOTS if slot.column == "session" for key in slot.keys)

# columns that logs promote; agent events; the agent label of a series
LOG_COLUMNS: tuple[tuple[str, ...], ...] = (_AGENT_KEYS, _SESSION_KEYS)
AGENT_EVENT_COLUMNS: tuple[tuple[str, ...], ...] = (
    ("swarmscope.agent.id", "gen_ai.agent.id"),
    ("swarmscope.agent.name", "gen_ai.agent.name"),
    ("swarmscope.agent.kind",),
    ("swarmscope.agent.model", "gen_ai.request.model"),
    ("swarmscope.agent.version", "gen_ai.agent.version"),
    ("swarmscope.agent.status",),
    ("swarmscope.agent.capabilities",),
)
METRIC_COLUMNS: tuple[tuple[str, ...], ...] = ((*_AGENT_KEYS, "agent"),)


def _key_tables() -> k.Keys:
    """Slot, rank, kind and scale of every known key, for the kernel."""
    slot = np.empty(len(KEYS), np.uint8)
    rank = np.empty(len(KEYS), np.uint8)
    kind = np.empty(len(KEYS), np.uint8)
    scale = np.ones(len(KEYS), np.int64)
    seen: dict[str, int] = {}
    for number, key in enumerate(KEYS):
        of = KEY_SLOT[key]
        slot[number] = _COLUMN[of.column]
        rank[number] = seen.get(of.column, 0)
        seen[of.column] = rank[number] + 1
        kind[number] = _kind(of.column, of.letter)
        scale[number] = of.scale or 1
    return k.Keys(slot, rank, kind, scale)


def _kind(column: str, letter: str) -> int:
    if column in _TRANSLATED_COLUMNS:
        return k.KIND_WORD
    if column == "total_tokens":
        return k.KIND_TOTAL
    return {"s": k.KIND_TEXT, "i": k.KIND_COUNT, "d": k.KIND_SCALED, "b": k.KIND_FLAG}[letter]


KEY_TABLES = _key_tables()


def span_role(key: str) -> int:
    """Role of a key on a span."""
    if key in _NUMBER:
        return _NUMBER[key] + 1
    if key == "traceloop.entity.name":
        return k.ROLE_ENTITY
    if is_sensitive(key):
        return k.ROLE_SENSITIVE
    return k.ROLE_CONTENT if is_content(key) else k.ROLE_PLAIN


def event_role(key: str) -> int:
    """Role of a key on an event of a span."""
    if is_sensitive(key):
        return k.ROLE_SENSITIVE
    return k.ROLE_CONTENT if is_content(key, event=True) else k.ROLE_PLAIN


FEW_STRINGS = 256


class ColumnRoles:
    """Roles for `kernels.pick`: column × 64 + rank + 1 for the keys of the columns, 0 for the rest."""

    def __init__(self, columns: tuple[tuple[str, ...], ...]) -> None:
        self._of = {key: c * 64 + rank + 1 for c, keys in enumerate(columns) for rank, key in enumerate(keys)}

    def __call__(self, key: str) -> int:
        """Role of a key; a key that names a secret is -2."""
        return self._of.get(key, k.ROLE_SECRET if is_sensitive(key) else 0)


class Roles:
    """Roles by pool id of one pool, kept up to date by `update`. secret: some key names a secret."""

    def __init__(self, role_of: Any) -> None:
        self._role_of = role_of
        self._serial = -1
        self.role = np.empty(0, np.int16)
        self.number = np.empty(0, np.int16)
        self.secret = False
        self._named = 0

    def update(self, pool: Pool, attributes: Attributes) -> None:
        """Give roles to the keys of `attributes` that have none yet."""
        size = pool.strings.offsets.size - 1
        if pool.serial != self._serial:
            self._serial = pool.serial
            self.role = np.empty(0, np.int16)
            self.number = np.empty(0, np.int16)
            self.secret = False
            self._named = 0
        if self.role.size < size:
            capacity = max(size, 2 * self.role.size, 1024)
            self.role = _grown(self.role, capacity, k.ROLE_UNKNOWN)
            self.number = _grown(self.number, capacity, -1)
        # few new strings: name them all, and until there are more no batch needs a look at its keys
        if size - self._named <= FEW_STRINGS:
            fresh = range(self._named, size)
            self._named = size
        else:
            fresh = picks.unknown_keys(attributes.key, self.role).tolist()
        for i in fresh:
            self._name(pool.strings, i)

    def _name(self, strings: Strings, i: int) -> None:
        key = strings.data[strings.offsets[i] : strings.offsets[i + 1]].tobytes().decode()
        self.role[i] = self._role_of(key)
        self.number[i] = _NUMBER.get(key, -1)
        self.secret = self.secret or self.role[i] in (k.ROLE_SENSITIVE, k.ROLE_SECRET)


def _grown(array: NDArray[np.int16], size: int, fill: int) -> NDArray[np.int16]:
    out = np.full(size, fill, np.int16)
    out[: array.size] = array
    return out


class Words:
    """Raw values of the translated keys (operation, provider) → numbers of canonical values. Bounded: starts anew when full."""

    def __init__(self) -> None:
        self.table = _empty_words()
        self.reset()

    def reset(self) -> None:
        """Forget everything but the two operations that the kernel asks for."""
        self.table = _empty_words()
        self.resolved = 0
        self.canonical: dict[str, dict[str, int]] = {
            "operation": {"": 0, "invoke_agent": 1, "execute_tool": 2},
            "provider": {"": 0},
        }

    AGENT = 1
    TOOL = 2

    @property
    def full(self) -> bool:
        """Whether new words may not fit any more."""
        count = int(self.table.used[0])
        return count >= k.WORDS_MAX or int(self.table.offsets[count]) > k.WORD_BYTES_MAX // 2

    def resolve(self) -> bool:
        """Give meanings to words that the kernel added; whether there were any (then its columns must be made again)."""
        table = self.table
        fresh = range(self.resolved, int(table.used[0]))
        for i in fresh:
            key = KEYS[table.keys[i]]
            raw = table.texts[table.offsets[i] : table.offsets[i + 1]].tobytes().decode()
            canonical, reversible = translate(key, raw)
            numbers = self.canonical[KEY_SLOT[key].column]
            table.meaning[i] = numbers.setdefault(canonical, len(numbers))
            table.reversible[i] = reversible
        self.resolved = fresh.stop
        return bool(fresh)


def _empty_words() -> k.Words:
    return k.Words(
        np.full(4 * k.WORDS_MAX, -1, np.int32),
        np.zeros(k.WORDS_MAX, np.uint64),
        np.zeros(k.WORDS_MAX, np.int16),
        np.zeros(k.WORDS_MAX + 1, np.int32),
        np.zeros(k.WORD_BYTES_MAX, np.uint8),
        np.zeros(1, np.int64),
        np.zeros(k.WORDS_MAX, np.int32),
        np.zeros(k.WORDS_MAX, np.uint8),
    )


class PromotedNames:
    """Bit pairs of the kernel → `promoted` text; remembered, bounded."""

    def __init__(self) -> None:
        self._of: dict[tuple[int, int], str] = {}

    def __call__(self, pairs: NDArray[np.uint64]) -> list[str]:
        """Comma-joined keys of each (low, high) pair."""
        if len(self._of) > 65_536:
            self._of.clear()
        out = []
        for low, high in pairs.tolist():
            text = self._of.get((low, high))
            if text is None:
                bits = low | high << 64
                text = ",".join(key for number, key in enumerate(KEYS) if bits >> number & 1)
                self._of[low, high] = text
            out.append(text)
        return out
