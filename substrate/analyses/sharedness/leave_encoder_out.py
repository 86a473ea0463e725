"""Do encoders share directions? Leave-encoder-out correlations on held-out photographs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.halves import JACKKNIFE_BLOCKS, Halves, Splits, halves_of, summarised
from substrate.analyses.shared.samples import (
    WITHIN,
    Sizes,
    explained,
    features,
    recipes_of,
    require,
    require_whitening,
    sizes,
)
from substrate.analyses.shared.units import (
    Units,
    units_of,
)
from substrate.analyses.spec import Analysis
from substrate.domains.spec import DomainError
from substrate.domains.splits import split
from substrate.numerics.estimates import Estimate
from substrate.numerics.joined import joined, standardised_blocks
from substrate.numerics.nulls import (
    MIN_GROUPS,
    delete_group_jackknife,
    row_orders,
    too_few,
)
from substrate.numerics.panel import (
    LeaveEncoderOut,
    LeaveEncoderOutNull,
    panel_parts,
    part_correlations,
    split_half_ceiling,
    substrate_basis,
)
from substrate.numerics.scales import CORRELATION
from substrate.numerics.spectra import (
    column_correlations,
    existing_directions,
    isolation,
)
from substrate.numerics.whitening import standardisation
from substrate.runs import Run

#: Random draws of the shuffled null, and random halvings of each encoder's units.
SHUFFLES, HALVINGS = 199, 4


@dataclass(frozen=True)
class SharednessParams:
    """The panel, the domain, the dimension K, and the seed of the split."""

    encoders: tuple[str, ...]
    domain: str
    whitening: str = "z-score"
    components: int = 16
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Sharedness:
    """How far each encoder's part of each panel direction agrees with the other encoders'.

    ``correlations`` are measured on the held-out ``rows`` of one split, whose directions are the
    ones shown; ``low`` and ``high`` hold for these directions and are NaN where there are fewer
    than ten held-out photographs; ``mean_low`` and ``mean_high`` bound the mean over encoders.
    ``summary`` is the mean over encoders and directions, weighted by the variance along each
    direction and averaged over ``splits`` splits; its interval is over the photographs of both
    halves. ``split_correlations`` (means over encoders) and ``split_shares`` (of the variance
    along the directions kept) are what it is made of: by split, then for all photographs and
    without each block of them, by direction.
    ``shuffled`` holds the correlations for rows shuffled between encoders, ``ceiling`` how high
    they can come, judged by halves of the encoders' units, ``reliability`` the agreement of each
    direction with itself when found in two halves of the fitted photographs.
    ``scores`` are the panel's scores of the held-out rows, ``parts`` each encoder's share of them;
    ``units`` say how many units took part.
    """

    encoders: tuple[str, ...]
    size: Sizes
    whitening: str
    k: int
    seed: int
    unit: str
    n_fit: int
    n_test: int
    photographs_test: int
    correlations: Float[np.ndarray, "e k"]
    low: Float[np.ndarray, "e k"]
    high: Float[np.ndarray, "e k"]
    mean_low: Float[np.ndarray, " k"]
    mean_high: Float[np.ndarray, " k"]
    summary: Estimate
    splits: int
    split_correlations: Float[np.ndarray, "s b q"]
    split_shares: Float[np.ndarray, "s b q"]
    shuffled: Float[np.ndarray, "draws e k"]
    ceiling: Float[np.ndarray, "e k"]
    reliability: Float[np.ndarray, " k"]
    isolation: Float[np.ndarray, " k"]
    variance_shares: Float[np.ndarray, " k"]
    loading_shares: Float[np.ndarray, "e k"]
    rows: Int[np.ndarray, " t"]
    scores: Float[np.ndarray, "t k"]
    parts: Float[np.ndarray, "e t k"]
    units: Units

    @property
    def within(self) -> bool:
        """Say whether fitted and held-out tiles come from the same photographs."""
        return self.unit == WITHIN

    @property
    def held_out(self) -> Sizes:
        """Return the held-out samples and photographs, which are what shuffling rests on."""
        return replace(self.size, n=self.n_test, photographs=self.photographs_test)

    @property
    def no_chance(self) -> str:
        """Say why nothing may be compared with shuffled samples; "" where it may."""
        if not self.held_out.within:
            return ""
        return too_few(
            self.photographs_test,
            f"held-out {self.size.nouns.group}s",
            MIN_GROUPS,
            "comparison with chance",
        )

    @property
    def mean(self) -> Float[np.ndarray, " k"]:
        """Return the mean over encoders, by direction."""
        return self.correlations.mean(axis=0)

    @property
    def shuffled_summaries(self) -> Float[np.ndarray, " s"]:
        """Return the summary of each shuffled draw."""
        return summarised(self.shuffled, self.variance_shares)


@explained
def compute_sharedness(run: Run, params: SharednessParams) -> Sharedness:
    """Fit the panel's directions on half of the photographs and test them on the others."""
    require(params.encoders, 2, "encoders")
    halves = halves_of(run, params.domain, params.seed)
    raw = features(run, params.encoders, params.domain)
    fit, test = halves.blocks(raw, params.whitening)
    directions = existing_directions(joined(fit), min(params.components + 1, len(halves.fit) - 1))
    k = min(params.components, len(directions.variances))
    recipes = recipes_of(run, params.encoders)
    left_out = panel_parts(directions.leading(k), test, recipes)
    measured = _with_intervals(
        left_out.parts, halves, recipes, run.domains[params.domain].nouns.group
    )
    splits = Splits.of(run, params.domain, params.seed)
    (over_splits,) = splits.profiles(raw, params.whitening, params.components, recipes=recipes)
    averaged = splits.jackknife(over_splits.weighted())
    gaps = np.append(isolation(directions.variances), np.nan)[:k]
    return Sharedness(
        encoders=params.encoders,
        size=sizes(run, params.domain),
        whitening=params.whitening,
        k=k,
        seed=params.seed,
        unit=halves.unit,
        n_fit=len(halves.fit),
        n_test=len(halves.test),
        photographs_test=len(np.unique(halves.test_groups)),
        correlations=measured.values,
        low=measured.low,
        high=measured.high,
        mean_low=measured.mean_low,
        mean_high=measured.mean_high,
        summary=averaged.interval(CORRELATION),
        splits=len(splits.halves),
        split_correlations=over_splits.correlations,
        split_shares=over_splits.shares,
        shuffled=_shuffled(raw, splits, k, params, recipes),
        ceiling=split_half_ceiling(
            test, left_out.basis.vectors, halvings=HALVINGS, seed=params.seed
        ),
        reliability=_reliability(raw, halves, params, left_out),
        isolation=gaps,
        variance_shares=left_out.basis.shares,
        loading_shares=left_out.shares,
        rows=halves.test,
        scores=left_out.scores,
        parts=left_out.parts.astype(np.float32),
        units=units_of(
            [x[halves.fit] for x in raw], halves.fit_groups, require_whitening(params.whitening)
        ),
    )


