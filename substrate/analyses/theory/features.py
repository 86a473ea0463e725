"""Does the theory hold on real features? Pairs of linear heads on an encoder's features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.labels import (
    Labelled,
    choices,
    labelled,
    labelled_of_most_photographs,
)
from substrate.analyses.shared.refusals import refusals_said
from substrate.analyses.spec import Analysis, AnalysisError
from substrate.numerics.estimates import Estimate, too_few
from substrate.numerics.intervals import delete_group_jackknife
from substrate.numerics.nulls import MIN_GROUPS
from substrate.numerics.scales import CORRELATION, SHARE
from substrate.numerics.theory.heads import (
    HeadFold,
    HeadSums,
    explained_share,
    head_pairs,
)
from substrate.numerics.theory.linear_students import StudentSetting
from substrate.numerics.theory.subset_students import expected_apart, expected_with_misfit
from substrate.numerics.transfer.support.folds import group_folds
from substrate.runs import Run

#: Folds over photographs, pairs of heads at each point, the shares of labels drawn anew.
FOLDS, DRAWS, SHARES = 5, 12, (0.2, 0.5, 0.8)
#: Axes of the features, fewer where there are few images: four times as many samples at least.
AXES, LEAST_RATIO = (32, 16, 8), 3
RATIOS = (0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
NOISY, APART = "noisy labels", "samples of their own"


@dataclass(frozen=True)
class FeaturesParams:
    """Whose features on which labelled domain, and the seed of folds and draws."""

    encoder: str
    domain: str
    seed: int = 0


@dataclass(frozen=True, eq=False)
class HeadCurve:
    """Pairs of heads of one kind.

    Attributes
    ----------
    kind, share
        Noisy labels, of which this share was drawn anew, or samples of their own.
    snr
        Linear signal over the noise that the two heads do not share.
    theory
        The formula for features that are Gaussian, by the numbers of samples of ``drawn``.
    """

    kind: str
    share: float
    snr: float
    samples: Int[np.ndarray, " s"]
    alignment: tuple[Estimate, ...]
    error: tuple[Estimate, ...]
    drawn: Int[np.ndarray, " t"]
    theory: Float[np.ndarray, " t"]


@dataclass(frozen=True, eq=False)
class HeadsResult:
    """Every curve, and what they rest on.

    ``explained`` is the share of the classes' variance that is linear in the features.
    """

    encoder: str
    domain: str
    axes: int
    explained: float
    curves: tuple[HeadCurve, ...]
    classes: tuple[str, ...]
    counted: str
    unit: str
    draws: int
    seed: int


@dataclass(frozen=True, eq=False)
class _Heads:
    """A domain's folds, and what a head explains of its classes."""

    samples: Labelled
    codes: Int[np.ndarray, " n"]
    folds: list[HeadFold]
    axes: int
    explained: float
    seed: int

    def curve(self, kind: str, share: float, most: int) -> HeadCurve:
        """Train pairs of heads on rising numbers of samples."""
        apart = kind == APART
        sizes = np.unique([round(ratio * self.axes) for ratio in RATIOS])
        sizes = sizes[(sizes >= 4) & (sizes * (1 + apart) <= most)]
        measured = [self._at(int(n), share, apart) for n in sizes]
        snr = self._signal(share, apart)
        drawn = np.unique(np.round(np.geomspace(4, max(sizes), 80)).astype(int))
        theory = [self._expected(int(n), snr, apart) for n in drawn]
        alignment, error = zip(*measured, strict=True)
        return HeadCurve(kind, share, snr, sizes, alignment, error, drawn, np.array(theory))

    def _signal(self, share: float, apart: bool) -> float:
        """Return the linear signal over what noise the two heads do not share."""
        if apart:
            return self.explained / (1 - self.explained)
        kept = (1 - share) ** 2
        return kept * self.explained / (1 - kept)

    def _expected(self, samples: int, snr: float, apart: bool) -> float:
        at = StudentSetting(samples=samples, dimension=self.axes, snr=snr)
        if apart:
            return expected_apart(at)
        return expected_with_misfit(at, (1 - self.explained) / self.explained)

    def _at(self, samples: int, share: float, apart: bool) -> tuple[Estimate, Estimate]:
        """Return alignment and error on held-out photographs, all folds together."""
        rng = np.random.default_rng([self.seed, samples, round(100 * share), apart])
        n = len(self.codes)
        inner, norm, wrong = np.zeros((3, n))
        for fold in self.folds:
            heads = head_pairs(fold, self.codes, samples, share, apart=apart, draws=DRAWS, rng=rng)
            inner[fold.test], norm[fold.test] = heads.inner, heads.norm
            wrong[fold.test] = heads.wrong
        sums = HeadSums(inner, norm, wrong)
        return (
            self._bounded(sums.alignment, CORRELATION),
            self._bounded(lambda rows: float(wrong[rows].mean()), SHARE),
        )

    def _bounded(self, statistic: Any, scale: Any) -> Estimate:
        estimate = delete_group_jackknife(
            statistic, self.samples.groups, scale=scale, unit=self.samples.nouns.groups
        )
        if self.samples.within:
            return estimate.without_bounds(
                too_few(self.samples.photographs, self.samples.nouns.groups, MIN_GROUPS, "interval")
            )
        return estimate


@refusals_said()
def _compute(run: Run, params: FeaturesParams) -> HeadsResult:
    samples = labelled(run, params.domain)
    x = np.asarray(
        run.representation(params.encoder, params.domain).features[samples.rows], np.float64
    )
    codes = np.unique(samples.labels, return_inverse=True)[1]
    fold_of = group_folds(samples.labels, samples.groups, FOLDS, seed=params.seed)
    held = [np.flatnonzero(fold_of == fold) for fold in range(FOLDS)]
    held = [rows for rows in held if len(rows)]
    smallest = len(x) - max(len(rows) for rows in held)
    axes = next((d for d in AXES if smallest >= LEAST_RATIO * d and x.shape[1] >= d), 0)
    if not axes:
        raise AnalysisError(
            f"{run.domains[params.domain].title}: {smallest} labelled {samples.nouns.sample}s are "
            f"left to learn from, and at least {LEAST_RATIO * AXES[-1]} are needed."
        )
    folds = [HeadFold.of(x, rows, axes) for rows in held]
    heads = _Heads(samples, codes, folds, axes, explained_share(folds, codes), params.seed)
    made = [
        heads.curve(kind, share, smallest)
        for kind, share in (*((NOISY, share) for share in SHARES), (APART, 0.0))
    ]
    return HeadsResult(
        params.encoder,
        params.domain,
        axes,
        heads.explained,
        tuple(made),
        samples.classes,
        samples.counted,
        samples.unit,
        DRAWS,
        params.seed,
    )


FEATURES = Analysis(
    key="theory.features",
    version=1,
    params=FeaturesParams,
    result=HeadsResult,
    inputs=lambda _run, params: ((params.encoder,), (params.domain,)),
    compute=_compute,
)


def features_params(run: Run, encoder: str, domain: str) -> FeaturesParams:
    """Return the parameters of an encoder's heads."""
    return FeaturesParams(encoder, domain, int(run.study["seed"]))


def defaults(run: Run) -> Iterator[tuple[Analysis, FeaturesParams]]:
    """Yield the heads of the first encoder, where a domain has labels."""
    if choices(run)[0]:
        yield FEATURES, features_params(run, run.first_two[0], labelled_of_most_photographs(run))
