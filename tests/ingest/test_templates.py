"""Log templates: the key of a line against its masked words, Drain, and the miner's bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.ingest.columns import Strings
from swarmscope.ingest.drain import ANY, LEAF_MAX, Drain, mask, number_of
from swarmscope.ingest.kernels import templates as kernels
from swarmscope.ingest.shared import Tenants
from swarmscope.ingest.templates import MISSES_BURST, Miner

NOW_NS = 1_700_000_000_000_000_000
piece = st.sampled_from(
    ["a", "bc", "1", "a1", "/a/b", "/", ":", "::", "=", " ", "  ", "\t", "(", "'", "ü", "longer-word-of-text"]
)
line = st.lists(piece, max_size=10).map("".join)


def column(lines: list[bytes]) -> Strings:
    offsets = np.concatenate(([0], np.cumsum([len(v) for v in lines]))).astype(np.int64)
    return Strings(offsets, np.frombuffer(b"".join(lines), np.uint8).copy())


def keys_of(lines: list[bytes]) -> list[int]:
    texts, n = column(lines), len(lines)
    ids, keys, table = np.empty(n, np.uint64), np.empty(n, np.uint64), np.zeros((64, 2), np.uint64)
    rows, zero = np.arange(n, dtype=np.int32), np.zeros(n, np.int32)
    kernels.find(rows, texts.offsets, texts.data, zero, np.array([7], np.uint64), kernels.KINDS, table, ids, keys)
    found: list[int] = keys.tolist()
    return found


@settings(deadline=None, max_examples=200)
@given(st.lists(line, min_size=2, max_size=12))
def test_lines_have_one_key_when_their_masked_words_are_the_same(lines: list[str]) -> None:
    raw = [one.encode() for one in lines if one]
    words = {key: mask(one) for one, key in zip(raw, keys_of(raw), strict=True)} if raw else {}
    assert len({tuple(w) for w in words.values()}) == len(words)
    assert len(set(words)) == len({tuple(mask(one)) for one in raw})


def test_what_varies_is_masked() -> None:
    assert mask(b"user=u17 from 10.0.0.5:6379 took 3.2ms (retry 4) /var/lib/x done") == [
        "user=<*>", "from", ANY, "took", ANY, "(retry", "<*>)", ANY, "done",
    ]  # fmt: skip
    assert mask(b"a:b ok") == ["a:b", "ok"]


def test_long_lines_are_cut_alike() -> None:
    long, longer = b"w " * 64, b"w " * 64 + b"x"
    assert mask(long) == mask(longer)
    assert len(set(keys_of([long, longer]))) == 1
    bytes_ = b"x" * (kernels.LINE_BYTES_MAX + 9)
    assert len(set(keys_of([bytes_, bytes_ + b"y"]))) == 1


def test_drain_widens_what_differs_and_keeps_the_id() -> None:
    drain = Drain()
    first, is_new = drain.add(mask(b"the user alice logged in from web"))
    again, is_new_again = drain.add(mask(b"the user bob logged in from web"))
    assert (is_new, is_new_again, first is again) == (True, False, True)
    assert first.text == "the user <*> logged in from web"
    assert first.number == number_of(mask(b"the user alice logged in from web"))
    other, _ = drain.add(mask(b"the user alice was thrown out again"))
    assert other.number != first.number


def test_drain_holds_its_limit_and_leaves_go() -> None:
    drain = Drain(limit=10)
    for i in range(200):
        drain.add(["start", "".join(chr(97 + int(c)) for c in str(i)), *"abcdef"])
    assert len(drain.templates) == 10
    assert sum(len(leaf) for leaf in drain._leaves.values()) == 10
    crowded = Drain()
    for i in range(LEAF_MAX + 20):
        crowded.add(["one", "leaf", *(f"{chr(97 + i % 26)}{chr(97 + i // 26)}{c}" for c in "abcdef")])
    assert len(crowded.templates) == LEAF_MAX


def mined(
    miner: Miner, lines: list[bytes], tenants: list[str], of: list[int] | None = None, now_ns: int = NOW_NS
) -> Any:
    seeds = np.arange(2 * len(tenants), dtype=np.uint64).reshape(-1, 2) + np.uint64(11)
    rows = np.array([i if one else -1 for i, one in enumerate(lines)], np.int32)
    facts = Tenants(tenants, np.zeros(1, np.int32), seeds)
    return miner.run(column(lines), rows, np.array(of or [0] * len(lines), np.int32), facts, now_ns)


def test_a_template_is_stated_until_it_is_durable_and_again_when_it_widens_or_a_day_begins() -> None:
    miner = Miner()
    first = mined(miner, [b"job alpha has begun now 1", b"", b"job alpha has begun now 2"], ["t"])
    assert first.ids[0] == first.ids[2] != 0
    assert first.ids[1] == 0
    assert first.table["text"].to_pylist() == ["job alpha has begun now <*>"]
    refused = mined(miner, [b"job alpha has begun now 3"], ["t"])
    assert refused.table is not None
    refused.durable()
    assert mined(miner, [b"job alpha has begun now 3"], ["t"]).table is None
    wider = mined(miner, [b"job alpha has ended now 3"], ["t"])
    assert wider.ids[0] == first.ids[0]
    assert wider.table["text"].to_pylist() == ["job alpha has <*> now <*>"]
    wider.durable()
    assert mined(miner, [b"job alpha has ended now 4"], ["t"]).table is None
    assert mined(miner, [b"job alpha has ended now 4"], ["t"], now_ns=NOW_NS + 86_400 * 10**9).table is not None


def test_tenants_see_their_own_templates_only() -> None:
    miner = Miner()
    both = mined(miner, [b"alpha beta gamma delta one", b"alpha beta gamma delta two"], ["a", "b"], [0, 1])
    assert both.table["text"].to_pylist() == ["alpha beta gamma delta one", "alpha beta gamma delta two"]
    assert both.table["tenant"].to_pylist() == ["a", "b"]
    assert mined(miner, [b"nothing new here"], ["c"]).table["tenant"].to_pylist() == ["c"]


def test_too_many_new_kinds_at_once_are_left_and_met_later() -> None:
    now = [0.0]
    miner = Miner(lambda: now[0])
    miner._allowance = 3.0
    lines = [b"kind " + bytes([97 + i]) * 3 for i in range(5)]
    assert np.count_nonzero(mined(miner, lines, ["t"]).ids) == 3
    now[0] = 1.0
    assert np.count_nonzero(mined(miner, lines, ["t"]).ids) == 5
    now[0] = 1e6
    mined(miner, [b"kind last"], ["t"])
    assert miner._allowance == MISSES_BURST - 1
