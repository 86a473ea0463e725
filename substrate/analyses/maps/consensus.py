"""Does a shared space built without labels let an ensemble classify better than each encoder?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.maps.prepared import MOST_SAMPLES
from substrate.analyses.shared.labels import Labelled, labelled
from substrate.analyses.shared.refusals import refusals_said
from substrate.analyses.shared.samples import LAYER, require, shared_seeds
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.encoder_ref import EncoderRef, twins_of
from substrate.numerics.alignment import AlignmentError
from substrate.numerics.estimates import Estimate
from substrate.numerics.intervals import MIN_DRAWS, with_draws
from substrate.numerics.maps.ensemble import (
    ALONE,
    APART,
    AVERAGED,
    CONCATENATED,
    ENSEMBLES,
    OWN_LABELS,
    PARTS,
    SHARED,
    SHUFFLED,
    TOGETHER,
    Rights,
    Roles,
    ensemble_rights,
    rotated_roles,
)
from substrate.numerics.transfer.lowshot import balanced_gain, balanced_share
from substrate.numerics.transfer.support.folds import groups_per_class
from substrate.runs import Run
from substrate.wording import Nouns

#: Ways to classify, for figures and words.
__all__ = [
    "ALONE",
    "APART",
    "AVERAGED",
    "CONCATENATED",
    "MAPS_CONSENSUS",
    "OWN_LABELS",
    "SHARED",
    "SHUFFLED",
    "TOGETHER",
    "Classifier",
    "ConsensusParams",
    "ConsensusResult",
    "compute_consensus",
    "consensus_params",
]

#: Numbers of scores that are tried beside the chosen one, as far as the images allow.
COMPONENTS = (2, 4, 8, 16, 32)
#: Times that the photographs are dealt into parts anew; decisions are averaged over these.
DEALS = 2


@dataclass(frozen=True)
class ConsensusParams:
    """The members of the ensemble, a labelled domain, K, and the seeds of untrained twins."""

    encoders: tuple[str, ...]
    domain: str
    components: int
    seeds: tuple[int, ...]
    seed: int


@dataclass(frozen=True, eq=False)
class Classifier:
    """Balanced accuracy of one way to classify for each K, and how far the shared space is ahead.

    ``ahead`` are paired differences on the same images; empty for the shared space itself.
    ``draws`` hold the accuracy by draw and K where the members are untrained twins, and the
    intervals of ``ahead`` then carry how the draws differ.
    """

    name: str
    accuracy: tuple[Estimate, ...]
    ahead: tuple[Estimate, ...]
    draws: Float[np.ndarray, "m k"]


@dataclass(frozen=True, eq=False)
class ConsensusResult:
    """What an ensemble classifies rightly, beside its members alone and other ways to join them.

    Attributes
    ----------
    components, k
        Numbers of scores that were tried, and the chosen one.
    members
        Each encoder alone, in the order of ``encoders``.
    classifiers
        The members' mean (`ALONE`), then each of `ENSEMBLES`, by name.
    untrained
        The same of untrained twins: `ALONE` and `TOGETHER`; empty without twins.
    apart_ahead
        For each K, what K shared scores gain where every labelled image is seen by one member
        only: over members that learn from their own labels alone.
    widths
        Units of each encoder.
    parts
        Images and photographs that are unlabelled, labelled and tested, in the first deal.
    """

    domain: str
    title: str
    counted: str
    classes: tuple[str, ...]
    nouns: Nouns
    unit: str
    within: bool
    encoders: tuple[str, ...]
    widths: tuple[int, ...]
    components: tuple[int, ...]
    k: int
    parts: tuple[tuple[int, int], ...]
    members: tuple[Classifier, ...]
    classifiers: tuple[Classifier, ...]
    untrained: tuple[Classifier, ...]
    apart_ahead: tuple[Estimate, ...]
    deals: int
    seed: int
    left_out: str
    reason: str

    @property
    def chance(self) -> float:
        """Return the balanced accuracy of guessing."""
        return 1 / len(self.classes)

    @property
    def at(self) -> int:
        """Return the place of the chosen K among those that were tried."""
        return self.components.index(self.k)

    def of(self, name: str, *, untrained: bool = False) -> Classifier:
        """Return one way to classify by name."""
        classifiers = self.untrained if untrained else self.classifiers
        return next(one for one in classifiers if one.name == name)


@refusals_said()
def compute_consensus(run: Run, params: ConsensusParams) -> ConsensusResult:
    """Let unlabelled photographs give a shared space, labelled ones a classifier, others a test."""
    require(params.encoders, 2, "encoders")
    samples = labelled(run, params.domain, most=MOST_SAMPLES)
    _require_parts(samples)
    codes = np.unique(samples.labels, return_inverse=True)[1]
    roles = [rotated_roles(codes, samples.groups, seed=params.seed + d) for d in range(DEALS)]
    tried = _tried(params.components, roles)
    try:
        decided = _rights(run, params, samples, codes, tried)
        twins = tuple(_rights(run, params, samples, codes, tried, s) for s in params.seeds)
    except AlignmentError as error:
        raise AnalysisError(str(error)) from error
    accuracies = _Accuracies(samples, codes)
    named, shared = decided.named, decided.named[SHARED]
    members = tuple(
        accuracies.classifier(name, rights, shared)
        for name, rights in zip(params.encoders, decided.alone, strict=True)
    )
    return ConsensusResult(
        domain=params.domain,
        title=run.domains[params.domain].title,
        counted=samples.counted,
        classes=samples.classes,
        nouns=samples.nouns,
        unit=samples.unit,
        within=samples.within,
        encoders=params.encoders,
        widths=tuple(_features(run, params, name).shape[1] for name in params.encoders),
        components=tried,
        k=min(params.components, tried[-1]),
        parts=_parts(roles[0][0], samples),
        members=members,
        classifiers=tuple(
            accuracies.classifier(name, rights, None if name == SHARED else shared)
            for name, rights in named.items()
        ),
        untrained=tuple(accuracies.untrained(name, shared, twins) for name in (ALONE, *TOGETHER))
        if twins
        else (),
        apart_ahead=tuple(accuracies.gain(row) for row in named[APART] - named[OWN_LABELS]),
        deals=DEALS,
        seed=params.seed,
        left_out=samples.left_out,
        reason=accuracies.share(shared[0]).reason,
    )


def _require_parts(samples: Labelled) -> None:
    """Refuse classes that come from too few photographs to be unlabelled, labelled and tested."""
    what = "strips" if samples.within else samples.nouns.groups
    for name, have in groups_per_class(samples.labels, samples.groups).items():
        if have < PARTS:
            raise AnalysisError(
                f"Class {name!r} comes from {have} {what}; {PARTS} are needed: one without its "
                "label, one to learn from, one to be tested. Give every class three."
            )


def _tried(k: int, deals: list[tuple[Roles, ...]]) -> tuple[int, ...]:
    """Return the numbers of scores that the smallest unlabelled part can give."""
    most = min(len(roles.unlabelled) for deal in deals for roles in deal) - 1
    if most < COMPONENTS[0]:
        raise AnalysisError(
            f"{most + 1} unlabelled images are left to build a shared space from; take more images."
        )
    return tuple(sorted({c for c in (*COMPONENTS, min(k, most)) if c <= most}))


def _parts(roles: Roles, samples: Labelled) -> tuple[tuple[int, int], ...]:
    rows = (roles.unlabelled, roles.labelled, roles.tested)
    return tuple((len(r), len(np.unique(samples.groups[r]))) for r in rows)


def _features(run: Run, params: ConsensusParams, name: str, twin: int | None = None) -> np.ndarray:
    ref = EncoderRef(name, twin=twin)
    return run.representation(ref, params.domain, LAYER).features


def _rights(
    run: Run,
    params: ConsensusParams,
    samples: Labelled,
    codes: Int[np.ndarray, " n"],
    tried: tuple[int, ...],
    twin: int | None = None,
) -> Rights:
    """Decide all images by the encoders, or by their twins of one seed."""
    return ensemble_rights(
        [_features(run, params, name, twin)[samples.rows] for name in params.encoders],
        codes,
        samples.groups,
        tried,
        seed=params.seed,
        deals=DEALS,
        ensembles=ENSEMBLES if twin is None else TOGETHER,
    )


@dataclass(frozen=True, eq=False)
class _Accuracies:
    """Shares of right decisions and their differences, with intervals over photographs."""

    samples: Labelled
    codes: Int[np.ndarray, " n"]

    def share(self, rights: Float[np.ndarray, " n"]) -> Estimate:
        """Return the balanced accuracy."""
        groups, unit = self.samples.groups, self.samples.nouns.groups
        return self._within(balanced_share(rights, self.codes, groups, unit))

    def gain(self, ahead: Float[np.ndarray, " n"]) -> Estimate:
        """Return a difference of two balanced accuracies, paired by image."""
        groups, unit = self.samples.groups, self.samples.nouns.groups
        return self._within(balanced_gain(ahead, self.codes, groups, unit))

    def _within(self, estimate: Estimate) -> Estimate:
        if not self.samples.within or estimate.low is None:
            return estimate
        unit = self.samples.nouns.groups
        return estimate.without_bounds(f"No interval: parts of the same {unit} have every role.")

    def classifier(
        self,
        name: str,
        rights: Float[np.ndarray, "k n"],
        shared: Float[np.ndarray, "k n"] | None,
    ) -> Classifier:
        """Sum up one way to classify; ``shared`` is what it is compared with."""
        accuracy = tuple(self.share(row) for row in rights)
        ahead = () if shared is None else tuple(self.gain(row) for row in shared - rights)
        return Classifier(name, accuracy, ahead, np.empty((0, len(rights))))

    def untrained(
        self, name: str, shared: Float[np.ndarray, "k n"], twins: tuple[Rights, ...]
    ) -> Classifier:
        """Sum up one way to classify by untrained members: the mean over draws."""
        rights = np.array([twin.named[name] for twin in twins])
        draws = np.array([[self.share(row).value for row in one] for one in rights])
        mean = rights.mean(axis=0)
        accuracy = tuple(self.share(row) for row in mean)
        ahead = tuple(
            with_draws(self.gain(row), drawn)
            for row, drawn in zip(shared - mean, draws.T, strict=True)
        )
        return Classifier(name, accuracy, ahead, draws)


def _inputs(_run: Run, params: ConsensusParams) -> Inputs:
    twins = twins_of(params.encoders, params.seeds)
    return params.encoders + twins, (params.domain,)


MAPS_CONSENSUS = Analysis(
    key="maps.consensus",
    version=2,
    params=ConsensusParams,
    result=ConsensusResult,
    inputs=_inputs,
    compute=compute_consensus,
)


def consensus_params(
    run: Run, encoders: tuple[str, ...], domain: str, components: int | None = None
) -> ConsensusParams:
    """Return the panel with a few draws of its untrained twins, and the study's K and seed."""
    seeds = shared_seeds(run, encoders, (domain,))[:MIN_DRAWS]
    k = int(run.study["components"]) if components is None else components
    return ConsensusParams(encoders, domain, k, seeds, int(run.study["seed"]))
