"""What tokens cost: a table of list prices, overridden by the user's file, matched by model id.

Prices are US dollars per million tokens, which is thousands of nano-dollars per token. A model id is lower-cased, freed of
routing prefixes (`openai/`, `models/`, `us.anthropic.`) and matched to the longest name that it begins with, up to a `-`,
`@`, `:` or `_`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from swarmscope.errors import ConfigError

_BEDROCK = re.compile(
    r"^(?:(?:us|eu|apac|us-gov|global)\.)?(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai)\."
)
_REMEMBERED_MAX = 16_384


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """US dollars per million tokens; `cached` where the vendor sells cache reads apart, else the input price holds."""

    input: float
    output: float
    cached: float | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    models: dict[str, Price]
    as_of: str = ""
    sources: dict[str, str] = {}
    aliases: dict[str, str] = {}


class Prices:
    """Prices by model id. `path`: the user's file, whose entries win; "" for none. Raises ConfigError naming file and entry."""

    def __init__(self, path: str = "") -> None:
        built_in = resources.files(__package__).joinpath("prices.toml").read_text(encoding="utf-8")
        self._models = _read(built_in, "prices.toml").models
        self._aliases: dict[str, str] = {}
        if path:
            own = _read_file(Path(path).expanduser())
            self._models = self._models | {name.lower(): price for name, price in own.models.items()}
            self._aliases = {name.lower(): model.lower() for name, model in own.aliases.items()}
            for name, model in self._aliases.items():
                if model not in self._models:
                    raise ConfigError(f"{path}: alias {name!r} names the model {model!r}, which has no price")
        self._filed = self._models
        self._remembered: dict[str, tuple[float, float, float]] = {}

    def override(self, own: Mapping[str, Price]) -> None:
        """From now on these prices win over table and file; those given before are forgotten. Any thread."""
        self._models = self._filed | {name.lower(): price for name, price in own.items()}
        self._remembered = {}

    def price(self, model: str) -> Price | None:
        """The price of a model id; None when no name fits."""
        return self._models.get(self.entry(model))

    def entry(self, model: str) -> str:
        """The name in the table that a model id is priced by; empty when none fits."""
        name = model.lower().rpartition("/")[2]
        name = _BEDROCK.sub("", name)
        name = self._aliases.get(model.lower(), self._aliases.get(name, name))
        end = len(name)
        while end > 0:
            if name[:end] in self._models:
                return name[:end]
            end = max(name.rfind(c, 0, end) for c in "-@:_")
        return ""

    def rates(self, models: list[str]) -> NDArray[np.float64]:
        """models × (input, cached input, output) in nano-dollars per token; zeros where the model is not known."""
        out = np.zeros((len(models), 3))
        remembered = self._remembered
        for row, model in enumerate(models):
            rate = remembered.get(model)
            if rate is None:
                if len(remembered) >= _REMEMBERED_MAX:
                    remembered.clear()
                price = self.price(model) if model else None
                rate = _rate(price) if price else (0.0, 0.0, 0.0)
                remembered[model] = rate
            out[row] = rate
        return out


def _rate(price: Price) -> tuple[float, float, float]:
    cached = price.input if price.cached is None else price.cached
    return price.input * 1000, cached * 1000, price.output * 1000


def _read_file(path: Path) -> _File:
    try:
        return _read(path.read_text(encoding="utf-8"), str(path))
    except OSError as e:
        raise ConfigError(f"ingest.prices_file: cannot read {path}: {e.strerror}") from e


def _read(text: str, name: str) -> _File:
    try:
        tree: dict[str, Any] = tomllib.loads(text)
        file = msgspec.convert(tree, _File)
    except tomllib.TOMLDecodeError as e:
        raise ConfigError(f"{name} is not valid TOML: {e}") from e
    except msgspec.ValidationError as e:
        raise ConfigError(
            f'{name}: {e}; an entry looks like "my-model" = {{ input = 1.0, output = 2.0, cached = 0.5 }}'
        ) from e
    for model, price in file.models.items():
        if not all(0 <= p < 1e6 for p in (price.input, price.output, price.cached or 0.0)):
            raise ConfigError(f"{name}: the price of {model!r} must lie in [0, 1e6) dollars per million tokens")
    return file
