"""The price table: what is shipped, what the configuration's file adds, and what an admin set here."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import msgspec
from fastapi import Request

from swarmscope.catalog.catalog import Catalog
from swarmscope.errors import ForbiddenError
from swarmscope.ingest.intake import Intake
from swarmscope.ingest.prices import Price as Rate
from swarmscope.model.access import DEFAULT_TENANT, Principal
from swarmscope.serve.schemas.fleet import Price, Prices, PriceUpdate

SETTING = "prices"


def get(request: Request) -> Prices:
    """All prices by model; of several for one model, the one that holds."""
    state = request.app.state
    found = _table(resources.files("swarmscope.ingest").joinpath("prices.toml").read_text(encoding="utf-8"), "shipped")
    if state.config.ingest.prices_file:
        path = Path(state.config.ingest.prices_file).expanduser()
        found |= _table(path.read_text(encoding="utf-8"), "file")
    stored = state.catalog.setting(DEFAULT_TENANT, SETTING)
    for own in msgspec.json.decode(stored) if stored else []:
        found[own["model"]] = Price(**own, source="set")
    return Prices(prices=sorted(found.values(), key=lambda p: p.model))


def put(request: Request, caller: Principal, body: PriceUpdate) -> Prices:
    """Replace the prices that were set here. ForbiddenError: another tenant than the first."""
    if caller.tenant != DEFAULT_TENANT:
        raise ForbiddenError(f"prices hold for the whole install; only admins of tenant {DEFAULT_TENANT!r} set them")
    state = request.app.state
    own = [p.model_dump() for p in body.prices]
    state.catalog.put_setting(caller, SETTING, msgspec.json.encode(own).decode())
    apply(state.catalog, state.intake)
    return get(request)


def apply(catalog: Catalog, intake: Intake) -> None:
    """Let the stored prices hold for what comes in from now on; also called at every start."""
    stored = catalog.setting(DEFAULT_TENANT, SETTING)
    own = msgspec.json.decode(stored) if stored else []
    intake.reprice({p["model"]: Rate(p["input_usd"], p["output_usd"], p["cached_usd"]) for p in own})


def _table(text: str, source: Literal["shipped", "file"]) -> dict[str, Price]:
    models: dict[str, dict[str, Any]] = tomllib.loads(text)["models"]
    return {
        name.lower(): Price(
            model=name.lower(),
            input_usd=price["input"],
            output_usd=price["output"],
            cached_usd=price.get("cached"),
            source=source,
        )
        for name, price in models.items()
    }
