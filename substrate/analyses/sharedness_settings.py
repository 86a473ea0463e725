"""Does sharing beyond untrained encoders depend on how it is measured? Every setting at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.sharedness_halves import Halves, halves_of
from substrate.analyses.spec import Analysis
from substrate.analyses.subspace_inputs import (
    Sizes,
    explained,
    features,
    require,
    sizes,
    twins,
)
from substrate.nulls import Interval, delete_group_jackknife
from substrate.panel import panel_parts, part_correlations
from substrate.runs import Run
from substrate.spectra import existing_directions

#: The values of the switches that the curve runs through; splits count up from the study's seed.
WHITENING = ("z-score", "winsorised", "rank", "none", "truncated")
COMPONENTS, SPLITS = (4, 8, 16, 32), 3
JACKKNIFE_BLOCKS = 12


@dataclass(frozen=True)
class SettingsParams:
    """The panel and its untrained twins on one domain, and the first seed of the splits."""

    encoders: tuple[str, ...]
    domain: str
    seeds: tuple[int, ...]
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Settings:
    """The effect of training on the leave-encoder-out correlation, for every setting.

    ``effect`` is the trained panel's summary less the mean of the untrained panels' (nothing is
    subtracted where there are none); ``low`` and ``high`` are NaN where ``reason`` says why.
    """

    encoders: tuple[str, ...]
    size: Sizes
    seeds: tuple[int, ...]
    whitening: tuple[str, ...]
    k: Int[np.ndarray, " s"]
    split: Int[np.ndarray, " s"]
    trained: Float[np.ndarray, " s"]
    effect: Float[np.ndarray, " s"]
    low: Float[np.ndarray, " s"]
    high: Float[np.ndarray, " s"]
    reason: str

    @property
    def count(self) -> int:
        """Return the number of settings."""
        return len(self.whitening)

    @property
    def agreeing(self) -> int:
        """Count the settings whose effect has the sign of the median effect."""
        return int(np.count_nonzero(np.sign(self.effect) == np.sign(np.median(self.effect))))

    @property
    def clear(self) -> int:
        """Count the settings whose interval lies on the positive side."""
        return int(np.count_nonzero(self.low > 0))


@explained
def compute_settings(run: Run, params: SettingsParams) -> Settings:
    """Measure the effect for every whitening, split and K; the Ks of a split share its basis."""
    require(params.encoders, 2, "encoders")
    panels = [features(run, params.encoders, params.domain)]
    panels += [features(run, params.encoders, params.domain, untrained=s) for s in params.seeds]
    rows: list[tuple[str, int, int, float, float, float, float]] = []
    reason = ""
    for split in range(params.seed, params.seed + SPLITS):
        halves = halves_of(run, params.domain, split)
        for whitening in WHITENING:
            parts = [_parts(raw, halves, whitening) for raw in panels]
            ks = _dimensions(parts)
            interval = _effects(parts, halves, ks)
            reason = interval.reason
            trained = _summaries(part_correlations(parts[0]), ks)
            bounds = _bounds(interval)
            rows += [
                (whitening, k, split, trained[i], interval.value[i], bounds[0][i], bounds[1][i])
                for i, k in enumerate(ks)
            ]
    whitenings, ks_all, splits, trained_all, effect, low, high = zip(*rows, strict=True)
    return Settings(
        encoders=params.encoders,
        size=sizes(run, params.domain),
        seeds=params.seeds,
        whitening=whitenings,
        k=np.array(ks_all),
        split=np.array(splits),
        trained=np.array(trained_all),
        effect=np.array(effect),
        low=np.array(low),
        high=np.array(high),
        reason=reason,
    )


def _parts(raw: Sequence[np.ndarray], halves: Halves, whitening: str) -> np.ndarray:
    fit, test = halves.blocks(raw, whitening)
    most = min(max(COMPONENTS), len(halves.fit) - 1)
    return panel_parts(existing_directions(np.hstack(fit), most), test).parts


def _dimensions(parts: Sequence[np.ndarray]) -> list[int]:
    available = min(part.shape[2] for part in parts)
    return [k for k in COMPONENTS if k <= available] or [available]


def _summaries(
    correlations: Float[np.ndarray, "e m"], ks: Sequence[int]
) -> Float[np.ndarray, " c"]:
    return np.array([np.median(correlations[:, :k], axis=1).mean() for k in ks])


def _effects(parts: Sequence[np.ndarray], halves: Halves, ks: Sequence[int]) -> Interval:
    """Jackknife the effects of all dimensions at once over held-out photographs."""

    def statistic(rows: Int[np.ndarray, " r"]) -> Float[np.ndarray, " c"]:
        each = [_summaries(part_correlations(part[:, rows]), ks) for part in parts]
        untrained = np.mean(each[1:], axis=0) if len(each) > 1 else 0.0
        return np.asarray(each[0] - untrained)

    return delete_group_jackknife(
        statistic, halves.test_groups, unit="held-out photographs", max_units=JACKKNIFE_BLOCKS
    )


def _bounds(interval: Interval) -> tuple[np.ndarray, np.ndarray]:
    if interval.low is None:
        missing = np.full(len(interval.value), np.nan)
        return missing, missing
    return interval.low, interval.high


SETTINGS = Analysis(
    key="sharedness_settings",
    version=2,
    params=SettingsParams,
    result=Settings,
    inputs=lambda run, params: (
        params.encoders + twins(params.encoders, params.seeds),
        (params.domain,),
    ),
    compute=compute_settings,
)
