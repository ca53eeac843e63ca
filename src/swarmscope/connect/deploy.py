"""Writes the generated files of `deploy/`: `python -m swarmscope.connect.deploy [FOLDER]` (default: deploy)."""

from __future__ import annotations

import sys
from pathlib import Path

from swarmscope.connect import grafana, kibana


def generated() -> dict[str, str]:
    """Every generated file by its path below `deploy/`."""
    out = {f"grafana/{name}": text for name, text in grafana.files().items()}
    return out | {"kibana/swarmscope.ndjson": kibana.ndjson()}


def write(folder: Path) -> None:
    """Write them all."""
    for name, text in generated().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "deploy"))
