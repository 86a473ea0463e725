"""Does sharing beyond untrained encoders depend on how it is measured? Every setting at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.halves import Splits
from substrate.analyses.shared.samples import Sizes, explained, features, recipes_of, require, sizes
from substrate.analyses.spec import Analysis
from substrate.encoder_ref import twins_of
from substrate.numerics.estimates import Estimate
from substrate.numerics.nulls import with_draws
from substrate.numerics.panel_splits import Profile
from substrate.numerics.scales import CORRELATION
from substrate.runs import Run

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
    def settings(self) -> list[tuple[str, int, int]]:
        """Return each setting: the whitening, K and the split's seed."""
        return list(zip(self.whitening, self.k.tolist(), self.split.tolist(), strict=True))

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
    recipes = recipes_of(run, params.encoders)
    every = Splits.of(run, params.domain, params.seed, blocks=JACKKNIFE_BLOCKS)
    rows: list[tuple[str, int, int, float, Estimate]] = []
    for split, halves in enumerate(every.halves[:SPLITS], start=params.seed):
        one = replace(every, halves=(halves,))
        for whitening in WHITENING:
            profiles = [
                one.profiles(raw, whitening, max(COMPONENTS), recipes=recipes)[0] for raw in panels
            ]
            for k in _dimensions(profiles):
                cut = [panel.leading(k) for panel in profiles]
                value = float(cut[0].weighted()[0])
                rows.append((whitening, k, split, value, _effect(cut, one)))
    whitenings, ks, splits, trained, effects = zip(*rows, strict=True)
    return Settings(
        encoders=params.encoders,
        size=sizes(run, params.domain),
        seeds=params.seeds,
        whitening=whitenings,
        k=np.array(ks),
        split=np.array(splits),
        trained=np.array(trained),
        effect=np.array([e.value for e in effects]),
        low=np.array([np.nan if e.low is None else e.low for e in effects]),
        high=np.array([np.nan if e.high is None else e.high for e in effects]),
        reason=effects[0].reason,
    )


def _dimensions(panels: Sequence[Profile]) -> list[int]:
    available = min(panel.correlations.shape[2] for panel in panels)
    return [k for k in COMPONENTS if k <= available] or [available]


def _effect(panels: Sequence[Profile], splits: Splits) -> Estimate:
    """Subtract the untrained panels' mean; photographs and the draws of twins both vary."""
    trained, *untrained = panels
    value = trained.weighted()
    if not untrained:
        return splits.jackknife(value).interval(CORRELATION)
    draws = np.array([panel.weighted(trained.shares) for panel in untrained])
    effect = splits.jackknife(value - draws.mean(axis=0))
    return with_draws(effect.interval(), draws[:, 0])


SETTINGS = Analysis(
    key="sharedness.by_setting",
    version=4,
    params=SettingsParams,
    result=Settings,
    inputs=lambda run, params: (
        params.encoders + twins_of(params.encoders, params.seeds),
        (params.domain,),
    ),
    compute=compute_settings,
)
