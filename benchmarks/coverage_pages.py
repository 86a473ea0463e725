"""The nulls and intervals of the pages' own statistics: directions, shared parts, ranks, hits."""

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.rates import DESIGNS, Rate, related, tiles
from substrate.analyses.directions import (
    cell_estimates as directions_cells,
)
from substrate.analyses.directions import (
    cosine_panel as directions_panel,
)
from substrate.analyses.directions import (
    mapped_cosines as directions_mapped,
)
from substrate.analyses.directions import (
    principal_angles as directions_angles,
)
from substrate.analyses.shared.halves import summarised
from substrate.analyses.subspace.intervals import (
    combined,
    jackknifed,
)
from substrate.analyses.training.effective_rank import RANK
from substrate.numerics import (
    nulls,
    panel,
    spectra,
)
from substrate.numerics.intervals import Jackknife
from substrate.numerics.metrics import METRICS
from substrate.numerics.scales import (
    CORRELATION,
    PLAIN,
    SHARE,
    Scale,
)
from substrate.numerics.transfer.ranking import (
    chance_band,
    kendall,
    rank_agreement,
)
from substrate.numerics.transfer.support.accuracy import measure

#: What intervals were before they followed the scale of what they are about.
PLAINLY = "on the plain scale (before)"
Bounds = tuple[float, ...]
Statistic = Callable[..., Bounds]
K = 3
DRAWS = 99
FEW_DRAWS = 39  # where every draw is a decomposition: 2 of 40 are still 5 %
DIRECTIONS = (
    "score correlations, largest of 3 x 3",
    "mapped cosines, largest of 3 x 3",
    "cosine of the first principal angle",
)


def vectors(x: np.ndarray, k: int = K) -> np.ndarray:
    """Return the leading principal directions."""
    return spectra.principal_directions(x, k).vectors


def direction_nulls(trials: int) -> Iterator[Rate]:
    """Reject unrelated features by the panels of the Directions page, groups permuted."""
    for design, groups in DESIGNS.items():
        hits = np.zeros(len(DIRECTIONS))
        for trial in range(trials):
            rng = np.random.default_rng([trial, 5])
            fit = [tiles(groups, rng) for _ in range(2)]
            scores = [tiles(groups, rng) @ vectors(x) for x in fit]
            orders = nulls.group_permutations(groups, DRAWS, seed=trial)
            both = directions_mapped.crossed("mapped", *fit, *(vectors(x) for x in fit))
            cells = [
                (directions_panel.correlations(*scores), _correlated(*scores, orders)),
                (both.cells(), np.array([both.cells(order) for order in orders])),
            ]
            found = [directions_cells.estimate_cells(*pair, n_groups=20).p for pair in cells]
            hits[:2] += [p is not None and p.min() <= 0.05 for p in found]
            products = directions_angles.null_products(*scores, orders)
            angles = np.linalg.svd(products, compute_uv=False)[:, 0]
            cosine = directions_angles.principal_cosines(*scores)[0]
            hits[2] += nulls.calibrate(cosine, angles, n_groups=20).p <= 0.05
        for quantity, hit in zip(DIRECTIONS, hits, strict=True):
            yield Rate("null, permuted by group", design, quantity, hit / trials, 0.05, trials)


def _correlated(x: np.ndarray, y: np.ndarray, orders: np.ndarray) -> np.ndarray:
    return np.array([directions_panel.correlations(x, y[order]) for order in orders])


def shared_parts(trials: int, encoders: int = 4) -> Iterator[Rate]:
    """Reject encoders that share nothing, rows shuffled between them; half as many trials."""
    trials = (trials + 1) // 2
    for design, groups in DESIGNS.items():
        hits = 0
        for trial in range(trials):
            rng = np.random.default_rng([trial, 7])
            hits += _shares_something(groups, encoders, rng, trial) <= 0.05
        quantity = "leave-encoder-out correlation"
        yield Rate("null, rows shuffled by group", design, quantity, hits / trials, 0.05, trials)