@dataclass(frozen=True, eq=False)
class _Intervals:
    """The correlations with their intervals, and those of their mean."""

    values: Float[np.ndarray, "e k"]
    low: Float[np.ndarray, "e k"]
    high: Float[np.ndarray, "e k"]
    mean_low: Float[np.ndarray, " k"]
    mean_high: Float[np.ndarray, " k"]


def _with_intervals(
    parts: Float[np.ndarray, "e t k"], halves: Halves, recipes: Sequence[str], group: str
) -> _Intervals:
    """Jackknife held-out photographs; the directions stay as they were fitted."""
    e, _, k = parts.shape

    def statistic(rows: Int[np.ndarray, " r"]) -> Float[np.ndarray, " m"]:
        correlations = part_correlations(parts[:, rows], recipes)
        return np.concatenate([correlations.ravel(), correlations.mean(axis=0)])

    interval = delete_group_jackknife(
        statistic,
        halves.test_groups,
        unit=f"held-out {group}s",
        max_units=JACKKNIFE_BLOCKS,
        scale=CORRELATION,
    )
    bounds = [interval.low, interval.high]
    if interval.low is None:
        bounds = [np.full(len(interval.value), np.nan)] * 2
    low, high = (bound[: e * k].reshape(e, k) for bound in bounds)
    mean_low, mean_high = (bound[e * k :] for bound in bounds)
    return _Intervals(interval.value[: e * k].reshape(e, k), low, high, mean_low, mean_high)


def _shuffled(
    raw: Sequence[np.ndarray],
    splits: Splits,
    k: int,
    params: SharednessParams,
    recipes: Sequence[str],
) -> Float[np.ndarray, "s e k"]:
    """Give each encoder its own order of photographs before the directions are found."""
    halves = splits.halves[0]
    fit, test = halves.blocks([x[splits.rows] for x in raw], params.whitening)
    null = LeaveEncoderOutNull.of(fit, test)
    draws = np.full((SHUFFLES, len(fit), k), np.nan)
    for draw in range(SHUFFLES):
        of_fit, of_test = (
            row_orders(groups, len(fit), 2 * (1000 * params.seed + draw) + side)
            for side, groups in enumerate((halves.fit_groups, halves.test_groups))
        )
        drawn = null.correlations(of_fit, of_test, k, recipes)
        draws[draw, :, : drawn.shape[1]] = drawn
    return draws.astype(np.float32).astype(float)  # draws are most of what is stored: packed, half


def _reliability(
    raw: Sequence[np.ndarray],
    halves: Halves,
    params: SharednessParams,
    left_out: LeaveEncoderOut,
) -> Float[np.ndarray, " k"]:
    """Find each direction in two halves of the fitted photographs; correlate their scores."""
    k = len(left_out.basis.variances)
    fitted = halves.table.iloc[halves.fit].reset_index(drop=True)
    try:
        first, second, _ = split(fitted, seed=params.seed + 1)
    except DomainError:
        return np.full(k, np.nan)
    if min(len(first), len(second)) < k + 2:
        return np.full(k, np.nan)
    scores = []
    for part in (first, second):
        rows, groups = halves.fit[part], halves.fit_groups[part]
        learnt = [
            standardisation(x[rows], require_whitening(params.whitening), groups=groups)
            for x in raw
        ]
        blocks = standardised_blocks([x[rows] for x in raw], learnt)
        tested = standardised_blocks([x[halves.test] for x in raw], learnt)
        scores.append(joined(tested) @ substrate_basis(blocks, k).vectors)
    return np.abs(column_correlations(*scores))


SHAREDNESS = Analysis(
    key="sharedness.leave_encoder_out",
    version=7,
    params=SharednessParams,
    result=Sharedness,
    inputs=lambda run, params: (params.encoders, (params.domain,)),
    compute=compute_sharedness,
)
