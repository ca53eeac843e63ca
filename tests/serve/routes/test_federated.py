"""Federated rounds and own values over REST; apart by tenant and role."""

from __future__ import annotations

import base64
import time
from typing import Any

import numpy as np
import pytest

from swarmscope.detect.federated.masking import Site
from swarmscope.model.access import Role
from swarmscope.stats.pooled import Layout, pooled, summed
from tests.serve.routes.conftest import fill

ROUNDS = "/api/v1/federated/rounds"
BODY = {"name": "normal", "signals": ["latency_mean"], "sites": 2}


def test_a_round_from_its_beginning_to_its_model(api: Any) -> None:
    assert api.call("POST", ROUNDS, role=Role.VIEWER, json=BODY).status_code == 403
    made = api.call("POST", ROUNDS, role=Role.EDITOR, json=BODY).json()
    path, layout = f"{ROUNDS}/{made['id']}", Layout(("latency_mean",), (0.0,), (1.0,))
    rows = {"a": np.arange(10.0)[:, None], "b": np.arange(5.0)[:, None] * 2}
    sites = {name: Site(name) for name in rows}
    for name, site in sites.items():
        assert (
            api.call("POST", f"{path}/join", role=Role.INGEST, json={"site": name, "key": site.public}).status_code
            == 200
        )
    keys = api.get(path).json()["keys"]
    for name, site in sites.items():
        vector = site.masked(summed(layout, rows[name]), made["id"], keys)
        text = base64.b64encode(vector.astype("<u8").tobytes()).decode()
        done = api.call("POST", f"{path}/share", role=Role.INGEST, json={"site": name, "vector": text}).json()
    truth = pooled(layout, summed(layout, np.concatenate(list(rows.values()))))
    assert (done["state"], done["model"]["rows"], done["model"]["mean"]) == ("done", 15, truth.mean.tolist())
    assert api.get(path, "other").status_code == 404
    assert api.get(ROUNDS, "other").json()["items"] == []


@pytest.mark.parametrize(
    ("change", "status", "names"),
    [
        ({"sites": 1}, 422, "sites"),
        ({"signals": []}, 422, "signals"),
        ({"scale": ["NaN"]}, 422, "finite"),
        ({"scale": [0]}, 400, "scales"),
        ({"centre": [0, 1]}, 400, "layout"),
        ({"sigma": 2}, 400, "clip"),
    ],
)
def test_a_round_that_cannot_be_is_refused_by_name(api: Any, change: dict[str, Any], status: int, names: str) -> None:
    answer = api.call("POST", ROUNDS, role=Role.EDITOR, json={**BODY, **change})
    assert answer.status_code == status
    assert names in answer.text


def test_a_vector_that_is_none_is_refused(api: Any) -> None:
    made = api.call("POST", ROUNDS, role=Role.EDITOR, json=BODY).json()
    for text in ("%%%", "YQ=="):
        answer = api.call("POST", f"{ROUNDS}/{made['id']}/share", role=Role.INGEST, json={"site": "a", "vector": text})
        assert answer.status_code == 400
        assert "site 'a'" in answer.json()["detail"]


def test_own_values_are_rows_of_the_fleet(api: Any) -> None:
    now = time.time_ns()
    rows = [
        {
            "tenant": "other", "trace_id": i.to_bytes(16), "span_id": (i + 1).to_bytes(8), "agent": f"own-{i % 6}",
            "start_time": now - (i // 6 % 8) * 60 * 10**9, "received_at": now, "duration_ns": 20_000_000,
        }
        for i in range(480)
    ]  # fmt: skip
    api.state.intake.submit_tables({"spans": fill("spans", rows)}, "other").result(30)
    api.settled()
    seen = api.get("/api/v1/federated/values", "other", signals="latency_mean,error_ratio").json()
    assert seen["signals"] == ["latency_mean", "error_ratio"]
    latency = np.array(seen["rows"])[:, 0]
    assert len(latency) >= 30
    assert np.median(latency) == pytest.approx(np.log(20), abs=0.01)
    assert api.get("/api/v1/federated/values", signals="").status_code == 400
