"""Values of samples come back bit for bit, from new stores and from those that held floats before."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmscope.config import Storage
from swarmscope.store.embedded import EmbeddedStore
from swarmscope.store.migrate import known_migrations, migrate
from swarmscope.store.packing import RAW, Decimals
from tests.support.rows import rows

STALE = struct.unpack("<d", (0x7FF0000000000002).to_bytes(8, "little"))[0]
SPECIAL = [0.0, -0.0, 1.0, -1.5, 0.1, 0.1 + 0.2, 1e300, 5e-324, float("inf"), float("-inf"), float("nan"), STALE,
           2.0**53, 2.0**53 + 2, -(2.0**63), 123456.7891, 1e12 + 0.5, 99999999999.99]  # fmt: skip


def bits(values: np.ndarray) -> list[int]:
    return values.view(np.uint64).tolist()


def unpacked(mantissa: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    """What the column `value` of the table computes."""
    whole = mantissa / 10.0 ** exponent.clip(0, 12).astype(np.float64)
    return np.where(exponent == RAW, mantissa.view(np.float64), whole)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(width=64) | st.sampled_from(SPECIAL)), min_size=1), st.booleans()
)
def test_any_float_comes_back(samples: list[tuple[int, float]], decimals: bool) -> None:
    values = np.array([round(v, 3) if decimals and np.isfinite(v) else v for _, v in samples])
    packer = Decimals(2)
    for _ in range(2):
        mantissa, exponent = packer.pack(np.array([s for s, _ in samples], np.uint64), values)
        assert bits(unpacked(mantissa, exponent)) == bits(values)


def test_a_series_keeps_its_digits_once_it_needed_them() -> None:
    packer = Decimals()
    one = np.array([7], np.uint64)
    for value, digits in ((3.0, 0), (3.25, 2), (3.0, 2), (STALE, RAW), (4.5, 2), (1 / 3, RAW), (3.25, RAW)):
        _, exponent = packer.pack(one, np.array([value]))
        assert exponent.tolist() == [digits], value


def test_the_store_gives_back_every_bit(store: EmbeddedStore) -> None:
    sent = rows("samples", len(SPECIAL), tenant="bits")
    sent = sent.set_column(sent.schema.get_field_index("value"), "value", pa.array(SPECIAL))
    store.insert("samples", sent, "bits")
    found = store.query("SELECT reinterpretAsUInt64(value) AS bits FROM samples WHERE tenant = 'bits'")
    assert sorted(found["bits"].to_pylist()) == sorted(bits(np.array(SPECIAL)))
    every = store.query("SELECT * FROM samples WHERE tenant = 'bits'")
    assert "value" in every.column_names


@pytest.mark.parametrize("interrupted", [0, 5, 10])
def test_a_store_of_before_keeps_its_samples(tmp_path: Path, interrupted: int) -> None:
    code = f"from tests.store.test_packing import upgrade; upgrade({str(tmp_path)!r}, {interrupted})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]


def upgrade(folder: str, interrupted: int) -> None:
    """In a process of its own, as the engine opens one directory per process. interrupted: number of a migration, or 0."""
    old = [m for m in known_migrations() if m.number < 5]
    store = EmbeddedStore(Path(folder) / "store", Storage())
    migrate(store, migrations=old)
    listed = ", ".join(f"reinterpretAsFloat64(toUInt64({b}))" for b in bits(np.array(SPECIAL)))
    store.command(
        "INSERT INTO samples (tenant, received_at, series_id, time, value, batch_id) "
        "SELECT 'old', now(), '0123456789abcdef', toDateTime64('2026-01-02 03:04:05.678901', 9, 'UTC'), v, 3 "
        f"FROM (SELECT arrayJoin([{listed}]) AS v)"
    )
    if interrupted:  # a crash after the exchange, before the version was written
        migrate(store, migrations=[m for m in known_migrations() if m.number < interrupted])
        (moving,) = [m for m in known_migrations() if m.number == interrupted]
        for statement in moving.statements()[:4]:
            store.command(statement)
    migrate(store)
    found = store.query("SELECT reinterpretAsUInt64(value) AS bits, toUnixTimestamp64Milli(time) AS at FROM samples")
    assert sorted(found["bits"].to_pylist()) == sorted(bits(np.array(SPECIAL)))
    assert set(found["at"].to_pylist()) == {1767323045678}
    store.close()
