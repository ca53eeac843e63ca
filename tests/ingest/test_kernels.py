"""The kernels under the pipeline, against plain Python."""

from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.ingest.columns import U8, Strings
from swarmscope.ingest.kernels import limits, text
from swarmscope.ingest.kernels.jit import kernel
from swarmscope.ingest.kernels.numbers import parse_scaled
from swarmscope.ingest.recent import Recent
from swarmscope.ingest.shared import Texts

relaxed = settings(deadline=None, max_examples=150)


def column(values: list[bytes]) -> Strings:
    offsets = np.concatenate(([0], np.cumsum([len(v) for v in values]))).astype(np.int64)
    return Strings(offsets, np.frombuffer(b"".join(values), np.uint8).copy())


small = st.lists(st.binary(max_size=20) | st.sampled_from([b"", b"a", b"agent-1", b"x" * 40]), min_size=1, max_size=12)


@relaxed
@given(small, small, st.data())
def test_gathered_and_interned_text_is_that_of_its_row(
    own: list[bytes], other: list[bytes], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.integers(-1 - len(other), len(own) - 1), max_size=40))
    want = [own[r] if r >= 0 else b"" if r == -1 else other[-2 - r] for r in rows]
    texts = Texts(column(own), column(other))
    picked = np.array(rows, np.int32)
    offsets, bytes_ = text.gather(
        picked, texts.values.offsets, texts.values.data, texts.fallback.offsets, texts.fallback.data
    )
    assert [bytes_[a:b].tobytes() for a, b in itertools.pairwise(offsets)] == want
    indices, uniques = text.intern(
        picked, texts.values.offsets, texts.values.data, texts.fallback.offsets, texts.fallback.data, np.uint64(7)
    )
    distinct = [own[r] if r >= 0 else b"" if r == -1 else other[-2 - r] for r in uniques.tolist()]
    assert distinct[0] == b""
    assert len(set(distinct)) == len(distinct)
    assert [distinct[i] for i in indices.tolist()] == want


@relaxed
@given(st.lists(st.integers(0, 9), max_size=30))
def test_pool_ids_become_dense(ids: list[int]) -> None:
    indices, uniques = text.densify(np.array(ids, np.int32), 10)
    assert [int(uniques[i]) for i in indices.tolist()] == ids
    assert len(set(uniques.tolist())) == uniques.size == len(set(ids))


@kernel
def _parse(data: U8, scale: int) -> tuple[int, bool]:
    return parse_scaled(data, np.int64(0), np.int64(data.size), np.int64(scale))


def parse(value: str, scale: int) -> tuple[int, bool]:
    number, exact = _parse(np.frombuffer(value.encode(), np.uint8), scale)
    return int(number), bool(exact)


@relaxed
@given(st.floats(0, 1e6) | st.decimals(0, 1000, places=9).map(float) | st.sampled_from([5e-324, 1e-9, 1e22, 1.5e-7]))
def test_a_decimal_is_exact_only_when_dividing_gives_it_back(value: float) -> None:
    number, exact = parse(repr(value), 10**9)
    if exact:
        assert number / 10**9 == value
    if number >= 0:
        assert math.isclose(number, value * 1e9, abs_tol=1.0, rel_tol=1e-12)


@pytest.mark.parametrize("bad", ["", "-1", "nan", "inf", "1e", "1e+", "1.2.3", "0x1", " 1", "1 ", "1e99999999", "."])
def test_what_is_no_number_is_none(bad: str) -> None:
    assert parse(bad, 10**9)[0] == -1


@relaxed
@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 5), max_size=60), st.lists(st.integers(0, 5), max_size=9))
def test_fresh_words_are_those_not_confirmed_each_once(words: list[int], known: list[int]) -> None:
    recent = Recent(1 << 10)
    recent.confirm(np.array(known, np.uint64))
    fresh = recent.fresh(np.array(words, np.uint64)).tolist()
    seen = {max(w, 1) for w in known}
    want = []
    for position, word in enumerate(words):
        if max(word, 1) not in seen:
            seen.add(max(word, 1))
            want.append(position)
    assert fresh == want


def test_a_full_cache_forgets_but_never_invents() -> None:
    recent = Recent(64)
    words = np.random.default_rng(1).integers(1, 2**63, 1000).astype(np.uint64)
    recent.confirm(words)
    other = np.random.default_rng(2).integers(1, 2**63, 1000).astype(np.uint64)
    assert recent.fresh(other).size == 1000
    assert recent.fresh(words[-8:]).size < 8
    recent.forget()
    assert recent.fresh(words[-8:]).size == 8


@relaxed
@given(st.lists(st.text(max_size=12), min_size=1, max_size=6), st.integers(1, 12))
def test_cut_text_stays_text(values: list[str], limit: int) -> None:
    strings = column([v.encode() for v in values])
    marker = np.frombuffer(b"!", np.uint8)
    offsets, data = limits.cut(strings.offsets, strings.data, limit, marker)
    for value, a, b in zip(values, offsets[:-1], offsets[1:], strict=True):
        got = data[a:b].tobytes().decode()
        if len(value.encode()) <= limit:
            assert got == value
        else:
            assert got.endswith("!")
            assert value.startswith(got[:-1])
            assert limit - 3 <= len(got.encode()) - 1 <= limit


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("how", [{"NUMBA_BOUNDSCHECK": "1"}, {"SWARMSCOPE_WIRE": "plain"}], ids=["checked", "plain"])
def test_no_kernel_leaves_its_arrays(how: dict[str, str]) -> None:
    """All tests of this room again: with every position checked, and by plain Python."""
    room = Path(__file__).parent
    tests = [str(file) for file in sorted(room.glob("test_*.py")) if file.name != "test_warm.py"]  # compares both ways
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
        env=os.environ | how,
        cwd=room.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
