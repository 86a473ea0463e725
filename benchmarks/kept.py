"""What the studies of estimators and of a long stream keep, and how the page says it."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

#: Learned eigenvalues that are planted, and the side of the largest layer that is timed.
PLANTED, WIDE = 6, 4096
#: Pairs of samples that one S is read from, as pages do; and by how many standard deviations of
#: their draws its two levels must lie apart.
DRAWS, APART = 10, 2
#: Blocks of a stream after which memory is looked at for the first time.
EARLY = 5


@dataclass
class Agreement:
    """What the program and the formulas give at one size: means, and their standard errors.

    ``similarity`` and ``formula_similarity`` are NaN where no repeat has a scale, and ``faint``
    counts the repeats of either that have none.
    """

    inputs: int
    neurons: int
    repeats: int
    faint: tuple[int, int]
    similarity: tuple[float, float]
    formula_similarity: tuple[float, float]
    rank: tuple[float, float]
    formula_rank: tuple[float, float]
    true_rank: float

    @property
    def away(self) -> tuple[float, float]:
        """By how many standard errors of the difference S and the rank lie apart, signed."""
        pairs = (self.similarity, self.formula_similarity), (self.rank, self.formula_rank)
        return tuple((a[0] - b[0]) / np.hypot(a[1], b[1]) for a, b in pairs)  # type: ignore[return-value]


@dataclass
class Stream:
    """What one pass over a stream of features took, and how near it came to the truth.

    Memory is the most that the process had in use (resident): after five blocks, after
    the last block, and after the shards were merged. `largest_error` is the largest deviation
    of a covariance from the true one, in standard errors of a single entry.
    """

    samples: int
    width: int
    block: int
    seconds: float
    processor_seconds: float
    generating_seconds: float
    peak_megabytes_early: float
    peak_megabytes_last: float
    peak_megabytes_merged: float
    largest_error: float
    directions: list[float]
    command: str


def agreement_text(found: list[Agreement], seconds: dict[str, float]) -> str:
    """Return the part of the page on the estimators of weights."""
    away = np.array([one.away for one in found])
    away = away[np.isfinite(away)]
    outside = int(np.count_nonzero(np.abs(away) > 2))
    fewest = min(one.repeats for one in found)
    again = sum(one.repeats > fewest for one in found)
    faint = np.array([one.faint for one in found])
    times = ", ".join(f"{name} {value:g} s" for name, value in seconds.items())
    out = (
        "## S and rank of weights against their formulas\n\n"
        f"At the {len(found)} sizes of layers of the bundled networks whose S or rank may be told, "
        f"with {PLANTED} eigenvalues 12 exp(-k / 3) planted (times the root of inputs per neuron "
        "where these are more), the program's estimators and the published formulas, written anew "
        f"in `benchmarks/estimator.py`, were simulated {fewest} times each, and each time S and "
        f"the rank were read from {DRAWS} pairs of samples, as pages read them: S between the mean "
        f"levels of its pairs, and none where these lie less than {APART} standard deviations "
        f"apart, as in {faint[:, 0].sum()} repeats of the program and {faint[:, 1].sum()} of the "
        "formulas. Seeds are 0 for the formulas and 1 to "
        f"{fewest} for the program (100, and from 101 on, where drawn anew). At {again} sizes one "
        "of the two differences lay beyond two standard errors (one difference in twenty would by "
        "chance, one size in ten): these were drawn anew, four times as often. Then "
        f"{outside} of {away.size} differences lie beyond two standard errors; the furthest "
        f"{np.abs(away).max():.1f}. Their mean is {away.mean():.2f} and their deviation "
        f"{away.std():.2f} standard errors.\n\n"
        f"A layer of {WIDE:,} neurons over {WIDE:,} inputs, in processor time of one core: "
        f"{times}.\n\n"
        "| inputs | neurons | gamma | S | formulas | s.e. apart | rank | formulas | s.e. apart | "
        "true rank | repeats |\n|---|---|---|---|---|---|---|---|---|---|---|\n"
    )
    for one in found:
        s, rank = one.away
        out += (
            f"| {one.inputs} | {one.neurons} | {one.inputs / one.neurons:.3f} | "
            f"{one.similarity[0]:.3f} | {one.formula_similarity[0]:.3f} | {s:+.1f} | "
            f"{one.rank[0]:.2f} | {one.formula_rank[0]:.2f} | {rank:+.1f} | {one.true_rank:.2f} | "
            f"{one.repeats} |\n"
        )
    return out + "\n`python -m benchmarks.estimator --save`\n\n"


def kept_agreement(path: Path) -> str:
    """Return the part of the page from the figures that were kept."""
    held = json.loads(path.read_text())
    return agreement_text([Agreement(**row) for row in held["sizes"]], held["seconds"])


def stream_text(stream: Stream) -> str:
    """Say what was measured."""
    return (
        f"{stream.samples:,} samples of {stream.width:,} units, in blocks of {stream.block:,}: "
        f"{stream.seconds:.0f} s ({stream.processor_seconds:.0f} s of processor time, of which "
        f"{stream.generating_seconds:.0f} s to draw the numbers). The process had at most "
        f"{stream.peak_megabytes_early:.0f} MB in use after {EARLY} blocks, "
        f"{stream.peak_megabytes_last:.0f} MB after the last, and "
        f"{stream.peak_megabytes_merged:.0f} MB after the shards were merged. The largest of all "
        f"{stream.width**2:,} deviations from the true covariance is "
        f"{stream.largest_error:.1f} standard errors.\n\n`{stream.command}`\n"
    )
