"""What is concluded about panels: the headline, draws of twins, and how many directions."""

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.rates import DESIGNS, Rate, tiles
from substrate.analyses.directions import principal_angles as directions_angles
from substrate.analyses.shared.halves import summarised
from substrate.numerics import (
    estimates,
    intervals,
    nulls,
    panel,
)
from substrate.numerics.panel_splits import (
    Profile,
    SplitPanel,
    kept_rows,
    profile,
)
from substrate.numerics.scales import (
    CORRELATION,
    PLAIN,
    Scale,
)
from substrate.numerics.shared_directions import (
    reduced,
    shared_directions,
)

K, SPLITS, BLOCKS = 6, 3, 20
ENCODERS, DRAWS = 3, 8
COUNTS, STRENGTHS = (0, 1, 3, 6, 10), (0.8, 0.5, 0.3)


def measured(
    blocks: Sequence[np.ndarray], groups: np.ndarray, seed: int, blocks_out: int = BLOCKS
) -> Profile:
    """Measure a panel over several splits, and again without each block of groups."""
    halves = list(nulls.split_half(groups, SPLITS, seed))
    prepared = []
    for fit, test in halves:
        centred = [x - x[fit].mean(axis=0) for x in blocks]
        prepared.append(
            SplitPanel.of(fit, test, [x[fit] for x in centred], [x[test] for x in centred])
        )
    return profile(prepared, kept_rows(groups, blocks_out), K)


def interval(replicates: np.ndarray, scale: Scale = CORRELATION) -> estimates.Estimate:
    """Read the first replicate as the value, the others as it without each block."""
    return intervals.Jackknife(replicates[0], (replicates[1:],), "groups", 20).interval(scale)


def sharing(groups: np.ndarray, rng: np.random.Generator, common: float) -> list[np.ndarray]:
    """Draw encoders that see the same latent features through mixing and noise of their own."""
    latent = tiles(groups, rng, 4)
    return [
        common * latent @ np.random.default_rng(e).normal(size=(4, 12)) + tiles(groups, rng, 12)
        for e in range(4)
    ]


def headline(trials: int) -> Iterator[Rate]:
    """Cover the mean of the estimates when both halves are drawn anew."""
    for design, groups in DESIGNS.items():
        before, after = [], []
        for trial in range(trials):
            blocks = sharing(groups, np.random.default_rng([trial, 21]), common=0.4)
            found = measured(blocks, groups, trial)
            whole = interval(found.weighted())
            after.append((whole.value, whole.low, whole.high))
            before.append(_held_out_only(blocks, groups, trial))
        for how, bounds in (
            ("interval, held-out half alone (wrong)", before),
            ("interval, both halves, several splits", after),
        ):
            value, low, high = np.array(bounds).T
            rate = float(np.mean((low <= value.mean()) & (value.mean() <= high)))
            yield Rate(how, design, "what a panel shares, over redraws", rate, 0.95, trials)


def _held_out_only(
    blocks: Sequence[np.ndarray], groups: np.ndarray, seed: int
) -> tuple[float, float, float]:
    """One split, the fitted directions held: what was printed before."""
    fit, test = next(nulls.split_half(groups, 1, seed))
    centred = [x - x[fit].mean(axis=0) for x in blocks]
    basis = panel.substrate_basis([x[fit] for x in centred], K)
    parts = panel.panel_parts(basis, [x[test] for x in centred]).parts
    found = nulls.delete_group_jackknife(
        lambda rows: float(summarised(panel.part_correlations(parts[:, rows]), basis.shares)),
        groups[test],
        max_units=BLOCKS,
        scale=CORRELATION,
    )
    return found.value, found.low, found.high


def untrained(groups: np.ndarray, rng: np.random.Generator) -> list[list[np.ndarray]]:
    """Panels of random networks, one after another, that see the same low-level features."""
    seen = tiles(groups, rng, 10) * np.geomspace(3, 0.5, 10)
    return [
        [np.maximum(seen @ rng.normal(size=(10, 24)), 0) for _ in range(ENCODERS)]
        for _ in range(DRAWS + 1)
    ]


