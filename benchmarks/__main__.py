"""`python -m benchmarks`: time every case side by side and print the table."""

import argparse
import os
import sys
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def main() -> None:
    """Parse the command line, time, print, and keep the figures where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", help="names of cases; all if none is given")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--save", action="store_true", help="write the figures to the docs")
    options = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(options.threads)  # read once, when NumPy is imported below

    from benchmarks import harness, report, speed

    unknown = [name for name in options.cases if name not in speed.CASES]
    if unknown:
        parser.error(f"no case is called {unknown[0]}; there are: {', '.join(speed.CASES)}")
    about, rows = harness.machine(), []
    for case in speed.cases(options.cases):
        print(f"{case.name} ...", file=sys.stderr)
        rows.append(harness.measure(case, options.rounds))
    print(harness.table(rows))
    for row in rows:
        for what, value in (row.notes | {"not installed": row.missing}).items():
            if value:
                print(f"{row.name}: {what}: {value}")
    print(about)
    if options.save:
        harness.keep(rows, about, RESULTS / "speed.json")
        PAGE.write_text(report.page(RESULTS))


if __name__ == "__main__":
    main()
