"""What tokens cost: a table of list prices, overridden by the user's file, matched by model id.

Prices are US dollars per million tokens, which is thousands of nano-dollars per token. A model id is lower-cased, freed of
routing prefixes (`openai/`, `models/`, `us.anthropic.`) and matched to the longest name that it begins with, where what follows
says no more than which edition it is: a date, a revision, `latest`, `preview`. Anything else may be another model at another
price, so it has none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from swarmscope.config import Config
from swarmscope.errors import ConfigError, PluginError
from swarmscope.registry import BUILTIN, Kind, discover

_BEDROCK = re.compile(
    r"^(?:(?:us|eu|apac|us-gov|global)\.)?(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai)\."
)
_EDITION = re.compile(
    r"(?:[-@:_](?:\d{4}-\d\d-\d\d|\d\d-\d{4}|\d\d-\d\d|\d{3,8}|v\d+(?:\.\d+)*(?::\d+)?|latest|preview|exp|beta))*"
)
_REMEMBERED_MAX = 16_384
_MODELS_MAX = 10_000


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """US dollars per million tokens; `cached` where the vendor sells cache reads apart, else the input price holds."""

    input: float
    output: float
    cached: float | None = None


class PriceFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file of prices holds: the shipped one, and the user's."""

    models: dict[str, Price]
    as_of: str = ""
    sources: dict[str, str] = {}
    aliases: dict[str, str] = {}


class PriceTable:
    """A list of prices. A plug-in's wins over the built-in one, the user's file and settings win over both.

    models: price by model id, in US dollars per million tokens; aliases: other names of these models. as_of: the day of the
    list, as `2026-11-24`.

        class Contract(PriceTable):
            "What we agreed with our vendor."

            name = "contract"
            as_of = "2026-11-01"
            models = {"gpt-4o": Price(input=2.0, output=8.0, cached=1.0)}
    """

    name: str = ""
    as_of: str = ""
    models: Mapping[str, Price] = {}
    aliases: Mapping[str, str] = {}


class ListPrices(PriceTable):
    """The list prices of the vendors."""

    name = "list"

    def __init__(self) -> None:
        text = resources.files(__package__).joinpath("prices.toml").read_text(encoding="utf-8")
        file = _read(text, "prices.toml")
        self.models, self.aliases, self.as_of = file.models, file.aliases, file.as_of


def check(cls: type[PriceTable]) -> None:
    """PluginError: why a table of others cannot be used."""
    table = cls()
    if not 1 <= len(table.models) <= _MODELS_MAX or len(table.aliases) > _MODELS_MAX:
        raise PluginError(f"it needs 1 to {_MODELS_MAX} models, and as many aliases at most")
    for model, price in table.models.items():
        if not isinstance(model, str) or not isinstance(price, Price) or not _is_fair(price):
            raise PluginError(f"the price of {model!r} is no Price of [0, 1e6) dollars per million tokens: {price!r}")
    if lost := [a for a, model in table.aliases.items() if model not in table.models]:
        raise PluginError(f"its alias {lost[0]!r} names a model that it has no price for")


KIND = Kind("prices", PriceTable, "swarmscope.ingest.prices", check)


def tables(config: Config) -> list[PriceTable]:
    """All price tables that there are; a later one wins."""
    plugins = discover(KIND, config.plugins).plugins.values()
    return [p.cls() for p in sorted(plugins, key=lambda p: (p.origin != BUILTIN, p.name))]


class Prices:
    """Prices by model id. `path`: the user's file, whose entries win over the tables; "" for none. Raises ConfigError naming
    file and entry."""

    def __init__(self, path: str = "", tables: Sequence[PriceTable] | None = None) -> None:
        """tables: a later one wins; None: the list prices."""
        self._models: dict[str, Price] = {}
        self._aliases: dict[str, str] = {}
        for table in [ListPrices()] if tables is None else tables:
            self._add(table.models, table.aliases)
        if path:
            own = read_file(Path(path).expanduser())
            self._add(own.models, own.aliases)
            for name, model in own.aliases.items():
                if model.lower() not in self._models:
                    raise ConfigError(f"{path}: alias {name!r} names the model {model!r}, which has no price")
        self._filed = self._models
        self._remembered: dict[str, tuple[float, float, float]] = {}

    def _add(self, models: Mapping[str, Price], aliases: Mapping[str, str]) -> None:
        self._models |= {name.lower(): price for name, price in models.items()}
        self._aliases |= {name.lower(): model.lower() for name, model in aliases.items()}

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
            if name[:end] in self._models and _EDITION.fullmatch(name, end):
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


def _is_fair(price: Price) -> bool:
    return all(0 <= p < 1e6 for p in (price.input, price.output, price.cached or 0.0))


def read_file(path: Path) -> PriceFile:
    """The user's prices. ConfigError names file and entry."""
    try:
        return _read(path.read_text(encoding="utf-8"), str(path))
    except OSError as e:
        raise ConfigError(f"ingest.prices_file: cannot read {path}: {e.strerror}") from e


def _read(text: str, name: str) -> PriceFile:
    try:
        tree: dict[str, Any] = tomllib.loads(text)
        file = msgspec.convert(tree, PriceFile)
    except tomllib.TOMLDecodeError as e:
        raise ConfigError(f"{name} is not valid TOML: {e}") from e
    except msgspec.ValidationError as e:
        raise ConfigError(
            f'{name}: {e}; an entry looks like "my-model" = {{ input = 1.0, output = 2.0, cached = 0.5 }}'
        ) from e
    for model, price in file.models.items():
        if not _is_fair(price):
            raise ConfigError(f"{name}: the price of {model!r} must lie in [0, 1e6) dollars per million tokens")
    return file
