"""`python -m benchmarks`: time every case side by side and print the table."""

import argparse
import json
import os
import sys
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Parse the command line, time, print, and keep the figures where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", help="names of cases; all if none is given")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}/speed.json")
    options = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(options.threads)  # read once, when NumPy is imported below

    from benchmarks import harness, speed

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
        saved = {"machine": about, "rows": harness.as_json(rows)}
        (RESULTS / "speed.json").write_text(json.dumps(saved, indent=1) + "\n")


if __name__ == "__main__":
    main()
