"""The signs that attacks are known by, read from `signs.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def signs() -> dict[str, Any]:
    """Sections `sqli`, `web` and `prompts`: patterns as RE2 text, alternatives joined; `prompts.signs` as (weight, pattern),
    `prompts.needs` as what a text must have before a costly pattern is tried."""
    raw = tomllib.loads(resources.files(__package__).joinpath("signs.toml").read_text(encoding="utf-8"))
    sqli: dict[str, Any] = {k: _joined(v) for k, v in raw["sqli"].items() if k != "families"}
    sqli["families"] = {name: _joined(parts) for name, parts in raw["sqli"]["families"].items()}
    secret = raw["prompts"]["secret"]
    prompts = {
        name: (float(s["weight"]), _joined(s["any"]).replace("<secret>", secret))
        for name, s in raw["prompts"]["signs"].items()
    }
    needs = {name: tuple(s["needs"]) for name, s in raw["prompts"]["signs"].items() if "needs" in s}
    return {
        "sqli": sqli,
        "web": {k: _joined(v) for k, v in raw["web"].items()},
        "prompts": {"hints": _joined(raw["prompts"]["hints"]), "signs": prompts, "needs": needs},
    }


def _joined(parts: list[str]) -> str:
    return "|".join(f"(?:{part})" for part in parts)
