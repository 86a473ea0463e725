"""`python -m benchmarks.estimator`: are S and the rank what the published formulas give?

The formulas are written anew here, without any code of the program, and simulated at the number of
inputs and neurons of every layer of the bundled networks, and of a layer of 4,096.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.kept import APART, DRAWS, PLANTED, WIDE, Agreement, agreement_text
from substrate.numerics.weights.similarity import reference
from substrate.numerics.weights.spectrum import leading_vectors, weight_spectrum

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
#: Inputs or neurons below which no noise can be told, and S and the rank are never given.
FEWEST = 9


def sizes() -> list[tuple[int, int]]:
    """Return inputs and neurons of every layer of the bundled networks for which S may be told."""
    from substrate.encoders.bundled import DIRECTORY, SOURCE
    from substrate.encoders.weights import weights_of
    from substrate.numerics.weights.spectrum import neurons

    found = set()
    for card in sorted(DIRECTORY.glob("*.yaml")):
        encoder = SOURCE.load({"name": card.stem, "layers": "penultimate"})
        for layer in weights_of(encoder):
            n, d = neurons(layer.weights).shape
            if min(n, d) >= FEWEST:
                found.add((d, n))
    return sorted(found)


def measure(d: int, n: int, repeats: int, seed: int) -> Agreement:
    """Simulate the program's estimators and the formulas of one planted covariance.

    Each repeat is what a page does once: ten pairs of samples, S between their mean levels.
    """
    truth = 12 * np.exp(-np.arange(PLANTED) / 3) * max(1.0, np.sqrt(d / n))
    rng = np.random.default_rng([d, n, seed])
    formula = np.array([_formulas(truth, d, n, rng) for _ in range(repeats)])
    found = [
        reference(truth, n, d, seed=seed + 1 + repeat, draws=DRAWS) for repeat in range(repeats)
    ]
    program = np.array([(one.similarities.mean(), np.nanmean(one.ranks)) for one in found])
    return Agreement(
        d,
        n,
        repeats,
        tuple(int(np.isnan(one[:, 0]).sum()) for one in (program, formula)),  # type: ignore[arg-type]
        _mean(program[:, 0]),
        _mean(formula[:, 0]),
        _mean(program[:, 1]),
        _mean(formula[:, 1]),
        _rank(truth),
    )


def _formulas(truth: np.ndarray, d: int, n: int, rng: np.random.Generator) -> tuple[float, float]:
    """Return S of two samples of one covariance, between mean levels, and the mean rank.

    S is NaN where its levels are not apart.
    """
    rows, ranks = [], []
    for _ in range(DRAWS):
        one, other = (_seen(_drawn(truth, np.eye(d, PLANTED), n, rng)) for _ in range(2))
        rows.append(_levels(one, other, n, rng) if len(one[0]) and len(other[0]) else [np.nan] * 3)
        if len(one[0]):
            ranks.append(_rank(one[0]))
    reached, low, high = np.array(rows).T
    apart = (high - low).mean() > APART * (high - low).std(ddof=1)  # not where a sample is empty
    s = (reached.mean() - low.mean()) / (high.mean() - low.mean()) if apart else np.nan
    return float(s), float(np.mean(ranks))


def _mean(values: np.ndarray) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if len(known) < 2:
        return float("nan"), float("nan")
    return float(known.mean()), float(known.std(ddof=1) / np.sqrt(len(known)))


def _seen(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the shrunk eigenvalues above the edge of noise, and their axes."""
    n, d = w.shape
    gamma, edge = d / n, (1 + np.sqrt(d / n)) ** 2
    if 2 * n < d:  # the same from the other side
        squares, sides = np.linalg.eigh(w @ w.T)
        squares, sides = squares[::-1], sides[:, ::-1]
        axes = (w.T @ sides / np.sqrt(squares)).T
    else:
        squares, axes = np.linalg.eigh(w.T @ w)
        squares, axes = squares[::-1], axes[:, ::-1].T
    values = squares / n
    root = np.sqrt(np.maximum(((values + 1 - gamma) / 2) ** 2 - values, 0))
    kept = np.where(values > edge, (values - 1 - gamma) / 2 + root, 0.0)
    return kept[kept > 0], axes[kept > 0].T


def _drawn(learned: np.ndarray, axes: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw neurons of the learned covariance along some axes, and noise."""
    white = rng.standard_normal((n, len(axes)))
    return white + (white @ axes * (np.sqrt(1 + learned) - 1)) @ axes.T


def _levels(
    one: tuple[np.ndarray, np.ndarray],
    other: tuple[np.ndarray, np.ndarray],
    n: int,
    rng: np.random.Generator,
) -> list[float]:
    """Return the cosine of two samples, of the first with its rotation, and with its own sample."""
    turned = np.linalg.qr(rng.standard_normal(one[1].shape))[0]
    low = _nuclear(one, (one[0], turned))  # of any rotation: its columns are random ones
    fresh = _seen(_drawn(*one, n, rng))
    return [_nuclear(one, other), low, _nuclear(one, fresh) if len(fresh[0]) else np.nan]


def _nuclear(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]) -> float:
    f, g = (axes * np.sqrt(kept) for kept, axes in (a, b))
    return float(np.linalg.svd(f.T @ g, compute_uv=False).sum() / np.sqrt(a[0].sum() * b[0].sum()))


def _rank(kept: np.ndarray) -> float:
    return float((np.arange(1, len(kept) + 1) * kept).sum() / kept.sum())


def study(repeats: int) -> Iterator[Agreement]:
    """Measure every size; what lies two standard errors away once more, four times as often."""
    for d, n in sizes():
        found = measure(d, n, repeats, seed=0)
        if np.nanmax(np.abs(found.away)) > 2:
            found = measure(d, n, 4 * repeats, seed=100)
        yield found


def timed() -> dict[str, float]:
    """Return seconds of processor time for a square layer of 4,096, part by part."""
    rng = np.random.default_rng(0)
    w = rng.standard_normal((WIDE, WIDE))
    truth = 200 * np.exp(-np.arange(8) / 3)
    w[:, : len(truth)] *= np.sqrt(1 + truth)
    out = {}
    for name, work in (
        ("eigenvalues, noise and learned eigenvectors", lambda: weight_spectrum(w)),
        ("32 leading eigenvectors", lambda: leading_vectors(w, 32)),
        (
            "S and rank of ten planted pairs",
            lambda: reference(truth, WIDE, WIDE, seed=0, draws=10),
        ),
    ):
        begun = time.process_time()
        work()
        out[name] = round(time.process_time() - begun, 1)
    return out


def main() -> None:
    """Simulate, print, and keep the figures where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.estimator", description=__doc__)
    parser.add_argument("--repeats", type=int, default=8)
    parser.add_argument("--save", action="store_true", help="write the figures to the docs")
    options = parser.parse_args()
    found, seconds = list(study(options.repeats)), timed()
    print(agreement_text(found, seconds))
    if options.save:
        held = {"sizes": [asdict(one) for one in found], "seconds": seconds}
        (RESULTS / "estimator.json").write_text(json.dumps(held, indent=1) + "\n")
        from benchmarks import report

        PAGE.write_text(report.page(RESULTS))


if __name__ == "__main__":
    main()
