"""Passwords that cost next to nothing: a hash as it is kept in earnest takes a tenth of a second and 64 MiB, by intent."""

from __future__ import annotations

from argon2 import PasswordHasher

from swarmscope.catalog.catalog import Catalog


def quick_hashes(catalog: Catalog) -> None:
    """The users of `catalog` get hashes of the same kind with the least work in them."""
    catalog.users._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
