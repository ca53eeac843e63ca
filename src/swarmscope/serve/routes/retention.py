"""How long data is kept: what the configuration says, and what an admin set here."""

from __future__ import annotations

import threading
from typing import get_type_hints

import msgspec
from fastapi import Request, Response

from swarmscope.catalog.catalog import Catalog
from swarmscope.config import Config
from swarmscope.config import Retention as Times
from swarmscope.errors import ForbiddenError, InputError
from swarmscope.model.access import DEFAULT_TENANT
from swarmscope.serve import documents
from swarmscope.serve.documents import AsSeen
from swarmscope.serve.routes.common import CHANGED, Admin, Viewer, new_router
from swarmscope.serve.schemas.retention import Retention, RetentionChange, RetentionRule
from swarmscope.store import retention as store

router = new_router("retention")
SETTING = "retention"
_applying = threading.Lock()  # of two changes at once, the later is read last
# Kept beside what a setting names, to find it or to tell who sent it: they take room, and their rows are nobody's records.
_BESIDE = frozenset(
    {
        "spans_pending", "trace_minutes", "resources", "agent_events", "agents_seen", "edges_peer", "edges_parent",
        "log_templates", "series", "sample_windows", "exemplars",
    }
)  # fmt: skip
_LONGER = (
    ("spans_kept_days", "spans_days", "what is worth keeping is kept at least as long as all spans"),
    ("messages_days", "spans_kept_days", "spans without their messages tell half of it"),
    ("samples_hourly_days", "samples_days", "a coarser figure replaces a finer one, not the other way round"),
    ("samples_daily_days", "samples_hourly_days", "a coarser figure replaces a finer one, not the other way round"),
    ("cost_days", "spans_days", "costs are summed before their spans go"),
)


@router.get("/retention", response_model=Retention, summary="How long data is kept")
def get_retention(request: Request, response: Response, caller: Viewer) -> Retention:
    """Each setting, what goes by it, and (told to the first tenant alone, as tables are shared) what that takes on disk.

    `ETag` is of what was set here.
    """
    state = request.app.state
    stored = state.catalog.setting(DEFAULT_TENANT, SETTING)
    response.headers["ETag"] = documents.tag(stored)
    sizes = store.sizes(state.store) if caller.tenant == DEFAULT_TENANT else None
    configured = state.config.retention
    return Retention(items=_rules(_with(configured, _decoded(stored)), configured, sizes))


@router.put("/retention", response_model=Retention, summary="Keep data for another time", responses=CHANGED)
def put_retention(
    request: Request, response: Response, caller: Admin, body: RetentionChange, seen: AsSeen
) -> Retention:
    """In force at once and after every start; what is older then is removed for good. For admins of the first tenant."""
    if caller.tenant != DEFAULT_TENANT:
        raise ForbiddenError(f"retention holds for the whole install; only admins of tenant {DEFAULT_TENANT!r} set it")
    state = request.app.state
    for name in body.values:
        if name not in Times.__struct_fields__:
            raise InputError(f"there is no {name!r}; known: {', '.join(Times.__struct_fields__)}")

    def changed(stored: str | None) -> str | None:
        own = {name: value for name, value in _decoded(stored).items() if name not in body.values}
        own |= {name: value for name, value in body.values.items() if value is not None}
        _with(state.config.retention, own)
        return msgspec.json.encode(own).decode() if own else None

    documents.change(state.catalog, caller, SETTING, changed, seen, what="the retention", there=True)
    with _applying:
        state.retention = in_force(state.catalog, state.config)
        state.retain(state.retention)
    return get_retention(request, response, caller)


def in_force(catalog: Catalog, config: Config) -> Times:
    """What the configuration says, with what was set here."""
    return _with(config.retention, _decoded(catalog.setting(DEFAULT_TENANT, SETTING)))


def _decoded(stored: str | None) -> dict[str, float]:
    return msgspec.json.decode(stored, type=dict[str, float]) if stored else {}


def _with(times: Times, own: dict[str, float]) -> Times:
    """InputError: a value that cannot be."""
    try:
        whole = {name: int(value) if value == int(value) else value for name, value in own.items()}
        made = msgspec.convert(msgspec.to_builtins(times) | whole, Times)
    except (msgspec.ValidationError, ValueError, OverflowError) as e:
        raise InputError(f"retention: {e}") from e
    for longer, shorter, why in _LONGER:
        if own and getattr(made, longer) < getattr(made, shorter):
            raise InputError(
                f"{longer}={getattr(made, longer)} is less than {shorter}={getattr(made, shorter)}: {why}; change both"
            )
    return made


def _rules(times: Times, configured: Times, sizes: dict[str, store.Size] | None) -> list[RetentionRule]:
    hints = get_type_hints(Times, include_extras=True)
    found = []
    for name in Times.__struct_fields__:
        tables = store.tables_of(name)
        metas = hints[name].__metadata__
        days = name.endswith("_days")
        found.append(
            RetentionRule(
                name=name,
                about=next(m.description for m in reversed(metas) if m.description),
                value=getattr(times, name),
                configured=getattr(configured, name),
                source="configured" if getattr(times, name) == getattr(configured, name) else "set",
                unit="days" if days else "ratio",
                least=1 if days else 0,
                most=36_500 if days else 1,
                tables=tables,
                bytes=None if sizes is None else sum(sizes[t].bytes for t in tables if t in sizes),
                rows=None if sizes is None else sum(sizes[t].rows for t in tables if t in sizes and t not in _BESIDE),
            )
        )
    return found
