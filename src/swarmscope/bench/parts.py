"""What lies in a stopped store, by table: `python -m swarmscope.bench.parts DATA_DIR` prints it as JSON.

A process of its own, because the embedded store admits one and takes 300 MB.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson

QUERY = (
    "SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, max(parts) AS parts_max FROM ("
    "SELECT table, partition, sum(rows) AS rows, sum(bytes_on_disk) AS bytes_on_disk, count() AS parts "
    "FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table, partition) GROUP BY table ORDER BY table"
)


def of(data_dir: Path) -> dict[str, dict[str, int]]:
    """table → rows, bytes, parts_max (most active parts of one partition) of a store that no server has open."""
    command = [sys.executable, "-m", "swarmscope.bench.parts", str(data_dir)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=300)
    if done.returncode:
        raise RuntimeError(f"the store of {data_dir} cannot be read: {done.stderr.decode(errors='replace')[-500:]}")
    found: dict[str, dict[str, int]] = orjson.loads(done.stdout.splitlines()[-1])
    return found


def _read(data_dir: str) -> dict[str, Any]:
    from swarmscope.config import load
    from swarmscope.store import open_store

    store = open_store(load(environ={}, overrides={"storage": {"data_dir": data_dir}}))
    try:
        rows = store.query(QUERY).to_pylist()
    finally:
        store.close()
    return {
        r["table"]: {"rows": int(r["rows"]), "bytes": int(r["bytes"]), "parts_max": int(r["parts_max"])} for r in rows
    }


if __name__ == "__main__":
    sys.stdout.write(orjson.dumps(_read(sys.argv[1])).decode() + "\n")
