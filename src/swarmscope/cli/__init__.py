"""`swarmscope`: the command line. Commands start the platform, feed it, and ask it over REST.

Nothing heavy is imported before a command runs, so that `swarmscope --help` and shell completion answer at once.
"""

from __future__ import annotations

import sys

from swarmscope import threads


def main(argv: list[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 failed, 2 wrong usage, 3 server away, 4 refused, 5 not found, 130 interrupted."""
    threads.alone()
    from swarmscope.cli.root import run

    sys.exit(run(sys.argv[1:] if argv is None else argv))
