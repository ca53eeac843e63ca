"""Federated learning: masks cancel, noise costs what is said, and several processes train what one place would."""

from __future__ import annotations

import csv
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import orjson
import pytest

from swarmscope.detect.federated import masking
from swarmscope.detect.federated.detector import Federated
from swarmscope.detect.federated.privacy import Privacy, delta_of, epsilon_of, noisy
from swarmscope.detect.federated.rounds import LIFE_S, ROUNDS_MAX, Rounds
from swarmscope.errors import InputError, NotFoundError, PluginError
from swarmscope.stats.pooled import Layout, pooled, summed
from swarmscope.window import SIGNALS, Panel
from tests.support.server import Server

LAYOUT = Layout(("latency_mean", "error_ratio"), (0.0, 0.0), (1.0, 1.0))


def _is_prime(n: int) -> bool:
    for base in (2, 3, 5, 7, 11, 13):
        x, d, s = 0, n - 1, 0
        while d % 2 == 0:
            d, s = d // 2, s + 1
        x = pow(base, d, n)
        if x not in (1, n - 1) and all((x := x * x % n) != n - 1 for _ in range(s - 1)):
            return False
    return True


def test_the_group_is_that_of_the_rfc() -> None:
    prime = masking._PRIME
    assert prime.bit_length() == 2048
    assert prime >> 1984 == (1 << 64) - 1 == prime & ((1 << 64) - 1)
    assert _is_prime(prime)
    assert _is_prime(prime // 2)


def test_masks_hide_each_vector_and_cancel_in_the_sum() -> None:
    rng = np.random.default_rng(1)
    vectors = {name: rng.integers(0, 1000, 50).astype(np.uint64) for name in ("a", "b", "c", "d")}
    sites = {name: masking.Site(name) for name in vectors}
    keys = {name: site.public for name, site in sites.items()}
    masked = {name: site.masked(vectors[name], "round", keys) for name, site in sites.items()}
    assert (sum(masked.values()) == sum(vectors.values())).all()
    for name in vectors:
        assert (masked[name] > 1 << 40).mean() > 0.9  # looks like chance, not like a small number
    assert (masked["a"] + masked["b"] + masked["c"] != vectors["a"] + vectors["b"] + vectors["c"]).all()
    other = sites["a"].masked(vectors["a"], "another round", keys)
    assert (other != masked["a"]).all()
    assert masking.fingerprint(keys) != masking.fingerprint({**keys, "a": sites["b"].public})


@pytest.mark.parametrize("key", ["", "0", "1", "zz", "f" * 600, "-5"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="site 'b'"):
        masking.Site("a").masked(np.zeros(3, np.uint64), "r", {"b": key})


def test_the_accountant_gives_the_published_values() -> None:
    # Balle & Wang 2018: sensitivity 1, ε = 1, δ = 1e-5 needs σ of about 3.730
    assert epsilon_of(1e-5, 3.730) == pytest.approx(1.0, abs=2e-3)
    assert epsilon_of(1e-5, 3.730 * 2, rounds=4) == pytest.approx(epsilon_of(1e-5, 3.730))
    assert delta_of(0.0, 1.0) == pytest.approx(math.erf(0.5 / math.sqrt(2)))
    assert epsilon_of(1e-6, 0.01) == 100.0


def test_noise_is_as_large_as_said_and_the_model_still_tells() -> None:
    rng = np.random.default_rng(2)
    privacy, sites = Privacy(4.0, 2.0), 4
    rows = [rng.normal((0.5, -0.5), (1.0, 0.3), (5000, 2)) for _ in range(sites)]
    exact = sum(summed(LAYOUT, r, privacy.clip) for r in rows)
    noise = []
    for _ in range(200):
        total = sum(noisy(LAYOUT, summed(LAYOUT, r, privacy.clip), privacy, sites, rng) for r in rows[:1] * sites)
        noise.append(int((total - sum(summed(LAYOUT, r, privacy.clip) for r in rows[:1] * sites)).view(np.int64)[0]))
    assert np.std(noise) == pytest.approx(2 * privacy.sigma, rel=0.2)
    seen = pooled(LAYOUT, sum(noisy(LAYOUT, summed(LAYOUT, r, privacy.clip), privacy, sites, rng) for r in rows))
    assert seen.mean == pytest.approx(pooled(LAYOUT, exact).mean, abs=0.02)


def test_given_a_tenant_that_begins_ever_new_rounds_then_those_of_others_go_on() -> None:
    rounds = Rounds()
    theirs = rounds.begin("theirs", "m", LAYOUT, 2, None)
    first = rounds.begin("many", "m", LAYOUT, 2, None)
    for _ in range(ROUNDS_MAX):
        rounds.begin("many", "m", LAYOUT, 2, None)
    assert rounds.get("theirs", theirs.id) is theirs
    assert len(rounds.all("many")) == ROUNDS_MAX
    with pytest.raises(NotFoundError):
        rounds.get("many", first.id)


def test_the_coordinator_refuses_what_is_out_of_turn() -> None:
    rounds = Rounds()
    with pytest.raises(InputError, match="show one site's data"):
        rounds.begin("t", "m", LAYOUT, 1, None)
    made = rounds.begin("t", "m", LAYOUT, 2, None)
    vector = np.zeros(LAYOUT.size, np.uint64)
    with pytest.raises(NotFoundError):
        rounds.get("another tenant", made.id)
    with pytest.raises(InputError, match="cannot share now"):
        rounds.share("t", made.id, "a", vector)
    assert rounds.join("t", made.id, "a", "abc").json()["keys"] == {}
    with pytest.raises(InputError, match="another key"):
        rounds.join("t", made.id, "a", "abd")
    assert rounds.join("t", made.id, "b", "abc").state == "sharing"
    with pytest.raises(InputError, match="is full"):
        rounds.join("t", made.id, "c", "abc")
    with pytest.raises(InputError, match="numbers"):
        rounds.share("t", made.id, "a", vector[:-1])
    rounds.share("t", made.id, "a", vector)
    with pytest.raises(InputError, match="taken once"):
        rounds.share("t", made.id, "a", vector)
    assert rounds.share("t", made.id, "b", vector).state == "failed"  # no rows at all
    late = rounds.begin("t", "m", LAYOUT, 2, None)
    late.created_s -= LIFE_S + 1
    assert "begin anew" in rounds.get("t", late.id).json()["problem"]


def _panel(newest: np.ndarray) -> Panel:
    n = newest.shape[1]
    x = newest[None].astype(np.float32)
    zero = np.zeros_like(x[0])
    agents = [f"a{i}" for i in range(n)]
    times = np.array([10**9], np.int64)
    return Panel(
        "t", 10**9, times, agents, np.zeros(n, np.int32), [""], SIGNALS, x, zero, zero[None].astype(np.float16),
        zero, zero, zero, zero,
    )  # fmt: skip


def test_the_detector_finds_who_is_far_from_all_sites(tmp_path: Path) -> None:
    names = [s.name for s in SIGNALS]
    rng = np.random.default_rng(3)
    newest = np.full((len(names), 400), np.nan)
    newest[names.index("latency_mean")] = rng.normal(6, 0.5, 400)
    newest[names.index("error_ratio")] = rng.normal(0.4, 0.1, 400)
    newest[names.index("latency_mean"), 7] = 12
    newest[names.index("error_ratio"), 8] = np.nan
    newest[:, 9] = np.nan
    model = {
        "signals": ["latency_mean", "error_ratio"],
        "mean": [6, 0.4],
        "covariance": [[0.25, 0], [0, 0.01]],
        "rows": 9,
    }
    (tmp_path / "m.json").write_bytes(orjson.dumps(model))
    scores = Federated(Federated.Options(model=str(tmp_path / "m.json"))).judge(_panel(newest))
    tail = scores.tail[0]
    assert tail[7] < 1e-10
    assert scores.shares is not None
    assert scores.shares[:, 7].argmax() == names.index("latency_mean")
    assert np.isnan(tail[9])
    others = np.delete(tail, [7, 9])
    assert np.isfinite(others).all()
    assert (others < 0.05).mean() < 0.1
    assert np.isnan(Federated().judge(_panel(newest)).tail).all()
    (tmp_path / "m.json").write_bytes(orjson.dumps({**model, "mean": [6]}))
    with pytest.raises(PluginError, match="another size"):
        Federated(Federated.Options(model=str(tmp_path / "m.json")))
    with pytest.raises(PluginError, match="cannot be read"):
        Federated(Federated.Options(model=str(tmp_path / "none.json")))


def test_processes_of_their_own_train_what_one_place_would(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    rows = [rng.normal((6 + k, 0.3), (0.5, 0.1), (300 + 50 * k, 2)) for k in range(3)]
    for k, part in enumerate(rows):
        with (tmp_path / f"{k}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([LAYOUT.signals, *part.tolist()])
    with Server(tmp_path / "data") as coordinator:
        body = {"name": "normal", "signals": list(LAYOUT.signals), "sites": 3}
        made = coordinator.http.post("/api/v1/federated/rounds", json=body).json()
        sites = [
            subprocess.Popen(
                [
                    sys.executable, "-m", "swarmscope", "federate", "join", coordinator.url, "--round", made["id"],
                    "--site", f"site-{k}", "--values", str(tmp_path / f"{k}.csv"), "--out", str(tmp_path / f"{k}.json"),
                    "--wait", "60",
                ],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )
            for k in range(3)
        ]  # fmt: skip
        said = [site.communicate(timeout=90)[0] for site in sites]
        assert [site.returncode for site in sites] == [0, 0, 0], said
        models = [orjson.loads((tmp_path / f"{k}.json").read_bytes()) for k in range(3)]
        values = coordinator.http.get("/api/v1/federated/values", params={"signals": "latency_mean"})
        assert values.json() == {"signals": ["latency_mean"], "rows": []}
        assert coordinator.http.get("/api/v1/federated/values", params={"signals": "nonsense"}).status_code == 400
        assert coordinator.http.get("/api/v1/federated/rounds").json()["items"][0]["state"] == "done"
    truth = pooled(LAYOUT, summed(LAYOUT, np.concatenate(rows)))
    for model in models:
        assert model["rows"] == 1050
        assert model["mean"] == truth.mean.tolist()  # equal to the bit, not nearly
        assert model["covariance"] == truth.covariance.tolist()
        assert model["quantiles"]["0.95"] == truth.quantile(0.95).tolist()
