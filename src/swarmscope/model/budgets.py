"""Whose spending a budget bounds, and for how long: words that commands, calls and queries share."""

from __future__ import annotations

from typing import Literal

Scope = Literal["all", "team", "agent", "model", "service"]
Period = Literal["day", "week", "month"]
