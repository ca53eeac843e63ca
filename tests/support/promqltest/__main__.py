"""Run a directory of scripts and print the share of evaluations that are as expected."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.promqltest.judge import run

LEAST = 0.98  # of evaluations


def main(folder: str, wanted: list[str]) -> int:
    """Run the scripts of a folder, or those of it that are named."""
    lines: list[str] = []
    total = failed = 0
    for file in sorted(Path(folder).glob("*.test")):
        if wanted and file.stem not in wanted:
            continue
        report = run(file.read_text(encoding="utf-8"))
        total += report.evaluations
        failed += len(report.failures)
        lines.append(_share(file.name, report.evaluations - len(report.failures), report.evaluations))
        lines += [f"    line {line}: {expr}\n        {reason[:400]}" for line, expr, reason in report.failures]
    lines.append(_share("all", total - failed, total))
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if total and (total - failed) / total >= LEAST else 1


def _share(name: str, passed: int, total: int) -> str:
    return f"{name:32} {passed:5} of {total:5}  {100 * passed / max(1, total):6.2f} %"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
