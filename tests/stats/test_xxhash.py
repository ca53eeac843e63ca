"""XXH64 as others compute it: the values are ClickHouse's `xxHash64`."""

from __future__ import annotations

import numpy as np
import pytest

from swarmscope.stats import xxhash
from swarmscope.stats.xxhash import xxh64

KNOWN = {
    0: 0xEF46DB3751D8E999, 1: 0x8A4127811B21E730, 3: 0x31D2363F52E564C9, 4: 0xB4D516AF63F9C743, 8: 0xD5474D6CA50DEF58,
    11: 0xC8FA06A29C820D02, 31: 0xC025B4C3C4880C7A, 32: 0x178AE25CEE6F7994, 33: 0x4072A28263E977EF,
    63: 0x47948108B5FF3162, 100: 0x3A7FDC0FEBF6F5DC, 1000: 0x958E6485B0AF5378,
}  # fmt: skip


def text(length: int) -> bytes:
    return bytes((i * 7 + length) % 256 for i in range(length))


def hashed(texts: list[bytes]) -> list[int]:
    offsets = np.cumsum([0, *map(len, texts)])
    return list(map(int, xxh64(np.frombuffer(b"".join(texts), np.uint8), offsets)))


def test_strings_of_every_length_hash_side_by_side() -> None:
    assert hashed([text(length) for length in KNOWN]) == list(KNOWN.values())
    assert np.bitwise_xor.reduce(np.array(hashed([text(i) for i in range(300)]), np.uint64)) == 14149466300820348083


def test_strings_that_do_not_fit_side_by_side_hash_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [text(length) for length in (8, 31, 1000, 63, 0, *range(200))]
    apart = [hashed([one])[0] for one in texts]
    monkeypatch.setattr(xxhash, "BLOCK_BYTES_MAX", 1 << 10)
    assert hashed(texts) == apart


def test_nothing_has_no_hash() -> None:
    assert hashed([]) == []
