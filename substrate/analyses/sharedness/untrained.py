"""How far untrained encoders share directions: the null that training is held against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.halves import Splits, halves_of
from substrate.analyses.shared.samples import (
    explained,
    features,
    recipes_of,
    require,
    require_whitening,
)
from substrate.analyses.shared.units import (
    Units,
    units_of,
)
from substrate.analyses.sharedness.leave_encoder_out import (
    SHAREDNESS,
    Sharedness,
    SharednessParams,
)
from substrate.analyses.spec import Analysis, obtain
from substrate.encoder_ref import twins_of
from substrate.numerics.estimates import Estimate
from substrate.numerics.joined import joined
from substrate.numerics.nulls import with_draws
from substrate.numerics.panel import panel_parts
from substrate.numerics.panel_splits import Profile
from substrate.numerics.spectra import existing_directions
from substrate.runs import Run


@dataclass(frozen=True)
class UntrainedSharednessParams:
    """The same splits and panel, with untrained twins of these seeds beside it."""

    encoders: tuple[str, ...]
    domain: str
    seeds: tuple[int, ...]
    whitening: str = "z-score"
    components: int = 16
    seed: int = 0

    def trained(self) -> SharednessParams:
        """Return the parameters of the trained panel."""
        return SharednessParams(
            self.encoders, self.domain, self.whitening, self.components, self.seed
        )


@dataclass(frozen=True, eq=False)
class UntrainedSharedness:
    """Leave-encoder-out correlations of panels of untrained twins, by seed.

    ``correlations`` are those of the split whose directions are shown. ``summaries`` are means
    over encoders, directions and splits, the directions weighted by the variance of the *trained*
    panel along its own, rank by rank: an untrained panel's variance lies along two directions or
    three, mostly brightness, and by its own shares (``own_weights``) it would be judged by these
    alone. ``difference`` is the trained panel's summary less the mean of the untrained panels':
    its interval takes in the photographs of both halves and the draws of the twins, the trained
    panel counted as one more draw (see `substrate.numerics.intervals.with_draws`).
    ``over_photographs`` leaves the draws out. ``replicates`` hold the summaries for all photographs
    and without each block of them; ``units`` say how many units took part, seed by seed.
    """

    encoders: tuple[str, ...]
    domain: str
    seeds: tuple[int, ...]
    correlations: Float[np.ndarray, "s e k"]
    summaries: Float[np.ndarray, " s"]
    own_weights: Float[np.ndarray, " s"]
    replicates: Float[np.ndarray, "s b"]
    trained: float
    difference: Estimate
    over_photographs: Estimate
    units: tuple[Units, ...]

    @property
    def rank(self) -> int:
        """Return the trained panel's place among all panels, 1 for the highest."""
        return 1 + int(np.count_nonzero(self.summaries >= self.trained))


@explained
def compute_untrained_sharedness(
    run: Run, params: UntrainedSharednessParams
) -> UntrainedSharedness:
    """Do for each panel of untrained twins what `compute_sharedness` does for the panel."""
    require(params.encoders, 2, "encoders")
    require(tuple(map(str, params.seeds)), 1, "seeds of untrained twins")
    trained: Sharedness = obtain(SHAREDNESS, run, params.trained())
    splits = Splits.of(run, params.domain, params.seed)
    correlations, panels, units = [], [], []
    recipes = recipes_of(run, params.encoders)
    halves = halves_of(run, params.domain, params.seed)
    for seed in params.seeds:
        raw = features(run, params.encoders, params.domain, untrained=seed)
        fit, test = halves.blocks(raw, params.whitening)
        basis = existing_directions(joined(fit), params.components)
        correlations.append(panel_parts(basis, test, recipes).correlations)
        panels += splits.profiles(raw, params.whitening, params.components, recipes=recipes)
        own = [x[halves.fit] for x in raw]
        units.append(units_of(own, halves.fit_groups, require_whitening(params.whitening)))
    k = min(x.shape[1] for x in correlations)
    of_trained = Profile(trained.split_correlations, trained.split_shares).weighted()
    replicates = np.array([panel.weighted(trained.split_shares) for panel in panels])
    over_photographs = splits.jackknife(of_trained - replicates.mean(axis=0)).interval()
    return UntrainedSharedness(
        encoders=params.encoders,
        domain=params.domain,
        seeds=params.seeds,
        correlations=np.array([x[:, :k] for x in correlations]),
        summaries=replicates[:, 0],
        own_weights=np.array([panel.weighted()[0] for panel in panels]),
        replicates=replicates,
        trained=float(of_trained[0]),
        difference=with_draws(over_photographs, replicates[:, 0]),
        over_photographs=over_photographs,
        units=tuple(units),
    )


UNTRAINED_SHAREDNESS = Analysis(
    key="sharedness.untrained",
    version=5,
    params=UntrainedSharednessParams,
    result=UntrainedSharedness,
    inputs=lambda run, params: (
        params.encoders + twins_of(params.encoders, params.seeds),
        (params.domain,),
    ),
    compute=compute_untrained_sharedness,
    uses=(SHAREDNESS,),
)