def _encoders(
    groups: np.ndarray, count: int, rng: np.random.Generator, common: float
) -> list[np.ndarray]:
    shared = tiles(groups, rng)
    return [common * shared + tiles(groups, rng) for _ in range(count)]


def _shares_something(
    groups: np.ndarray, encoders: int, rng: np.random.Generator, seed: int
) -> float:
    fit, test = (_encoders(groups, encoders, rng, common=0.0) for _ in range(2))
    shuffled, values = panel.LeaveEncoderOutNull.of(fit, test), []
    shares = panel.substrate_basis(fit, K).shares
    for draw in range(FEW_DRAWS):
        seeds = (2 * (1000 * seed + draw) + side for side in range(2))
        orders = (nulls.row_orders(groups, encoders, s) for s in seeds)
        values.append(summarised(shuffled.correlations(*orders, K), shares))
    observed = summarised(panel.leave_encoder_out(fit, test, K).correlations, shares)
    found = nulls.calibrate(float(observed), np.array(values), n_groups=20)
    return 1.0 if found.p is None else found.p


def turned(trials: int) -> Iterator[Rate]:
    """Reject coordinates that mean nothing, where the subspaces are shared; features turned."""
    metric, hits = METRICS["correlation_match"], 0
    for trial in range(trials):
        rng = np.random.default_rng([trial, 8])
        x = rng.normal(size=(120, 6))
        y = nulls.rotated(x, rng) + 0.5 * rng.normal(size=(120, 6))
        null = nulls.rotated_null(metric, x, y, DRAWS, seed=trial)
        found = nulls.calibrate(metric.score(x, y), null, n_groups=120)
        hits += found.p is not None and found.p <= 0.05
    design = "120 independent samples"
    yield Rate("null, rotated", design, "correlation_match", hits / trials, 0.05, trials)


def page_intervals(trials: int) -> Iterator[Rate]:
    """Cover the mean of the estimates of ranks, principal angles, cells and Procrustes-CKA.

    On the scale of each, as the pages do, and on the plain scale, for comparison.
    """
    statistics: dict[str, Statistic] = {
        "participation ratio": _ratio,
        "score correlation of the first directions": _cell,
        "cosine of the first principal angle": _angle,
        "Procrustes-CKA of two domains": _procrustes_cka,
    }
    for design, groups in DESIGNS.items():
        for quantity, statistic in statistics.items():
            draws = (related(groups, np.random.default_rng([t, 9])) for t in range(trials))
            found = np.array([statistic(*pair, groups) for pair in draws])
            truth = found[:, 0].mean()
            for how, low, high in (("by group", 1, 2), (PLAINLY, 3, 4)):
                rate = np.mean((found[:, low] <= truth) & (truth <= found[:, high]))
                yield Rate(f"interval, jackknife {how}", design, quantity, rate, 0.95, trials)


def _both(found: Jackknife, scale: Scale) -> Bounds:
    own, plain = found.interval(scale), found.interval()
    return found.value, own.low, own.high, plain.low, plain.high


def _ratio(x: np.ndarray, _y: np.ndarray, groups: np.ndarray) -> Bounds:
    wide = x * np.geomspace(3, 0.5, x.shape[1])
    found = nulls.group_jackknife(
        lambda kept: spectra.participation_ratio(spectra.eigenspectrum(wide[kept])), groups
    )
    return _both(found, RANK)


def _cell(x: np.ndarray, y: np.ndarray, groups: np.ndarray) -> Bounds:
    a, b = x[:, :1], y[:, :1]
    found = nulls.group_jackknife(
        lambda kept: float(directions_panel.correlations(a[kept], b[kept])[0, 0]), groups
    )
    return _both(found, CORRELATION)


def _angle(x: np.ndarray, y: np.ndarray, groups: np.ndarray) -> Bounds:
    a, b = x[:, :K], y[:, :K]
    found = nulls.group_jackknife(
        lambda kept: float(directions_angles.principal_cosines(a[kept], b[kept])[0]), groups
    )
    return _both(found, SHARE)


