"""Federated learning: the coordinator's rounds, and this site's own values."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

import numpy as np
from fastapi import Path, Query, Response

from swarmscope.detect.federated.privacy import Privacy
from swarmscope.detect.federated.rounds import Rounds
from swarmscope.errors import InputError, QueryError
from swarmscope.query.times import parse_moment
from swarmscope.serve.routes.common import NOT_FOUND, Editor, Ingester, Reads, Viewer, encoded, listed, new_router
from swarmscope.serve.schemas.federated import (
    FederatedRound,
    FederatedRounds,
    FederatedValues,
    Joining,
    NewRound,
    Sharing,
)
from swarmscope.stats.pooled import Layout
from swarmscope.window import FRAME_BUCKETS, INDEX, FleetWindow

router = new_router("federated")
ROUNDS = Rounds()
ROWS_MAX = 200_000
RoundId = Annotated[str, Path(description="id of the round", max_length=64)]


@router.post("/federated/rounds", response_model=FederatedRound, status_code=201, summary="Begin a round")
def begin(body: NewRound, caller: Editor) -> dict[str, Any]:
    """Sites then join it by its id. It lasts an hour at most, and does not outlive a restart."""
    d = len(body.signals)
    if (body.clip is None) != (body.sigma is None):
        raise InputError("differential privacy needs both clip and sigma; give both or neither")
    try:
        layout = Layout(tuple(body.signals), tuple(body.centre or [0.0] * d), tuple(body.scale or [1.0] * d))
        privacy = None if body.clip is None or body.sigma is None else Privacy(body.clip, body.sigma)
    except ValueError as e:
        raise InputError(str(e)) from e
    return ROUNDS.begin(caller.tenant, body.name, layout, body.sites, privacy).json()


@router.get("/federated/rounds", response_model=FederatedRounds, summary="Rounds")
def list_rounds(caller: Viewer) -> dict[str, Any]:
    """Newest first."""
    return {"items": [r.json() for r in ROUNDS.all(caller.tenant)]}


@router.get("/federated/rounds/{round_id}", response_model=FederatedRound, summary="One round", responses=NOT_FOUND)
def get_round(round_id: RoundId, caller: Viewer) -> dict[str, Any]:
    """How it stands, and its model when it is done."""
    return ROUNDS.get(caller.tenant, round_id).json()


@router.post(
    "/federated/rounds/{round_id}/join", response_model=FederatedRound, summary="Take part", responses=NOT_FOUND
)
def join(round_id: RoundId, body: Joining, caller: Ingester) -> dict[str, Any]:
    """The same call again changes nothing and tells how the round stands: a key that may only send is enough for a site."""
    return ROUNDS.join(caller.tenant, round_id, body.site, body.key).json()


@router.post("/federated/rounds/{round_id}/share", response_model=FederatedRound, summary="Share", responses=NOT_FOUND)
def share(round_id: RoundId, body: Sharing, caller: Ingester) -> dict[str, Any]:
    """A site's masked vector; with the last one the model is made."""
    try:
        raw = base64.b64decode(body.vector, validate=True)
        vector = np.frombuffer(raw, "<u8").astype(np.uint64)
    except (binascii.Error, ValueError) as e:
        raise InputError(f"the vector of site {body.site!r} is not base64 of 64-bit numbers: {e}") from e
    return ROUNDS.share(caller.tenant, round_id, body.site, vector).json()


@router.get("/federated/values", response_model=FederatedValues, summary="This site's own rows")
def own_values(
    reads: Reads,
    signals: Annotated[str, Query(description="comma-separated", max_length=2048)],
    end: Annotated[str, Query(description="RFC 3339, Unix time or relative", max_length=64)] = "now",
) -> Response:
    """What `swarmscope federate join` sums up here before anything leaves: the last ten minutes of the fleet."""
    names = list(listed(signals))
    if unknown := [s for s in names if s not in INDEX]:
        raise QueryError(f"signal {unknown[0][:64]!r} is not known; there are {', '.join(INDEX)}")
    if not names:
        raise QueryError(f"signals is empty; name some of {', '.join(INDEX)}")
    window = FleetWindow(reads)
    window.refresh(parse_moment(end, "end"))
    panel = window.panel()
    x = panel.x[FRAME_BUCKETS - 1 :: FRAME_BUCKETS][:, [INDEX[s] for s in names]]
    rows = x.transpose(0, 2, 1).reshape(-1, len(names))
    whole = rows[np.isfinite(rows).all(1)][:ROWS_MAX].astype(np.float64)
    return encoded({"signals": names, "rows": whole.tolist()})
