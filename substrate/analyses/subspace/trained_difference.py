"""What training adds to the median between domains: trained less untrained, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.effort import drawn_rows
from substrate.analyses.shared.halves import MOST_SAMPLES
from substrate.analyses.shared.samples import features, side_by_side
from substrate.analyses.subspace.controls import Control, between
from substrate.analyses.subspace.intervals import (
    JACKKNIFE_BLOCKS,
    jackknifed,
    too_large,
    why_not,
)
from substrate.numerics.estimates import Estimate, estimated
from substrate.numerics.intervals import with_draws
from substrate.numerics.scales import PLAIN, jackknife_errors, together
from substrate.runs import Run


class PanelWithTwins(Protocol):
    """Which encoders and twins, on what, brought to scale how, for which K."""

    @property
    def encoders(self) -> tuple[str, ...]:
        """The encoders of the panel."""

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains that are compared."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of the untrained twins."""

    @property
    def whitening(self) -> str:
        """How encoders are brought to scale."""

    @property
    def components(self) -> int:
        """The number of directions."""


def trained_less_untrained(
    run: Run, params: PanelWithTwins, untrained: Control
) -> tuple[Estimate, Estimate]:
    """Return the panel's median between domains less the twins' mean, biased and debiased.

    Every domain's photographs are left out in blocks, of the panel and of each draw of the twins
    alike, and the variances of the domains add up; a trained panel that training did not change is
    a further draw of the twins, so their variance s^2 (1 + 1/m) is added (`with_draws`). From more
    than `MOST_SAMPLES` samples of a domain the variance is that of so many, which errs to the wide
    side. Without an interval below ten photographs in a domain or five draws.
    """
    xs = [
        side_by_side(features(run, params.encoders, d), params.whitening, run.groups(d))
        for d in params.domains
    ]
    trained = between("trained", [""], [xs], untrained.k)
    medians = [untrained.medians(debiased=debiased) for debiased in (False, True)]
    values = [
        float(trained.medians(debiased=bool(side))[0] - draws.mean())
        for side, draws in enumerate(medians)
    ]
    nouns = run.nouns(params.domains)
    rows = [drawn_rows(len(run.groups(d)), MOST_SAMPLES) for d in params.domains]
    groups = [run.groups(d)[kept] for d, kept in zip(params.domains, rows, strict=True)]
    counts = [len(np.unique(g)) for g in groups]
    smallest = min(map(len, groups))
    small = untrained.k > (1 - 1 / JACKKNIFE_BLOCKS) * smallest - 2
    reason = why_not(counts, nouns) or (too_large(untrained.k, nouns) if small else "")
    if reason:
        first, second = (
            Estimate(value, reason=reason, unit=nouns.groups, n_units=min(counts))
            for value in values
        )
        return first, second
    left_out = partial(_left_out, run, params, untrained.k, rows, groups)
    twins = [left_out(seed) for seed in params.seeds]
    differences = [
        one - np.mean(others, axis=0) for one, *others in zip(left_out(None), *twins, strict=True)
    ]
    estimates = [
        with_draws(
            estimated(
                value,
                together([jackknife_errors(domain[:, side], PLAIN) for domain in differences]),
                unit=nouns.groups,
                n_units=min(counts),
            ),
            draws,
        )
        for side, (value, draws) in enumerate(zip(values, medians, strict=True))
    ]
    return estimates[0], estimates[1]


def _left_out(
    run: Run,
    params: PanelWithTwins,
    k: int,
    rows: Sequence[np.ndarray],
    groups: Sequence[np.ndarray],
    twin: int | None,
) -> list[Float[np.ndarray, "b 2"]]:
    """Return both medians of a panel without each block of photographs, domain by domain."""
    raw = [
        [x[kept] for x in features(run, params.encoders, d, untrained=twin)]
        for d, kept in zip(params.domains, rows, strict=True)
    ]
    jackknives = jackknifed(raw, groups, params.whitening, (k,), unit="groups")
    return [one.replicates[0][:, :, 0, -1] for one in jackknives]
