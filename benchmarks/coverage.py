"""`python -m benchmarks.coverage`: do nulls reject 5 % and intervals cover 95 %, tiles included?"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import coverage_pages, coverage_panels
from benchmarks.rates import DESIGNS, Rate, related, table, tiles
from substrate.numerics import nulls
from substrate.numerics.metrics import METRICS
from substrate.numerics.metrics.support.cka_null import (
    gram_shape,
    permutation_moments,
)

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
PAGES = (*coverage_pages.STUDIES, *coverage_panels.STUDIES)
KEYS = ("debiased_cka", "linear_cka", "nuclear_similarity", "mutual_knn", "rsa_euclidean_spearman")


def false_positives(trials: int, count: int = 99) -> Iterator[Rate]:
    """Reject unrelated features at 5 %: by groups, and by tiles as if they were independent."""
    for design, groups in DESIGNS.items():
        units = {"by group": groups}
        if len(np.unique(groups)) < len(groups):
            units["by tile (wrong)"] = np.arange(len(groups))
        for how, labels in units.items():
            hits = np.zeros(len(KEYS) + 1)
            for trial in range(trials):
                rng = np.random.default_rng([trial, 1])
                x, y = tiles(groups, rng), tiles(groups, rng)
                orders = nulls.group_permutations(labels, count, seed=trial)
                hits[:-1] += [_rejects(key, x, y, orders) for key in KEYS]
                layers = [tiles(groups, rng, 3) for _ in range(6)]
                hits[-1] += _layers_reject(layers, orders)
            for quantity, hit in zip((*KEYS, "largest of 3 x 3 layers"), hits, strict=True):
                yield Rate(f"null, permuted {how}", design, quantity, hit / trials, 0.05, trials)


def _rejects(key: str, x: np.ndarray, y: np.ndarray, orders: np.ndarray) -> bool:
    metric = METRICS[key]
    a, b = metric.prepare(x), metric.prepare(y)
    null = nulls.permutation_null(metric, a, b, orders)
    p = nulls.calibrate(metric.compare(a, b), null, n_groups=20).p
    return p is not None and p <= 0.05


def _layers_reject(layers: list[np.ndarray], orders: np.ndarray) -> bool:
    metric = METRICS["linear_cka"]
    states = [metric.prepare(x) for x in layers]
    null = [[metric.compare_permuted(a, b, orders) for b in states[3:]] for a in states[:3]]
    result = nulls.layer_calibration(
        metric.compare_all(states[:3], states[3:]), np.transpose(null, (2, 0, 1)), n_groups=20
    )
    return result.p is not None and bool(result.p.min() <= 0.05)


def closed_form(trials: int) -> Iterator[Rate]:
    """Reject unrelated, independent samples by the closed-form tail."""
    metric, hits = METRICS["debiased_cka"], 0
    for trial in range(trials):
        rng = np.random.default_rng([trial, 2])
        a, b = (metric.prepare(tiles(np.arange(120), rng)) for _ in range(2))
        moments = permutation_moments(gram_shape(a), gram_shape(b))
        hits += moments.p(metric.compare(a, b)) <= 0.05
    design = "120 independent samples"
    yield Rate("null, closed form", design, "debiased_cka", hits / trials, 0.05, trials)


def jackknife(trials: int) -> Iterator[Rate]:
    """Cover the mean of the estimates: by groups, by tiles, and by a bootstrap for comparison."""
    for design, groups in DESIGNS.items():
        ways: dict[str, Callable[..., tuple[float, float]]] = {"jackknife by group": _by(groups)}
        if len(np.unique(groups)) < len(groups):
            ways["jackknife by tile (wrong)"] = _by(np.arange(len(groups)))
        ways["bootstrap of groups (wrong)"] = _bootstrap(groups)
        for key in KEYS[:4]:
            metric = METRICS[key]
            pairs = [related(groups, np.random.default_rng([t, 3])) for t in range(trials)]
            states = [tuple(metric.prepare(side) for side in pair) for pair in pairs]
            truth = np.mean([metric.compare(*pair) for pair in states])
            for how, interval in ways.items():
                bounds = [interval(metric, a, b) for a, b in states]
                hits = sum(low <= truth <= high for low, high in bounds)
                yield Rate(f"interval, {how}", design, key, hits / trials, 0.95, trials)


def _by(groups: np.ndarray) -> Callable[..., tuple[float, float]]:
    def interval(metric: Any, a: Any, b: Any) -> tuple[float, float]:
        result = nulls.delete_group_jackknife(
            lambda rows: metric.compare(metric.take_rows(a, rows), metric.take_rows(b, rows)),
            groups,
            scale=metric.scale,
        )
        return result.low, result.high

    return interval


def _bootstrap(groups: np.ndarray, draws: int = 60) -> Callable[..., tuple[float, float]]:
    members = nulls.group_members(groups)

    def interval(metric: Any, a: Any, b: Any) -> tuple[float, float]:
        rng = np.random.default_rng(0)
        values = []
        for _ in range(draws):
            drawn = rng.integers(len(members), size=len(members))
            rows = np.concatenate([members[g] for g in drawn])
            values.append(metric.compare(metric.take_rows(a, rows), metric.take_rows(b, rows)))
        low, high = np.quantile(values, [0.025, 0.975])
        return float(low), float(high)

    return interval


def encoders(trials: int) -> Iterator[Rate]:
    """Cover the mean over pairs of 12 encoders, and the difference of two kinds of 8 each."""
    for n, strata, quantity in (
        (12, None, "mean over pairs of 12 encoders"),
        (16, np.repeat([0, 1], 8), "difference of two kinds of 8 encoders"),
    ):
        by_encoder = by_pair = 0
        for trial in range(trials):
            similarity = _similarities(n, np.random.default_rng([trial, 4]))
            result = nulls.encoder_jackknife(_mean_of(similarity, strata), n, strata=strata)
            by_encoder += result.low <= 0 <= result.high
            if strata is None:
                values = similarity[np.triu_indices(n, 1)]
                reach = 1.96 * values.std(ddof=1) / np.sqrt(values.size)
                by_pair += abs(values.mean()) <= reach
        design = "effects of encoders and of pairs"
        rate = by_encoder / trials
        yield Rate("interval, jackknife by encoder", design, quantity, rate, 0.95, trials)
        if strata is None:
            rate = by_pair / trials
            yield Rate("interval, by pair (wrong)", design, quantity, rate, 0.95, trials)


def _similarities(n: int, rng: np.random.Generator) -> np.ndarray:
    own, pair = rng.normal(size=n), rng.normal(size=(n, n))
    return own[:, None] + own + 0.5 * (pair + pair.T)


def _mean_of(similarity: np.ndarray, strata: np.ndarray | None) -> Callable[[np.ndarray], float]:
    def mean(kept: np.ndarray) -> float:
        block = similarity[np.ix_(kept, kept)]
        return float(block[np.triu_indices(len(kept), 1)].mean())

    if strata is None:
        return mean
    return lambda kept: mean(kept[strata[kept] == 0]) - mean(kept[strata[kept] == 1])


def study(trials: int) -> list[Rate]:
    """Run everything."""
    return [
        *false_positives(trials),
        *closed_form(trials),
        *jackknife(trials),
        *encoders(trials),
        *(rate for part in PAGES for rate in part(trials)),
    ]


def _pages_anew(trials: int, parts: Sequence[Callable[[int], Iterator[Rate]]]) -> list[Rate]:
    """Run some of the pages' statistics again and take other rates from where they are kept."""
    kept = [Rate(**rate) for rate in json.loads((RESULTS / "coverage.json").read_text())]
    new = [rate for part in parts for rate in part(trials)]
    again = {(rate.study, rate.design, rate.quantity) for rate in new}
    return [r for r in kept if (r.study, r.design, r.quantity) not in again and _still(r)] + new


def _still(rate: Rate) -> bool:
    """Tell whether a rate that was kept is of something that is still measured."""
    gone = ("accuracy", "leave-encoder-out correlation")
    return rate.study != "interval, jackknife by group" or rate.quantity not in gone


def main() -> None:
    """Simulate, print, and keep the figures where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--pages-only", action="store_true", help="keep the others as they are")
    parser.add_argument("--save", action="store_true", help="write the figures to the docs")
    parser.add_argument("--panels-only", action="store_true", help="as --pages-only: panels alone")
    options = parser.parse_args()
    if options.pages_only or options.panels_only:
        parts = coverage_panels.STUDIES if options.panels_only else PAGES
        rates = _pages_anew(options.trials, parts)
    else:
        rates = study(options.trials)
    print(table(rates))
    if options.save:
        rows = [asdict(rate) for rate in rates]
        (RESULTS / "coverage.json").write_text(json.dumps(rows, indent=1) + "\n")
        from benchmarks import report

        PAGE.write_text(report.page(RESULTS))


if __name__ == "__main__":
    main()
