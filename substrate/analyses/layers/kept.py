"""What do layers keep? Image statistics, labels and the dimension of the features along depth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.layers.all_encoders import common_seeds
from substrate.analyses.layers.kept_measure import (
    DIMENSION,
    IMBALANCE,
    LABELS,
    QUANTITIES,
    SCALES,
    FittedLayer,
    LayerTargets,
    fitted,
    last_change,
    layer_targets,
)
from substrate.analyses.layers.kept_targets import LabelTargets
from substrate.analyses.layers.meeting import feature_depths
from substrate.analyses.shared.halves import JACKKNIFE_BLOCKS
from substrate.analyses.shared.image_statistics import IMAGE_STATISTICS
from substrate.analyses.shared.refusals import NO_COMMON_TWIN
from substrate.analyses.shared.samples import Sizes, explained, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.encoder_ref import EncoderRef, twins_of
from substrate.numerics.intervals import MIN_DRAWS, Jackknife, group_jackknife
from substrate.numerics.parallel import parallel_map
from substrate.numerics.proportions import proportion
from substrate.runs import Run

#: Draws of untrained twins at most: as many as a verdict needs, each as dear as the encoders.
MOST_SEEDS = MIN_DRAWS


@dataclass(frozen=True)
class KeptParams:
    """Encoders on one domain; the seed deals photographs into folds."""

    encoders: tuple[str, ...]
    domain: str
    seed: int = 0


@dataclass(frozen=True, eq=False)
class EncoderKept:
    """One encoder's quantities (rows, as `QUANTITIES`) at its layers up to the last features.

    Limits are NaN where there is no interval, values where there is no value. ``change`` is the
    value at the last features less that at two thirds of the depth, which lies on the line.
    """

    encoder: str
    layers: tuple[str, ...]
    depth: Float[np.ndarray, " a"]
    values: Float[np.ndarray, "q a"]
    low: Float[np.ndarray, "q a"]
    high: Float[np.ndarray, "q a"]
    change: Float[np.ndarray, " q"]
    change_low: Float[np.ndarray, " q"]
    change_high: Float[np.ndarray, " q"]

    def row(self, quantity: str) -> int:
        """Return the row of a quantity."""
        return QUANTITIES.index(quantity)


@dataclass(frozen=True, eq=False)
class Kept:
    """What every encoder's layers keep of a domain.

    ``missing`` says by quantity why it has no values, ``reason`` why there are no intervals;
    ``classes`` counts the labels, ``left_out`` says which samples have no part in them.
    """

    size: Sizes
    encoders: tuple[EncoderKept, ...]
    missing: dict[str, str]
    reason: str
    classes: int
    left_out: str
    seed: int

    def of(self, encoder: str) -> EncoderKept:
        """Return one encoder's lines."""
        return next(one for one in self.encoders if one.encoder == encoder)


@dataclass(frozen=True, eq=False)
class TwinsKept:
    """The same values of one encoder's untrained twins, one per seed, and their changes."""

    encoder: str
    values: Float[np.ndarray, "s q a"]
    change: Float[np.ndarray, "s q"]


@dataclass(frozen=True, eq=False)
class UntrainedKept:
    """What untrained twins of every encoder keep; they have no interval, their draws are one."""

    seeds: tuple[int, ...]
    encoders: tuple[TwinsKept, ...]

    def of(self, encoder: str) -> TwinsKept:
        """Return the twins of one encoder."""
        return next(one for one in self.encoders if one.encoder == encoder)


def _read(run: Run, ref: EncoderRef, domain: str) -> list[Float[np.ndarray, "n _"]]:
    layers = run.encoders[ref.name].feature_layers
    return [run.representation(ref, domain, layer.name).features for layer in layers]


def _kept_by(run: Run, params: KeptParams, encoder: str, targets: LayerTargets) -> EncoderKept:
    layers = run.encoders[encoder].feature_layers
    depth = feature_depths(run, encoder, params.domain, params.seed)
    fits = [fitted(x, targets) for x in _read(run, EncoderRef(encoder), params.domain)]

    def statistic(kept: Int[np.ndarray, " k"]) -> Float[np.ndarray, "q _"]:
        values = np.array([one.of(kept) for one in fits]).T
        return np.hstack([values, last_change(depth, values)[:, None]])

    nouns = run.domains[params.domain].nouns
    jackknife = group_jackknife(
        statistic, targets.groups, unit=nouns.groups, max_units=JACKKNIFE_BLOCKS, seed=params.seed
    )
    low, high = _bounds(jackknife)
    if jackknife.replicates and targets.classes is not None:
        _put_shares(fits, targets.classes, low, high)
    names = tuple(layer.name for layer in layers)
    lines = [part[:, :-1] for part in (jackknife.value, low, high)]
    changes = [part[:, -1] for part in (jackknife.value, low, high)]
    return EncoderKept(encoder, names, depth, *lines, *changes)


