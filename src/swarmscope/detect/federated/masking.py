"""Secure aggregation: each site hides its vector behind masks that cancel in the sum (Bonawitz et al. 2017, one round).

Each pair of sites agrees on a secret by Diffie–Hellman (RFC 3526 group 14); one adds the stream that grows from it, the other
takes it away. The coordinator sees vectors that look like chance, and their sum. It is trusted to pass keys on unchanged
(honest but curious); sites can compare `fingerprint` by another way. When a site is lost before it shares, the round fails and
is begun anew without it: with less than all vectors, nothing can be read.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
_PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AACAA68FFFFFFFFFFFFFFFF",
    16,
)
_BASE = 2
_SECRET_BITS = 320
KEY_CHARS_MAX = 512


class Site:
    """One site in one round: its key pair, used once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._secret = secrets.randbits(_SECRET_BITS) | 1 << (_SECRET_BITS - 1)

    @property
    def public(self) -> str:
        """What the others need, as hexadecimal text."""
        return f"{pow(_BASE, self._secret, _PRIME):x}"

    def masked(self, vector: U64, round_id: str, others: Mapping[str, str]) -> U64:
        """The vector behind one mask per other site (name → public key). ValueError: a key is none."""
        out = vector.copy()
        for name, key in others.items():
            if name == self.name:
                continue
            shared = pow(_element(name, key), self._secret, _PRIME)
            mask = _stream(shared, round_id, self.name, name, len(vector))
            out = out + mask if self.name < name else out - mask
        return out


def _element(name: str, key: str) -> int:
    try:
        value = int(key, 16) if len(key) <= KEY_CHARS_MAX else 0
    except ValueError:
        value = 0
    if not 1 < value < _PRIME - 1:
        raise ValueError(
            f"the key of site {name!r} is none: hexadecimal text between 2 and the prime of RFC 3526 group 14"
        )
    return value


def _stream(shared: int, round_id: str, one: str, other: str, count: int) -> U64:
    first, second = sorted((one, other))
    seed = b"\0".join((shared.to_bytes(256, "big"), round_id.encode(), first.encode(), second.encode()))
    return np.frombuffer(hashlib.shake_256(seed).digest(8 * count), "<u8").astype(np.uint64)


def fingerprint(keys: Mapping[str, str]) -> str:
    """A short text of all keys of a round: the same at every site unless somebody in between changed one."""
    words = "\n".join(f"{name}={key}" for name, key in sorted(keys.items()))
    return hashlib.sha256(words.encode()).hexdigest()[:16]
