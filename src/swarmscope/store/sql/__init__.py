"""The statements of the jobs, one `.sql` file each."""

from __future__ import annotations

from importlib import resources


def statement(name: str) -> str:
    """The text of `<name>.sql`, without comments."""
    text = resources.files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
