"""Read-only SQL."""

from __future__ import annotations

from fastapi import Request, Response

from swarmscope.query import sql
from swarmscope.serve.routes.common import Reads, Viewer, encoded, new_router
from swarmscope.serve.schemas.fleet import SqlQuery, SqlResult, SqlSchema

router = new_router("sql")

_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}


@router.post(
    "/sql",
    response_model=SqlResult,
    summary="Run a read-only query",
    responses={200: {"description": "the rows, in the format asked for", "content": {m: {} for m in _MEDIA.values()}}},
)
def run_sql(reads: Reads, body: SqlQuery) -> Response:
    """One SELECT over the tables of `/sql/schema`, seeing the caller's tenant only. Header `x-truncated` tells of a cut."""
    result = sql.run(reads, body.query, body.limit)
    if body.format == "json":
        return encoded(result.json())
    headers = {
        "x-truncated": str(result.truncated).lower(),
        "content-disposition": f"attachment; filename=rows.{body.format}",
    }
    return Response(result.encode(body.format), media_type=_MEDIA[body.format], headers=headers)


@router.get("/sql/schema", response_model=SqlSchema, summary="What SQL may name")
def sql_schema(request: Request, caller: Viewer) -> Response:
    """Tables with their columns, and the functions that may be called."""
    return encoded(sql.schema(request.app.state.store))
