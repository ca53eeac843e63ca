"""Content codings: what goes in comes out, damage and bombs are refused."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import cramjam
import lz4.frame
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from swarmscope.errors import DecodeError, LimitError
from swarmscope.ingest.receivers.compression import CODINGS, decompress

snappy: Any = cramjam.snappy
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "identity": lambda b: b,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "zlib": zlib.compress,
    "zstd": zstandard.compress,
    "lz4": lz4.frame.compress,
    "snappy": lambda b: bytes(snappy.compress_raw(b)),
    "x-snappy-framed": lambda b: bytes(snappy.compress(b)),
}


@given(st.sampled_from(sorted(CODINGS)), st.binary(max_size=3000))
def test_what_was_encoded_is_decoded(coding: str, body: bytes) -> None:
    assert decompress(coding, ENCODERS[coding](body), 3000) == body


@given(st.sampled_from(["gzip", "deflate", "zstd", "lz4", "snappy"]), st.binary(min_size=1, max_size=500), st.data())
def test_a_truncated_body_is_refused(coding: str, body: bytes, data: st.DataObject) -> None:
    encoded = ENCODERS[coding](body)
    part = encoded[: data.draw(st.integers(0, len(encoded) - 1))]
    with pytest.raises(DecodeError):
        decompress(coding, part, 1000)


def test_several_gzip_members_and_zstd_frames_are_one_body() -> None:
    assert decompress("gzip", gzip.compress(b"a") + gzip.compress(b"b"), 2) == b"ab"
    assert decompress("zstd", zstandard.compress(b"a") + zstandard.compress(b"b"), 2) == b"ab"

    assert decompress("lz4", lz4.frame.compress(b"a") + lz4.frame.compress(b"b"), 2) == b"ab"


@pytest.mark.parametrize(
    ("coding", "empty"), [("gzip", gzip.compress(b"", mtime=0)), ("lz4", lz4.frame.compress(b""))], ids=("gzip", "lz4")
)
def test_a_body_of_nothing_but_parts_is_refused(coding: str, empty: bytes) -> None:
    assert decompress(coding, empty * 64, 10) == b""
    with pytest.raises(DecodeError, match="more than 64 parts"):
        decompress(coding, empty * 65, 10)


def test_snappy_is_read_as_a_block_and_framed() -> None:
    """Collectors mean the framed format by it, unless their gate `confighttp.framedSnappy` is open."""
    body = bytes(range(256)) * 1000
    assert decompress("snappy", bytes(snappy.compress_raw(body)), len(body)) == body
    assert decompress("snappy", bytes(snappy.compress(body)), len(body)) == body
    with pytest.raises(DecodeError, match="too early"):
        decompress("snappy", bytes(snappy.compress(body))[:-1], len(body))


def test_a_snappy_stream_of_nothing_but_chunks_is_refused() -> None:
    stream = bytes(snappy.compress(b"a"))
    with pytest.raises(DecodeError, match="chunks"):
        decompress("x-snappy-framed", stream + b"\xfe\x00\x00\x00" * 70_000, 1000)


def test_raw_deflate_is_read_too() -> None:
    assert decompress("deflate", zlib.compress(b"hello")[2:-4], 100) == b"hello"


def test_a_zstd_checksum_and_skippable_frame_are_read() -> None:
    frame = zstandard.ZstdCompressor(write_checksum=True).compress(b"hello")
    assert decompress("zstd", b"\x50\x2a\x4d\x18\x03\x00\x00\x00xyz" + frame, 100) == b"hello"


@pytest.mark.parametrize("coding", sorted(set(CODINGS) - {"identity"}))
def test_garbage_is_refused(coding: str) -> None:
    with pytest.raises(DecodeError, match="not valid"):
        decompress(coding, b"this is no compressed body", 1000)


@pytest.mark.parametrize("coding", sorted(CODINGS))
def test_a_bomb_is_refused_before_it_is_unpacked(coding: str) -> None:
    bomb = ENCODERS[coding](bytes(64 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(LimitError, match="message_max_bytes"):
            decompress(coding, bomb, 1 << 20)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_a_zstd_frame_with_a_huge_window_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, compression_level=1, write_content_size=False)
    encoder = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(DecodeError):
        decompress("zstd", encoder.compress(b"x" * 1000) + encoder.flush(), 1 << 20)