def _bounds(jackknife: Jackknife) -> tuple[Float[np.ndarray, "q _"], Float[np.ndarray, "q _"]]:
    """Return the ends of the intervals, each on the scale of its quantity; changes plainly.

    1 - R² is a ratio of sums of squares: positive, and without a largest value.
    """
    shape = np.shape(jackknife.value)
    low, high = np.full(shape, np.nan), np.full(shape, np.nan)
    if not jackknife.replicates:
        return low, high
    plain = jackknife.interval()
    low[:], high[:] = plain.low, plain.high
    for row, quantity in enumerate(QUANTITIES):
        at = np.s_[row, : shape[1] - 1]
        if quantity in (IMBALANCE, DIMENSION):
            ends = jackknife.at(at).interval(SCALES[quantity])
            low[at], high[at] = ends.low, ends.high
        elif quantity != LABELS:
            one = jackknife.at(at)
            left = replace(one, value=1 - one.value, replicates=(1 - one.replicates[0],))
            ends = left.interval(SCALES[DIMENSION])
            low[at], high[at] = 1 - ends.high, 1 - ends.low
    return low, high


def _put_shares(
    fits: list[FittedLayer], labels: LabelTargets, low: np.ndarray, high: np.ndarray
) -> None:
    """Put the intervals of shares in the place of the jackknife's, which fail near 0 and 1."""
    row = QUANTITIES.index(LABELS)
    for place, layer in enumerate(fits):
        if layer.right is None:
            continue
        share = proportion(layer.right, labels.task.photographs, classes=labels.codes)
        if share.low is not None and share.high is not None:
            low[row, place] = share.low - 1 / labels.count
            high[row, place] = share.high - 1 / labels.count


@explained
def _compute(run: Run, params: KeptParams) -> Kept:
    targets = layer_targets(run, params.domain, params.seed)
    kept = tuple(
        parallel_map(lambda encoder: _kept_by(run, params, encoder, targets), params.encoders)
    )
    groups, nouns = targets.groups, run.domains[params.domain].nouns
    reason = group_jackknife(
        lambda rows: float(len(rows)), groups, unit=nouns.groups, max_units=JACKKNIFE_BLOCKS
    ).reason
    return Kept(
        sizes(run, params.domain, targets.rows),
        kept,
        targets.missing,
        reason,
        0 if targets.classes is None else targets.classes.count,
        "" if targets.classes is None else targets.classes.left_out,
        params.seed,
    )


def kept_seeds(run: Run, params: KeptParams) -> tuple[int, ...]:
    """Return the seeds of the twins that are measured, of those that every encoder has."""
    return common_seeds(run, params.encoders, params.domain)[:MOST_SEEDS]


@explained
def _compute_untrained(run: Run, params: KeptParams) -> UntrainedKept:
    seeds = kept_seeds(run, params)
    if not seeds:
        raise AnalysisError(NO_COMMON_TWIN)
    targets = layer_targets(run, params.domain, params.seed)
    whole = np.arange(len(targets.rows))
    twins = []
    for encoder in params.encoders:
        depth = feature_depths(run, encoder, params.domain, params.seed)
        values = np.array(
            [
                np.array([fitted(x, targets).of(whole) for x in _read(run, twin, params.domain)]).T
                for twin in twins_of([encoder], seeds)
            ]
        )
        twins.append(TwinsKept(encoder, values, last_change(depth, values)))
    return UntrainedKept(seeds, tuple(twins))


def _twin_inputs(run: Run, params: KeptParams) -> Inputs:
    refs = map(EncoderRef, params.encoders)
    return (*refs, *twins_of(params.encoders, kept_seeds(run, params))), (params.domain,)


KEPT = Analysis(
    key="layers.kept",
    version=3,
    params=KeptParams,
    result=Kept,
    inputs=lambda run, params: (params.encoders, (params.domain,)),
    compute=_compute,
    uses=(IMAGE_STATISTICS,),
)
KEPT_UNTRAINED = Analysis(
    key="layers.kept_untrained",
    version=2,
    params=KeptParams,
    result=UntrainedKept,
    inputs=_twin_inputs,
    compute=_compute_untrained,
    uses=(IMAGE_STATISTICS,),
)


def kept_params(run: Run, domain: str, *more: str) -> KeptParams:
    """Return the parameters for the run's panel, and more encoders, with the study's seed."""
    encoders = tuple(dict.fromkeys((*run.panel, *more)))
    return KeptParams(encoders, domain, int(run.study["seed"]))
