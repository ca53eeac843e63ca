"""Run a directory of scripts and print the share of evaluations that are as expected."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.promqltest.judge import run

if __name__ == "__main__":
    total = failed = 0
    wanted = sys.argv[2:]
    for file in sorted(Path(sys.argv[1]).glob("*.test")):
        if wanted and file.stem not in wanted:
            continue
        report = run(file.read_text(encoding="utf-8"))
        total += report.evaluations
        failed += len(report.failures)
        passed = report.evaluations - len(report.failures)
        print(
            f"{file.name:32} {passed:5} of {report.evaluations:5}  {100 * passed / max(1, report.evaluations):6.2f} %"
        )  # noqa: T201  # its output
        for line, expr, reason in report.failures:
            print(f"    line {line}: {expr}\n        {reason[:400]}")  # noqa: T201  # its output
    print(f"{'all':32} {total - failed:5} of {total:5}  {100 * (total - failed) / max(1, total):6.2f} %")  # noqa: T201  # its output
    sys.exit(0 if total and (total - failed) / total >= 0.98 else 1)
