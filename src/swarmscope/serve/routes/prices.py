"""The price table: what is shipped, what the configuration's file adds, and what an admin set here."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from fastapi import Request, Response

from swarmscope.catalog.catalog import Catalog
from swarmscope.errors import ForbiddenError, QueryError
from swarmscope.ingest.intake import Intake
from swarmscope.ingest.prices import ListPrices, read_file, tables
from swarmscope.ingest.prices import Price as Rate
from swarmscope.ingest.prices import Prices as Table
from swarmscope.model.access import DEFAULT_TENANT, Principal
from swarmscope.serve import documents
from swarmscope.serve.documents import Seen
from swarmscope.serve.schemas.fleet import Price, Prices, PriceUpdate

SETTING = "prices"
_applying = threading.Lock()  # of two changes at once, the later is read last
_KNOWN_S = 5.0
_UNMOVED = ("embeddings", "rerank", "retrieval")


def get(request: Request, response: Response) -> Prices:
    """All prices by model; of several for one model, the one that holds. The response gets the tag of those that were set."""
    state = request.app.state
    found: dict[str, Price] = {}
    for table in tables(state.config):
        found |= _shown(table.models, "shipped" if isinstance(table, ListPrices) else "plugin")
    if state.config.ingest.prices_file:
        found |= _shown(read_file(Path(state.config.ingest.prices_file).expanduser()).models, "file")
    stored = state.catalog.setting(DEFAULT_TENANT, SETTING)
    response.headers["ETag"] = documents.tag(stored)
    for own in msgspec.json.decode(stored) if stored else []:
        found[own["model"]] = Price(**own, source="set")
    return Prices(prices=sorted(found.values(), key=lambda p: p.model))


def put(request: Request, response: Response, caller: Principal, body: PriceUpdate, seen: Seen) -> Prices:
    """Replace the prices that were set here. ForbiddenError: another tenant than the first. ChangedError: not those `seen`."""
    if caller.tenant != DEFAULT_TENANT:
        raise ForbiddenError(f"prices hold for the whole install; only admins of tenant {DEFAULT_TENANT!r} set them")
    state = request.app.state
    own = msgspec.json.encode([p.model_dump() for p in body.prices]).decode()
    documents.change(state.catalog, caller, SETTING, lambda _: own, seen, what="the prices", there=True)
    apply(state.catalog, state.intake)
    return get(request, response)


def apply(catalog: Catalog, intake: Intake) -> None:
    """Let the stored prices hold for what comes in from now on; also called at every start."""
    with _applying:
        intake.reprice(_own(catalog))


def judge(state: Any, rows: list[dict[str, Any]]) -> None:
    """Tell of rows of `cost.by`, one a model, which look free because no price is known: `priced` becomes False."""
    free = [r for r in rows if r["key"] and r["cost_usd"] == 0 and r["input_tokens"] + r["output_tokens"] > 0]
    table = _table(state) if free else None
    for row in free:
        row["priced"] = table is not None and table.price(row["key"]) is not None


def tell(state: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Leave in `unpriced` of rows, the models that cost nothing, those of which no price is known."""
    if not any(row["unpriced"] for row in rows):
        return
    table = _lately(state)
    known = {m: table.price(m) is not None for m in {m for row in rows for m in row["unpriced"]}}
    for row in rows:
        row["unpriced"] = [m for m in row["unpriced"] if not known[m]]


def _table(state: Any) -> Table:
    table = Table(state.config.ingest.prices_file, tables(state.config))
    table.override(_own(state.catalog))
    return table


def _lately(state: Any) -> Table:
    """The prices as they were a few seconds ago at most: lists are asked for too often to read them each time."""
    if state.price_table is None or time.monotonic() - state.price_table[0] > _KNOWN_S:
        state.price_table = time.monotonic(), _table(state)
    table: Table = state.price_table[1]
    return table


def what_if(state: Any, model: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Rows of `cost.by_model` at the price of `model`, in the shape of `WhatIf`. QueryError: no price for it.

    Embeddings and reranking stay as they are: no other model does them.
    """
    table = _table(state)
    rate = table.price(model)
    if rate is None:
        raise QueryError(f"there is no price for {model!r}; add one in Settings → Prices, or take a name of the table")
    items = [_what_if(row, rate) for row in rows]
    return {
        "model": model,
        "matched": table.entry(model),
        "input_usd": rate.input,
        "output_usd": rate.output,
        "cached_usd": rate.cached,
        "actual_usd": sum(i["actual_usd"] for i in items),
        "same_cache_usd": sum(i["actual_usd"] if i["same_cache_usd"] is None else i["same_cache_usd"] for i in items),
        "no_cache_usd": sum(i["actual_usd"] if i["no_cache_usd"] is None else i["no_cache_usd"] for i in items),
        "items": items,
    }


def _what_if(row: dict[str, Any], rate: Rate) -> dict[str, Any]:
    read, written = row["all_input_tokens"], row["all_output_tokens"]
    cached = min(row["all_cached_tokens"], read)
    cached_rate = rate.input if rate.cached is None else rate.cached
    moved = row["operation"] not in _UNMOVED
    out = written * rate.output
    return {
        "model": row["model"],
        "operation": row["operation"],
        "spans": row["spans"],
        "input_tokens": read,
        "cached_tokens": cached,
        "output_tokens": written,
        "actual_usd": row["all_cost_nano_usd"] / 1e9,
        "same_cache_usd": ((read - cached) * rate.input + cached * cached_rate + out) / 1e6 if moved else None,
        "no_cache_usd": (read * rate.input + out) / 1e6 if moved else None,
    }


def _own(catalog: Catalog) -> dict[str, Rate]:
    stored = catalog.setting(DEFAULT_TENANT, SETTING)
    own = msgspec.json.decode(stored) if stored else []
    return {p["model"]: Rate(p["input_usd"], p["output_usd"], p["cached_usd"]) for p in own}


def _shown(models: Mapping[str, Rate], source: Literal["shipped", "plugin", "file"]) -> dict[str, Price]:
    return {
        name.lower(): Price(
            model=name.lower(), input_usd=rate.input, output_usd=rate.output, cached_usd=rate.cached, source=source
        )
        for name, rate in models.items()
    }
