"""The simulator as a command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from swarmscope.cli.options import DEFAULT_OTLP_URL, Json, Key

if TYPE_CHECKING:
    from swarmscope.sim.sender import Ledger

Watch = Callable[[float, "Ledger"], bool]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(simulate)


def simulate(
    agents: Annotated[int, typer.Option("--agents", min=1, max=1_000_000, help="Size of the fleet.")] = 100,
    duration: Annotated[str, typer.Option("--duration", help="60, 90s, 15m, 2h …")] = "60",
    load_test: Annotated[
        bool, typer.Option("--load-test", help="As fast as the server takes it, from ready-made requests.")
    ] = False,
    scenario: Annotated[
        str, typer.Option("--scenario", help="TOML file, or a shipped scenario; `list` names them.")
    ] = "",
    calm: Annotated[
        str, typer.Option("--calm", help="How long nothing is wrong before the scenario begins: 30m …")
    ] = "0",
    rate: Annotated[
        float, typer.Option("--rate", min=0.01, max=1000, help="How busy the agents are; 1 is natural.")
    ] = 1.0,
    metrics_interval: Annotated[
        float, typer.Option("--metrics-interval", min=0.5, help="Seconds from one report to the next.")
    ] = 10.0,
    seed: Annotated[
        int, typer.Option("--seed", min=-1, help="Same seed, same fleet and behaviour; -1 draws one.")
    ] = -1,
    fleet_seed: Annotated[
        int,
        typer.Option("--fleet-seed", min=-1, help="Same fleet seed, same agents, whatever they do; -1 takes --seed."),
    ] = -1,
    truth: Annotated[Path | None, typer.Option("--truth", help="File for the injected faults, JSON lines.")] = None,
    signal: Annotated[Literal["traces", "logs"], typer.Option("--signal", help="What a load test sends.")] = "traces",
    items: Annotated[
        int, typer.Option("--items", min=0, help="A load test ends after so many; 0: when the time is up.")
    ] = 0,
    connections: Annotated[int, typer.Option("--connections", min=1, max=64, help="Connections to the server.")] = 8,
    url: Annotated[str, typer.Option("--url", help="http(s)://host:4318, or grpc(s)://host:4317.")] = DEFAULT_OTLP_URL,
    key: Key = "",
    wait: Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for the server to come up.")] = 0.0,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress and no summary.")] = False,
    while_stdin: Annotated[
        bool, typer.Option("--while-stdin", help="End when standard input closes.", hidden=True)
    ] = False,
    json: Json = False,
) -> None:
    """Run a fleet of simulated agents against the server's front door."""
    from swarmscope.cli.failures import EXIT_USAGE, CommandError
    from swarmscope.cli.output import show_json, show_rows
    from swarmscope.sim import faults
    from swarmscope.sim.durations import seconds_of
    from swarmscope.sim.loadtest import Load
    from swarmscope.sim.loadtest import load_test as run_load
    from swarmscope.sim.run import Options
    from swarmscope.sim.run import simulate as run_fleet

    if scenario == "list":
        show_rows([{"scenario": n, "about": a} for n, a in faults.shipped().items()], ("scenario", "about"), json)
        return
    try:
        seconds = seconds_of(duration)
    except ValueError as e:
        raise CommandError(f"--duration: {e}", EXIT_USAGE) from e
    try:
        calm_s = seconds_of(calm)
    except ValueError as e:
        raise CommandError(f"--calm: {e}", EXIT_USAGE) from e
    if truth is not None and not scenario:
        raise CommandError("--truth records injected faults; name them with --scenario", EXIT_USAGE)
    options = Options(
        agents, seconds, rate, metrics_interval, seed, scenario, truth, url, key, connections, wait, calm_s, fleet_seed
    )
    with _progress(seconds, quiet or json) as shown:
        watch = _until_stdin_closes() if while_stdin else shown
        summary = (
            run_load(options, Load(signal, items, agents=min(agents, 99_999)), watch)
            if load_test
            else run_fleet(options, watch, _tell)
        )
    report = summary.report()
    if json:
        show_json(report)
    elif not quiet:
        _show(report)


def _tell(sentence: str) -> None:
    typer.echo(f"simulator: {sentence}", err=True)


def _until_stdin_closes() -> Watch:
    """A watch that ends the run when whoever holds the other end of standard input is gone, however it went."""
    import sys
    import threading

    closed = threading.Event()

    def wait() -> None:
        sys.stdin.buffer.read()
        closed.set()

    threading.Thread(target=wait, daemon=True, name="stdin").start()
    return lambda _t, _ledger: closed.is_set()


@contextmanager
def _progress(seconds: float, hidden: bool) -> Iterator[Watch | None]:
    """A progress bar over the run with what was acknowledged so far."""
    if hidden:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=seconds)

        def watch(t: float, ledger: Ledger) -> bool:
            sent = {s: c.sent for s, c in ledger.signals.items() if c.sent}
            told = "  ".join(f"{n:,} {s}" for s, n in sent.items())
            bar.update(task, completed=t, description=told or "nothing acknowledged yet")
            return False

        yield watch


def _show(report: dict[str, Any]) -> None:
    from rich.markup import escape

    from swarmscope.cli.output import console, show_rows

    rows = [
        {"signal": s, **counts, "per_s": report["rates"][f"{s}_per_s"]}
        for s, counts in report["items"].items()
        if any(counts.values())
    ]
    show_rows(
        rows, ("signal", "sent", "per_s", "rejected", "refused", "dropped", "bytes"), False, empty="nothing was sent"
    )
    latency = report["acknowledgement_ms"]
    out = console()
    out.print(
        f"{report['agents']:,} agents, {report['seconds']:,.1f} s, seed {report['seed']}, {report['faults']} faults injected"
    )
    quantiles = ", ".join(f"{name} {value} ms" for name, value in latency.items())
    out.print(f"acknowledged after {quantiles}; answers {report['requests']}")
    out.print(f"simulator: {report['simulator_cpu_s']} CPU-s, at most {report['simulator_late_s']} s late")
    for message, count in report["messages"].items():
        out.print(f"[yellow]{count} × {escape(message)}[/yellow]")
