"""Draw mutants and put them to the tests: ``python -m benchmarks.mutants --seed 1 --count 100``.

Every place of the packages that can be changed is equally likely. A mutant is killed when a test
fails that passes without it; it survives when none of the tests that reach its module does. Results
are lines of JSON, kept, so that a draw that was interrupted goes on where it stopped. With the
coverage of a run of the suite, every test that runs a mutant's lines is put to it, the nearest
first, which is sooner done and misses fewer.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import Any

from benchmarks.mutants.covering import Covering
from benchmarks.mutants.operators import Mutant, mutants
from benchmarks.mutants.selection import imports, nearest_tests
from benchmarks.mutants.trial import Copy

ROOT = Path(__file__).parents[2]
PACKAGES = tuple(
    f"substrate/{name}" for name in ("numerics", "analyses", "exhibits", "claims", "figures")
)


def drawn(root: Path, packages: list[str], count: int, seed: int) -> list[Mutant]:
    """Draw that many mutants: places alike, then one of each place's changes."""
    paths = sorted(path for package in packages for path in (root / package).rglob("*.py"))
    places = [
        variants
        for path in paths
        for variants in mutants(path.read_text(encoding="utf-8"), str(path.relative_to(root)))
    ]
    rng = random.Random(seed)
    return [rng.choice(variants) for variants in rng.sample(places, min(count, len(places)))]


def finished(path: Path) -> dict[str, dict[str, Any]]:
    """Return the results of an earlier, interrupted draw by mutant."""
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {line["mutant"]: line for line in map(json.loads, lines)}


def put_to_the_tests(root: Path, asked: list[Mutant], out: Path, options: Any) -> None:
    """Try the mutants side by side, each job in a copy of its own, and append every outcome."""
    graph, lock, copies = imports(root), Lock(), SimpleQueue[Copy]()
    covering = Covering(root, options.coverage) if options.coverage else None

    def one(mutant: Mutant) -> None:
        copy = copies.get()
        try:
            tiers = covering.tests(mutant, options.files) if covering else []
            if not tiers:
                tiers = nearest_tests(mutant.path, graph, options.files)
            result = copy.outcome(mutant, tiers, options.timeout)
        finally:
            copies.put(copy)
        with lock, out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
            sys.stderr.write(f"{result['outcome']:9} {result['seconds']:5.0f} s  {mutant.key}\n")

    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        for number in range(options.jobs):
            copies.put(Copy.of(root, Path(folder) / str(number)))
        with ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(one, asked))


def summary(results: list[dict[str, Any]]) -> str:
    """Return how many died, and every survivor's change.

    Where tests took too long nothing is known: a mutant may run for ever, or the machine be busy.
    """
    counts = Counter(result["outcome"] for result in results)
    share = 100 * counts["killed"] / max(len(results), 1)
    lines = [
        f"{counts['killed']} of {len(results)} mutants died ({share:.0f} %), "
        f"{counts['timeout']} undecided (their tests took too long)."
    ]
    for result in results:
        if result["outcome"] == "survived":
            place = f"{result['operator']}: {result['path']}:{result['line']}"
            lines += ["", place, result["diff"]]
    return "\n".join(lines)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=1, help="mutants tried at a time")
    parser.add_argument("--files", type=int, default=12, help="files of tests for one mutant")
    parser.add_argument("--coverage", type=Path, help="a run's .coverage; see CONTRIBUTING")
    parser.add_argument("--timeout", type=float, default=600.0, help="seconds for a step of tests")
    parser.add_argument("--out", type=Path, help="[default: build/mutants/SEED.jsonl]")
    parser.add_argument("packages", nargs="*", default=list(PACKAGES))
    options = parser.parse_args()
    out = options.out or ROOT / "build" / "mutants" / f"{options.seed}.jsonl"
    out.parent.mkdir(parents=True, exist_ok=True)
    asked = drawn(ROOT, options.packages, options.count, options.seed)
    known = finished(out)
    put_to_the_tests(ROOT, [m for m in asked if m.key not in known], out, options)
    known = finished(out)
    sys.stdout.write(summary([known[m.key] for m in asked]) + "\n")


if __name__ == "__main__":
    main()
