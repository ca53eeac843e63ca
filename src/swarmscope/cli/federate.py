"""Federated learning from the shell: begin a round, take part in one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from swarmscope.cli.options import DEFAULT_URL, Json, Key, Url

POLL_S = 0.5
SIGNALS = "error_ratio,latency_mean,llm_latency,input_tokens,output_tokens"

federate = typer.Typer(
    help="Train a detector together with other sites, without showing them data.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(federate, name="federate")


@federate.command("begin")
def begin(
    name: Annotated[str, typer.Argument(help="What the model is called.")],
    sites: Annotated[int, typer.Option("--sites", min=2, help="How many sites take part.")],
    signals: Annotated[str, typer.Option("--signals", help="Comma-separated.")] = SIGNALS,
    sigma: Annotated[float, typer.Option("--sigma", min=0, help="Noise of differential privacy; 0: none.")] = 0,
    clip: Annotated[float, typer.Option("--clip", min=0.01, help="With --sigma: longest normalised row.")] = 4,
    url: Url = DEFAULT_URL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Begin a round at the coordinator. Its id is what sites join."""
    from swarmscope.cli.client import Api
    from swarmscope.cli.output import show_facts, show_json

    body: dict[str, Any] = {
        "name": name,
        "sites": sites,
        "signals": [s.strip() for s in signals.split(",") if s.strip()],
    }
    if sigma:
        body |= {"sigma": sigma, "clip": clip}
    with Api(url, key) as api:
        made = api.post("/federated/rounds", body)
    if json:
        show_json(made)
    else:
        show_facts({"round": made["id"], "signals": ", ".join(made["signals"]), "sites": made["sites"]}, False)


@federate.command("join")
def join(
    coordinator: Annotated[str, typer.Argument(help="Address of the coordinator's server.")],
    round_id: Annotated[str, typer.Option("--round", help="Id of the round.")],
    site: Annotated[str, typer.Option("--site", help="Name of this site, its own in the round.")],
    values: Annotated[
        Path | None,
        typer.Option("--values", help="CSV with one column per signal and a header; default: the own server's fleet."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Where the model is written.")] = Path("federated.json"),
    wait_s: Annotated[float, typer.Option("--wait", min=1, help="Seconds to wait for the other sites.")] = 600,
    coordinator_key: Annotated[str, typer.Option("--coordinator-key", envvar="SWARMSCOPE_COORDINATOR_KEY")] = "",
    url: Url = DEFAULT_URL,
    key: Key = "",
) -> None:
    """Take part in a round with this site's data: only masked sums leave; the model of all is written here."""
    import base64

    import numpy as np

    from swarmscope.cli.client import Api
    from swarmscope.cli.output import show_facts
    from swarmscope.detect.federated.masking import Site
    from swarmscope.detect.federated.privacy import Privacy, noisy
    from swarmscope.stats.pooled import Layout, summed

    me = Site(site)
    with Api(coordinator, coordinator_key) as api:
        path = f"/federated/rounds/{round_id}"
        card = {"site": site, "key": me.public}
        round_ = _until(api, path, card, wait_s, ("sharing",))
        layout = Layout(tuple(round_["signals"]), tuple(round_["centre"]), tuple(round_["scale"]))
        rows = _rows(values, layout.signals, url, key)
        vector = summed(layout, rows, round_["clip"])
        if round_["sigma"] is not None:
            privacy = Privacy(round_["clip"], round_["sigma"])
            vector = noisy(layout, vector, privacy, round_["sites"], np.random.default_rng())
        masked = me.masked(vector, round_id, round_["keys"])
        text = base64.b64encode(masked.astype("<u8").tobytes()).decode()
        api.post(f"{path}/share", {"site": site, "vector": text})
        done = _until(api, path, card, wait_s, ("done",))
    out.write_bytes(_model(done))
    show_facts(
        {
            "rows here": len(rows),
            "rows of all": done["model"]["rows"],
            "fingerprint": done["fingerprint"],
            "model": str(out),
        },
        False,
    )


def _until(api: Any, path: str, card: dict[str, str], wait_s: float, states: tuple[str, ...]) -> dict[str, Any]:
    """How the round stands, when it has come so far."""
    import time

    from swarmscope.cli.failures import EXIT_FAILED, CommandError

    deadline = time.monotonic() + wait_s
    while True:
        found: dict[str, Any] = api.post(f"{path}/join", card)
        if found["state"] == "failed":
            raise CommandError(f"the round failed: {found['problem']}", EXIT_FAILED)
        if found["state"] in (*states, "done"):
            return found
        if time.monotonic() > deadline:
            raise CommandError(
                f"after {wait_s:.0f} s {len(found['joined'])} of {found['sites']} sites had joined and "
                f"{len(found['shared'])} had shared; begin anew without the missing",
                EXIT_FAILED,
            )
        time.sleep(POLL_S)


def _rows(values: Path | None, signals: tuple[str, ...], url: str, key: str) -> Any:
    """This site's rows (rows, signals)."""
    import csv

    import numpy as np

    from swarmscope.cli.client import Api
    from swarmscope.cli.failures import EXIT_USAGE, CommandError

    if values is None:
        with Api(url, key) as api:
            found = api.get("/federated/values", signals=",".join(signals))["rows"]
        return np.array(found, np.float64).reshape(-1, len(signals))
    try:
        with values.open(newline="", encoding="utf-8") as file:
            return np.array([[float(row[s]) for s in signals] for row in csv.DictReader(file)]).reshape(
                -1, len(signals)
            )
    except (OSError, KeyError, ValueError) as e:
        raise CommandError(f"{values} has no numbers for {', '.join(signals)}: {e!r}", EXIT_USAGE) from e


def _model(done: dict[str, Any]) -> bytes:
    import orjson

    return orjson.dumps({"signals": done["signals"], **done["model"]})
