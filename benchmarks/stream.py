"""`python -m benchmarks.stream`: moments of a million synthetic images, in constant memory."""

import argparse
import json
import resource
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.kept import EARLY, Stream, stream_text
from substrate.numerics.moments import Moments

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
MEAN = 3.0


def features(block: int, rows: int, width: int) -> np.ndarray:
    """Return independent units of falling standard deviation; each block has its own seed."""
    x = np.random.default_rng([0, block]).standard_normal((rows, width), dtype=np.float32)
    x *= np.geomspace(2, 0.5, width, dtype=np.float32)
    x += np.float32(MEAN)
    return x


def run(samples: int, width: int, block: int) -> tuple[Moments, Stream]:
    """Add up the moments of a stream, in two shards that are merged at the end."""
    start, work, generating, first = time.perf_counter(), time.process_time(), 0.0, 0.0
    shards = [Moments({"image": width}), Moments({"image": width})]
    for index, rows in enumerate(_rows(samples, block)):
        began = time.process_time()
        x = features(index, rows, width)
        generating += time.process_time() - began
        shards[index % 2].update(x)
        first = _peak_megabytes() if index < EARLY else first
    last = _peak_megabytes()
    moments = shards[0].merge(shards[1])
    seconds, processor = time.perf_counter() - start, time.process_time() - work
    return moments, Stream(
        samples,
        width,
        block,
        seconds,
        processor,
        generating,
        first,
        last,
        _peak_megabytes(),
        _largest_error(moments),
        np.sqrt(moments.principal_directions(3).variances).tolist(),
        f"python -m benchmarks.stream --samples {samples} --width {width} --block {block} --save",
    )


def _rows(samples: int, block: int) -> list[int]:
    whole, rest = divmod(samples, block)
    return [block] * whole + ([rest] if rest else [])


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _largest_error(moments: Moments) -> float:
    variances = np.geomspace(2, 0.5, moments.width) ** 2
    error = moments.covariance - np.diag(variances)
    single = np.sqrt(np.outer(variances, variances) * (1 + np.eye(moments.width)) / moments.count)
    return float(np.abs(error / single).max())


def main() -> None:
    """Run the stream, print, and keep the figures where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stream", description=__doc__)
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--width", type=int, default=2000)
    parser.add_argument("--block", type=int, default=4000)
    parser.add_argument("--save", action="store_true", help="write the figures to the docs")
    options = parser.parse_args()
    _, stream = run(options.samples, options.width, options.block)
    print(stream_text(stream))
    if options.save:
        (RESULTS / "stream.json").write_text(json.dumps(asdict(stream), indent=1) + "\n")
        from benchmarks import report  # brings torch, which would weigh on what is measured

        PAGE.write_text(report.page(RESULTS))


if __name__ == "__main__":
    main()