def draws_of_twins(trials: int) -> Iterator[Rate]:
    """Put a further untrained draw in the place of the trained panel; half as many trials."""
    trials = (trials + 1) // 2
    for design, groups in DESIGNS.items():
        alone = both = 0
        for trial in range(trials):
            panels = untrained(groups, np.random.default_rng([trial, 22]))
            own, *others = [measured(each, groups, trial) for each in panels]
            draws = np.array([other.weighted(own.shares) for other in others])
            difference = own.weighted() - draws.mean(axis=0)
            over = interval(difference, PLAIN)
            wide = intervals.with_draws(over, draws[:, 0])
            alone += not over.low <= 0 <= over.high
            both += not wide.low <= 0 <= wide.high
        what = "a further untrained panel told from eight"
        for how, hits in (
            ("null, photographs alone (wrong)", alone),
            ("null, draws as well", both),
        ):
            yield Rate(how, design, what, hits / trials, 0.05, trials)


def planted(shared: int, strength: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Five encoders of 64 units that correlate by ``strength`` along some directions of 16."""
    common, found = rng.normal(size=(256, shared)), []
    for _ in range(5):
        own = rng.normal(size=(256, 64))
        own[:, :shared] = np.sqrt(strength) * common + np.sqrt(1 - strength) * own[:, :shared]
        order = np.concatenate([rng.permutation(16), np.arange(16, 64)])
        turn = np.linalg.qr(rng.normal(size=(64, 64)))[0]
        x = own * 0.97**order @ turn
        found.append(x / x.std(axis=0))
    return found


def counts(trials: int) -> Iterator[Rate]:
    """Count planted directions: to within one, and seldom too many; a quarter as many trials."""
    trials = (trials + 3) // 4
    for strength in STRENGTHS:
        for shared in COUNTS:
            if not shared and strength != STRENGTHS[0]:
                continue
            found = []
            for trial in range(trials):
                blocks = planted(shared, strength, np.random.default_rng([trial, shared, 23]))
                scores = reduced(blocks, 16)
                found.append(shared_directions(scores, np.arange(256), shuffles=99, seed=trial))
            error = np.array([each.count - shared for each in found])
            design = f"256 samples, {shared} shared, correlation {strength:g}"
            within = float(np.mean(np.abs(error) <= 1))
            yield Rate("count, within one", design, "shared directions", within, 0.9, trials)
            over = float(np.mean(error > 0))
            yield Rate("count, too many", design, "shared directions", over, 0.05, trials)


def angles(trials: int, shared: int = 3) -> Iterator[Rate]:
    """Count principal angles closer than chance: rank by rank, and one after another."""
    hits = np.zeros(2)
    for trial in range(trials):
        rng = np.random.default_rng([trial, 24])
        common = rng.normal(size=(128, shared))
        x, y = (
            np.hstack([common + 0.5 * rng.normal(size=(128, shared)), rng.normal(size=(128, 13))])
            for _ in range(2)
        )
        orders = nulls.group_permutations(np.arange(128), 99, trial)
        products = directions_angles.null_products(x, y, orders)
        cells = directions_angles.null_products(x, y, np.arange(128)[None])[0]
        highest = np.quantile(np.linalg.svd(products, compute_uv=False), 0.95, axis=0)
        by_rank = int((directions_angles.principal_cosines(x, y) > highest).sum())
        steps = directions_angles.Steps.of(cells, products, 128, "")
        hits += [by_rank > shared, int((steps.p <= 0.05).sum()) > shared]
    ways = ("count, rank by rank (wrong), too many", "count, one after another, too many")
    for how, hit in zip(ways, hits, strict=True):
        design = f"128 samples, {shared} of 16 shared"
        yield Rate(how, design, "principal angles", hit / trials, 0.05, trials)


STUDIES = (headline, draws_of_twins, counts, angles)
