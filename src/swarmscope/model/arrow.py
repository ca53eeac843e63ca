"""PyArrow without Pandas: `import swarmscope.model.arrow` before the first array is made.

The first `pyarrow.array` of a process looks whether Pandas is installed by importing all of it, which takes a third of a
second of processor time and tens of megabytes from every start, and nothing here reads its types. It is told that there is
none. Whoever asks for Pandas by name (`table.to_pandas()`, `import pandas` in a plug-in) gets it, then and there.
"""

from __future__ import annotations

import importlib.abc
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

import pyarrow as pa


class _Absent(importlib.abc.MetaPathFinder):
    """Says of Pandas that it is not installed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See MetaPathFinder."""
        if fullname == "pandas":
            raise ModuleNotFoundError("No module named 'pandas'", name=fullname)
        return None


def _ask_once() -> None:
    if "pandas" in sys.modules:
        return
    absent = _Absent()
    sys.meta_path.insert(0, absent)
    try:
        pa.array([0])  # PyArrow remembers the answer
    finally:
        sys.meta_path.remove(absent)


_ask_once()