def _procrustes_cka(x: np.ndarray, y: np.ndarray, groups: np.ndarray) -> Bounds:
    mixing = np.random.default_rng(0).normal(size=(x.shape[1], 10))
    scale = np.geomspace(3, 0.3, x.shape[1])
    each = jackknifed(
        [[x * scale @ mixing], [y * scale @ mixing]], [groups] * 2, "z-score", (K,), unit="groups"
    )
    own = combined(each, np.arange(2), 2, K, "")
    plain = combined(each, np.arange(2), 2, K, "", (PLAIN, PLAIN))
    ends = (found[0, 0, 1] for found in (own.low, own.high, plain.low, plain.high))
    return float(each[0].value[0, 0, 1]), *ends


def decisions(trials: int) -> Iterator[Rate]:
    """Cover the accuracy of a classifier that is right more often on some photographs."""
    for design, groups in DESIGNS.items():
        for truth, shape in ((2 / 3, (4, 2)), (0.98, (49, 1))):
            hits = np.zeros(2)
            codes = groups % 2
            for trial in range(trials):
                rng = np.random.default_rng([trial, 10])
                ease = rng.beta(*shape, size=groups.max() + 1)[groups]
                right = rng.uniform(size=len(groups)) < ease
                decided = np.where(right, codes, 1 - codes)
                found = measure(("a", "b"), codes, decided, groups).overall
                plain = nulls.delete_group_jackknife(_mean_of(right), groups, max_units=None)
                hits += [each.low <= truth <= each.high for each in (found, plain)]
            quantity = f"accuracy of {truth:.2f}"
            for how, hit in zip(("Wilson's", f"jackknife {PLAINLY}"), hits, strict=True):
                yield Rate(f"interval, {how}", design, quantity, hit / trials, 0.95, trials)


def _mean_of(values: np.ndarray) -> Callable[[np.ndarray], float]:
    return lambda rows: float(values[rows].mean())


def maxima(trials: int, count: int = 12) -> Iterator[Rate]:
    """Cover the true value of the largest of twelve equal correlations, after having looked."""
    truth, groups, hits = np.sqrt(0.5), DESIGNS["20 groups of 6 tiles"], np.zeros(2)
    for trial in range(trials):
        rng = np.random.default_rng([trial, 12])
        x = tiles(groups, rng, count)
        y = x + tiles(groups, rng, count)
        found = nulls.group_jackknife(_paired(x, y), groups)
        top = int(found.value.argmax())
        for index, jointly in enumerate((True, False)):
            interval = found.interval(CORRELATION, jointly=jointly)
            hits[index] += interval.low[top] <= truth <= interval.high[top]
    for how, hit in zip(("of all together", "of the largest alone (wrong)"), hits, strict=True):
        design, quantity = "20 groups of 6 tiles", f"largest of {count} score correlations"
        yield Rate(f"interval, {how}", design, quantity, hit / trials, 0.95, trials)


def _paired(x: np.ndarray, y: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    return lambda rows: spectra.column_correlations(x[rows], y[rows])


def rankings(trials: int, encoders: int = 14, correlation: float = 0.5) -> Iterator[Rate]:
    """Reject unrelated rankings of encoders outside the shuffled band; cover a true tau."""
    truth, hits, covered = 2 / np.pi * np.arcsin(correlation), 0, 0
    for trial in range(trials):
        rng = np.random.default_rng([trial, 11])
        x, y = rng.normal(size=(2, encoders))
        low, high = chance_band(x, y, seed=trial, shuffles=400).kendall
        hits += not low <= kendall(x, y) <= high
        mixed = correlation * x + np.sqrt(1 - correlation**2) * y
        interval = rank_agreement(x, mixed).kendall
        covered += interval.low <= truth <= interval.high
    design = f"{encoders} encoders"
    yield Rate("null, encoders shuffled", design, "Kendall's tau", hits / trials, 0.05, trials)
    rate = covered / trials
    yield Rate("interval, jackknife by encoder", design, "Kendall's tau", rate, 0.95, trials)


STUDIES = (
    direction_nulls,
    shared_parts,
    turned,
    page_intervals,
    decisions,
    maxima,
    rankings,
)
