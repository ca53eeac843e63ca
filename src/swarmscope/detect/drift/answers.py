"""Drift of answers and questions, call by call: models that change behind the same name, and inputs that change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Meta
from numpy.typing import NDArray

from swarmscope.detect import base
from swarmscope.model.finding import Finding
from swarmscope.query.drift import SYSTEM_KEYS
from swarmscope.stats.change import KEEP, Streams

FEATURES = ("input tokens", "output tokens", "latency", "latency per token", "failures")
OUTPUTS = frozenset(FEATURES[1:])
READ = (
    "start_time", "duration_ns", "session", "agent", "service", "model", "input_tokens", "output_tokens", "status_code",
    "resource_id", "message_key", "message_hash",
)  # fmt: skip
LLM = pa.array(["chat", "text_completion", "generate_content"])
STREAMS_MAX = 1_000
BETWEEN = "\x1f"  # a NUL at the end of a text would be lost in an array
ROUNDS_MAX = 64  # values of one stream that are taken from a batch
RESOURCES_MAX = 100_000
SESSIONS_MAX = 200_000
NEWEST = 30  # values that a change is told by
SHARE_NEW, SHARE_OLD = 0.6, 0.2
_DATE = re.compile(r"[-@]?(\d{4}-?\d{2}-?\d{2}|\d{4})$")


@dataclass(slots=True)
class _Seen:
    """Streams of one tenant: number by (service, model without its date), what lay behind each value."""

    streams: Streams
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    behind: list[list[tuple[str, str, str, str]]] = field(
        default_factory=list
    )  # model, version, prompt, agent; newest last
    sessions: dict[str, None] = field(default_factory=dict)
    versions: dict[int, str] = field(default_factory=dict)


class AnswerDrift(base.EventDetector):
    """Answers, or questions, that are no longer distributed as they were: model drift and data drift.

    Of every session the first model call is followed, per service and model: its input tokens, output tokens, latency, latency
    per token and whether it failed. Conformal martingales bet that newer values rank among the older ones as any others do;
    no distribution is assumed, and slow, sudden and shape-only changes are all found. Input alone is `data_drift`, anything
    else `model_drift`. What the newest values have in common (the dated model, `service.version`, the system prompt) and
    older ones had not, is named as what brought it.

        [plugins.options.detector.answer_drift]
        alarm_calls = 20000

    On LLMDrift (GPT-3.5 and GPT-4, March against June 2023): `python -m swarmscope.bench.evaluate.drift DIR`.

    Sources: Vovk et al., COPA 2021 (conformal test martingales); Chen, Zaharia & Zou, HDSR 2024 (LLMDrift).
    """

    name: ClassVar[str] = "answer_drift"
    family: ClassVar[str] = "drift"
    kinds: ClassVar[tuple[str, ...]] = ("model_drift", "data_drift")
    tables: ClassVar[tuple[str, ...]] = ("spans", "resources")

    class Options(base.Options, frozen=True, forbid_unknown_fields=True):
        """alarm_calls: values per false alarm of a stream. change_min: relative change that matters."""

        alarm_calls: Annotated[
            float,
            Meta(ge=100, le=1e9, description="values per false alarm of a stream", extra={"sensitive": (1e6, 1000)}),
        ] = 10_000.0
        change_min: Annotated[
            float, Meta(ge=0, le=10, description="relative change that matters", extra={"sensitive": (0.3, 0.02)})
        ] = 0.1

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self._seen = _Seen(Streams(len(FEATURES), self.options.alarm_calls))

    def judge(self, seen: base.Events) -> Sequence[Finding]:
        """Alarms of a batch."""
        self._learn_versions(seen.tables.get("resources"))
        rows = self._first_calls(seen.tables.get("spans"))
        if rows is None or not rows.num_rows:
            return ()
        which, values, behind = self._streamed(rows)
        ends = (
            pc.cast(rows["start_time"], pa.int64()).to_numpy() + rows["duration_ns"].to_numpy().astype(np.int64)
        ).tolist()
        found = []
        for places in _rounds(which):
            for w, place in zip(which[places].tolist(), places.tolist(), strict=True):
                kept = self._seen.behind[w]
                kept.append(behind[place])
                del kept[:-KEEP]
            alarmed = self._seen.streams.take(which[places], values[places])
            for i in np.flatnonzero(alarmed).tolist():
                finding = self._finding(seen.tenant, int(which[places[i]]), ends[int(places[i])])
                self._seen.streams.forget(which[places[i : i + 1]])
                self._seen.behind[int(which[places[i]])].clear()
                if finding is not None:
                    found.append(finding)
        return found

    def _learn_versions(self, table: pa.Table | None) -> None:
        if table is None or not table.num_rows:
            return
        versions = self._seen.versions
        for number, attributes in zip(table["resource_id"].to_pylist(), table["attributes"].to_pylist(), strict=True):
            versions.pop(number, None)  # told again every hour while it is used: what is not goes first
            versions[number] = dict(attributes).get("service.version", "")
        for old in list(versions)[: max(0, len(versions) - RESOURCES_MAX)]:
            del versions[old]

    def _first_calls(self, table: pa.Table | None) -> pa.Table | None:
        """The first model call of each session that was not seen yet."""
        if table is None or not table.num_rows:
            return None
        called = pc.and_(pc.is_in(pc.cast(table["operation"], pa.string()), LLM), pc.not_equal(table["agent"], ""))
        rows = table.select(READ).filter(called).sort_by("start_time")
        sessions = rows["session"].to_pylist()
        known, places = self._seen.sessions, []
        for place, session in enumerate(sessions):
            if session and session not in known:
                known[session] = None
                places.append(place)
        for old in list(known)[: max(0, len(known) - SESSIONS_MAX)]:
            del known[old]
        return rows.take(pa.array(places, pa.int64()))

    def _streamed(
        self, rows: pa.Table
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], list[tuple[str, str, str, str]]]:
        seen = self._seen
        models = pc.cast(rows["model"], pa.string()).to_pylist()
        services = pc.cast(rows["service"], pa.string()).to_pylist()
        which = np.full(len(models), -1, np.int64)
        for place, key in enumerate(zip(services, (_DATE.sub("", m) for m in models), strict=True)):
            if key not in seen.numbers and len(seen.numbers) < STREAMS_MAX:
                seen.numbers[key] = len(seen.numbers)
                seen.behind.append([])
            which[place] = seen.numbers.get(key, -1)
        seen.streams.grow(len(seen.numbers))
        tokens = [np.maximum(rows[c].to_numpy().astype(np.float64), 0) for c in ("input_tokens", "output_tokens")]
        seconds = np.maximum(rows["duration_ns"].to_numpy().astype(np.float64) * 1e-9, 1e-6)
        failed = rows["status_code"].to_numpy() == 2
        gone = np.where(failed, np.nan, 1.0)
        some = np.where(tokens[1] > 0, gone, np.nan)
        values = np.stack(
            (np.where(tokens[0] > 0, np.log1p(tokens[0]), np.nan), np.log1p(tokens[1]) * some, np.log(seconds) * gone,
             np.log(seconds / np.maximum(tokens[1], 1)) * some, failed.astype(np.float64)), 1,
        ).astype(np.float32)  # fmt: skip
        versions = [seen.versions.get(r, "") for r in rows["resource_id"].to_pylist()]
        behind = list(zip(models, versions, _prompts(rows), rows["agent"].to_pylist(), strict=True))
        return which, values, behind

    def _finding(self, tenant: str, which: int, end_ns: int) -> Finding | None:
        streams = self._seen.streams
        service, model = next(k for k, v in self._seen.numbers.items() if v == which)
        level = streams.level[which]
        newest = min(NEWEST, streams.onset(which))
        now, before = streams.means(which, newest)
        changed = [i for i in np.argsort(-level).tolist() if level[i] >= max(level) ** 0.5]
        change = [
            float(now[i] - before[i]) if FEATURES[i] == "failures" else float(np.expm1(now[i] - before[i]))
            for i in changed
        ]
        worst = max(range(len(changed)), key=lambda k: abs(change[k]))
        if not abs(change[worst]) >= self.options.change_min:
            return None
        kind = "model_drift" if any(FEATURES[i] in OUTPUTS for i in changed) else "data_drift"
        cause, new, old, agents = self._cause(which, newest)
        said = ", ".join(f"{FEATURES[i]} {c:+.0%}" for i, c in zip(changed, change, strict=True))
        by = (
            f"; with it came {cause} {new} (before: {old or 'none'})"
            if cause
            else "; neither version nor prompt changed"
        )
        p = 1 / float(max(level))
        return Finding(
            tenant=tenant, detector=self.name, version=self.version, kind=kind, severity="medium", subject_kind="model",
            subject=f"{service}/{model}" if service else model, window_start_ns=end_ns, window_end_ns=end_ns,
            title=f"{model} of {service or 'all services'}: {said}", score=float(np.log10(max(level))), confidence=1 - p,
            signal=FEATURES[changed[worst]].replace(" ", "_"), observed=change[worst], expected=0.0,
            explanation=f"The newest {newest} first calls of sessions are unlike those before: {said}{by}.",
            recommendation="ask the same questions again and compare; pin the model's version; look at what is asked",
            features=tuple((FEATURES[i], round(abs(c), 4)) for i, c in zip(changed, change, strict=True)), participants=agents,
            labels={"attribution": cause, "new": new, "old": old},
        )  # fmt: skip

    def _cause(self, which: int, newest: int) -> tuple[str, str, str, tuple[str, ...]]:
        """What most of the newest values have and few older ones had: field, value, the value before, agents that have it."""
        kept = self._seen.behind[which]
        late, early = kept[-newest:], kept[:-newest] or kept[:1]
        for place, cause in enumerate(("gen_ai.response.model", "service.version", "prompt")):
            value, count = Counter(b[place] for b in late).most_common(1)[0]
            was = sum(b[place] == value for b in early) / len(early)
            if value and count / len(late) >= SHARE_NEW and was <= SHARE_OLD:
                old = Counter(b[place] for b in early).most_common(1)[0][0]
                return cause, value, old, tuple(dict.fromkeys(b[3] for b in late if b[place] == value))
        return "", "", "", ()

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Purses and past of all streams."""
        keys = [f"{s}{BETWEEN}{m}" for s, m in self._seen.numbers]
        return {"keys": np.array(keys, np.str_), **self._seen.streams.snapshot()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take up a snapshot."""
        keys = [tuple(k.split(BETWEEN, 1)) for k in state["keys"].tolist()]
        self._seen.numbers = {(k[0], k[1]): i for i, k in enumerate(keys)}
        self._seen.behind = [[] for _ in keys]
        self._seen.streams.restore({k: v for k, v in state.items() if k != "keys"})


def _rounds(which: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Places such that no stream occurs twice in one of them, in their order; at most ROUNDS_MAX."""
    order = np.argsort(which, kind="stable")
    order = order[which[order] >= 0]
    if not len(order):
        return []
    starts = np.searchsorted(which[order], which[order], "left")
    turn = np.arange(len(order)) - starts
    return [order[turn == t] for t in range(min(int(turn.max()) + 1, ROUNDS_MAX))]


def _prompts(rows: pa.Table) -> list[str]:
    """Hash of the system prompt of each row, empty where it tells none."""
    keys = rows["message_key"].combine_chunks()
    lengths = np.diff(keys.offsets.to_numpy())
    theirs = pc.is_in(keys.flatten(), pa.array(list(SYSTEM_KEYS), pa.string())).to_numpy(zero_copy_only=False)
    where = np.flatnonzero(theirs)
    hashes = rows["message_hash"].combine_chunks().flatten().to_numpy()
    out = [""] * rows.num_rows
    owners = np.repeat(np.arange(rows.num_rows), lengths)[where]
    for row, found in zip(owners[::-1].tolist(), hashes[where][::-1].tolist(), strict=True):  # the first of a row stays
        out[row] = f"{found:016x}" if found else ""
    return out
