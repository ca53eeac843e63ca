"""Dead letters: rows that the store refused for their content, looked at, driven again or given up.

A letter may hold rows of several tenants, so only admins of the default tenant, who run the install, may call these; the
sample shows rows of their own tenant only, and of the others the number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import asdict
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
from fastapi import Depends, Path, Query, Request, Response

from swarmscope.errors import ForbiddenError, StoreAwayError
from swarmscope.model.access import DEFAULT_TENANT, Principal
from swarmscope.model.journal import DeadLetter as Letter
from swarmscope.query.plain import plain
from swarmscope.query.times import moment
from swarmscope.serve.routes.common import NOT_FOUND, Admin, new_router
from swarmscope.serve.schemas.dead_letters import DeadLetter, DeadLetters, DeadRows, Redriven

WAIT_S = 30.0
TEXT_MAX = 500
ITEMS_MAX = 50

router = new_router("dead letters")
Name = Annotated[str, Path(description="name of the letter", max_length=128)]


async def operator(caller: Admin) -> Principal:
    """An admin of the default tenant. ForbiddenError: of another."""
    if caller.tenant != DEFAULT_TENANT:
        raise ForbiddenError(f"dead letters are for admins of the {DEFAULT_TENANT} tenant, not of {caller.tenant!r}")
    return caller


Operator = Annotated[Principal, Depends(operator)]


@router.get("/dead-letters", response_model=DeadLetters, summary="Rows that the store refused")
def list_dead_letters(request: Request, caller: Operator) -> DeadLetters:
    """Oldest first, each with the store's reason."""
    return DeadLetters(items=[_shown(letter) for letter in request.app.state.writer.dead_letters()])


@router.get("/dead-letters/{name}", response_model=DeadRows, summary="One dead letter", responses=NOT_FOUND)
def dead_letter(
    request: Request,
    name: Name,
    caller: Operator,
    limit: Annotated[int, Query(description="rows at most", ge=0, le=100)] = 10,
) -> DeadRows:
    """Its reason, its rows per tenant, and the first rows of the caller's own; long texts and lists are cut."""
    letter, rows = request.app.state.writer.dead_rows(name)
    counts = pc.value_counts(rows["tenant"].cast(pa.string())).to_pylist()
    mine = rows.filter(pc.equal(rows["tenant"].cast(pa.string()), caller.tenant)).slice(0, limit)
    return DeadRows(
        letter=_shown(letter),
        tenants={c["values"]: c["counts"] for c in counts},
        rows=sample(mine),
    )


@router.post(
    "/dead-letters/{name}/redrive",
    response_model=Redriven,
    summary="Store a dead letter again",
    responses={**NOT_FOUND, 409: {"description": "the store refuses its rows still; the letter stays"}},
)
async def redrive(request: Request, name: Name, caller: Operator) -> Redriven:
    """Once the cause is gone. Stored rows are stored once, however often this is called; the letter is then forgotten."""
    rows = await _settled(request.app.state.writer.redrive(name))
    await asyncio.to_thread(request.app.state.catalog.audit, caller, "dead_letter.redrive", name, f"rows={rows}")
    return Redriven(rows=rows)


@router.delete(
    "/dead-letters/{name}",
    status_code=204,
    response_class=Response,
    summary="Give a dead letter up",
    responses=NOT_FOUND,
)
async def drop(request: Request, name: Name, caller: Operator) -> Response:
    """Its rows are gone for good."""
    rows = await _settled(request.app.state.writer.drop(name))
    await asyncio.to_thread(request.app.state.catalog.audit, caller, "dead_letter.drop", name, f"rows={rows}")
    return Response(status_code=204)


async def _settled(future: Future[int]) -> int:
    """The rows. StoreAwayError: the writer did not come to it in time, and it will not happen later."""
    try:
        async with asyncio.timeout(WAIT_S):
            return await asyncio.wrap_future(future)
    except TimeoutError as e:
        raise StoreAwayError(
            f"the writer did not come to it within {WAIT_S:.0f} s; see its reasons under /api/v1/health"
        ) from e


def _shown(letter: Letter) -> DeadLetter:
    fields = asdict(letter)
    return DeadLetter(time=moment(fields.pop("time_ns")), **fields)


def sample(rows: pa.Table) -> list[dict[str, Any]]:
    """Rows ready for JSON, long texts and lists cut."""
    columns = {name: plain(rows[name]) for name in rows.column_names}
    return [{name: _cut(values[i]) for name, values in columns.items()} for i in range(rows.num_rows)]


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= TEXT_MAX else f"{value[:TEXT_MAX]}… ({len(value)} characters)"
    if isinstance(value, dict):
        return {_cut(k): _cut(v) for k, v in list(value.items())[:ITEMS_MAX]}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_cut(v) for v in value[:ITEMS_MAX]]
    return value
