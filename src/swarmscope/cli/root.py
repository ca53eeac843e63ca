"""The program's root: global options, the list of commands, and what a failure looks like."""

from __future__ import annotations

import sys
import traceback
from typing import Annotated

import typer

from swarmscope import __version__
from swarmscope.cli import (
    backtest,
    bench,
    budgets,
    dead_letters,
    doctor,
    evaluate,
    federate,
    findings,
    imports,
    keys,
    live,
    load,
    reads,
    rules,
    server,
    setup,
    users,
)
from swarmscope.cli.failures import EXIT_INTERRUPTED, exit_code_of
from swarmscope.errors import SwarmscopeError

EPILOG = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 server away, 4 refused, 5 not found, 130 interrupted."

app = typer.Typer(
    name="swarmscope",
    help="Observability for fleets of AI agents: one program from ten agents to a hundred thousand.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"swarmscope {__version__}")
        raise typer.Exit


@app.callback()
def root(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of a failure.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that stand before the command."""


for module in (
    server,
    setup,
    load,
    reads,
    rules,
    findings,
    live,
    imports,
    keys,
    users,
    budgets,
    dead_letters,
    doctor,
    bench,
    backtest,
    evaluate,
    federate,
):
    module.register(app)


def _complain(text: str) -> None:
    """A server's words may hold what somebody sent to it."""
    from swarmscope.cli.output import harmless

    print(f"swarmscope: {harmless(text)}", file=sys.stderr)


def run(argv: list[str]) -> int:
    """Run one command line; returns the exit code. Failures are one line on standard error unless --debug is given."""
    debug = "--debug" in argv
    try:
        app([a for a in argv if a != "--debug"], prog_name="swarmscope")
    except SystemExit as e:
        return e.code if isinstance(e.code, int) else 1
    except SwarmscopeError as e:
        if debug:
            traceback.print_exc()
        _complain(str(e))
        return exit_code_of(e)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as e:  # noqa: BLE001 - the last door: a user gets one line, --debug the rest
        if debug:
            traceback.print_exc()
        _complain(f"{type(e).__name__}: {e} (run again with --debug for the traceback)")
        return 1
    return 0
