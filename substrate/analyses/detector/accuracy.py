"""Which domain is an image from? The detector on held-out photographs, and what flatters it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int, Shaped

from substrate.analyses.shared.effort import drawn_rows
from substrate.analyses.shared.refusals import refusals_said
from substrate.analyses.shared.units import (
    Units,
    units_of,
)
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.domains.splits import blocks
from substrate.numerics import detector
from substrate.numerics.estimates import Estimate
from substrate.numerics.imagestats import pixel_features
from substrate.numerics.transfer.support.accuracy import Accuracy
from substrate.runs import Run
from substrate.wording import Nouns, many

#: K of the sweep, as far as samples and features allow.
SWEPT = (2, 4, 8, 16, 32, 64)
#: Share of the samples that every training part has at least, folds being uneven.
TRAINED = 0.6
#: Side of the pictures of the pixel baseline, in pixels.
PIXEL_SIDE = 16
#: Samples of a domain that are told apart at most, drawn at random and counted on the page: ten
#: encoders of tens of thousands would fill the memory, and their folds would take hours.
MOST = 4000
STRIPS = 4


@dataclass(frozen=True)
class DetectorParams:
    """Which encoders' pooled basis tells which domains apart, with how many directions.

    ``basis_without`` names the domain that takes no part in the basis, "" for none.
    """

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    components: int
    basis_without: str
    seed: int


@dataclass(frozen=True)
class DetectorSweepParams:
    """The same for every K; or, for pixels, without encoders."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    seed: int


@dataclass(frozen=True)
class PixelParams:
    """The pixel baseline: principal scores of the pictures themselves."""

    domains: tuple[str, ...]
    components: int
    seed: int


@dataclass(frozen=True)
class WithoutParams:
    """Every domain in turn left out of the basis."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    components: int
    seed: int


@dataclass(frozen=True, eq=False)
class Pooled:
    """The samples of several domains together: whose they are and what makes them dependent.

    ``rows`` are the places of the samples in each domain's table.
    """

    rows: tuple[Int[np.ndarray, " _"], ...]
    domains: Shaped[np.ndarray, " n"]
    groups: Shaped[np.ndarray, " n"]
    counted: str
    nouns: Nouns


@dataclass(frozen=True, eq=False)
class DetectorResult:
    """Accuracies by photograph and by the naive split, and within photographs where these are few.

    ``apart`` names the domains of fewer than three photographs: only ``within`` includes them.
    """

    by_photograph: Accuracy
    naive: Accuracy
    within: Accuracy | None
    apart: tuple[str, ...]
    counted: str
    components: int
    basis_without: str
    seed: int
    units: Units
    nouns: Nouns

    @property
    def facts(self) -> str:
        """What the numbers rest on, for captions; each fold leaves out units of its own."""
        basis = f", basis without {self.basis_without}" if self.basis_without else ""
        return (
            f"{self.counted} · K = {self.components} of {self.units.text}, z-scored{basis} · "
            f"5 folds, seed {self.seed}"
        )


@dataclass(frozen=True, eq=False)
class PixelResult:
    """The pixel baseline by photograph and by the naive split."""

    by_photograph: Accuracy
    naive: Accuracy


@dataclass(frozen=True, eq=False)
class SweepResult:
    """Balanced accuracy for each number of directions."""

    components: tuple[int, ...]
    by_photograph: tuple[Estimate, ...]
    naive: tuple[Estimate, ...]
    chance: float
    counted: str
    seed: int
    units: Units
    nouns: Nouns


@dataclass(frozen=True, eq=False)
class WithoutResult:
    """For each domain: its recall, and the balanced accuracy, when the basis never saw it."""

    domains: tuple[str, ...]
    recalls: tuple[Estimate, ...]
    balanced: tuple[Estimate, ...]
    chance: float
    counted: str
    components: int
    seed: int
    units: Units
    nouns: Nouns


def pooled(run: Run, domains: tuple[str, ...], *, most: int | None = MOST) -> Pooled:
    """Put the samples of domains below each other; a photograph in two of them is one group.

    Of a domain of more than `most` samples, so many are drawn at random; with None all are taken.
    """
    if len(domains) < 2:
        raise AnalysisError("Domains are told apart: choose two at least.")
    own = {c["name"] for c in run.study["domains"] if c.get("source") != "packaged"}
    rows = tuple(drawn_rows(run.domains[name].n, most) for name in domains)
    groups = [
        np.char.add(f"{name}:" if name in own else "", run.groups(name)[kept])
        for name, kept in zip(domains, rows, strict=True)
    ]
    n, there = sum(map(len, groups)), sum(run.domains[name].n for name in domains)
    nouns = run.nouns(domains)
    of = f" (drawn at random of {there:,})" if n < there else ""
    return Pooled(
        rows,
        np.repeat(domains, [len(g) for g in groups]),
        np.concatenate(groups),
        f"{n:,} images{of} of {many(len(set(np.concatenate(groups))), nouns.group)}",
        nouns,
    )


def stacked(
    run: Run, encoders: tuple[str, ...], domains: tuple[str, ...], pool: Pooled
) -> list[np.ndarray]:
    """Return each encoder's features of all domains' samples."""
    return [
        np.vstack(
            [run.representation(e, d).features[r] for d, r in zip(domains, pool.rows, strict=True)]
        )
        for e in encoders
    ]


@refusals_said()
def _compute(run: Run, params: DetectorParams) -> DetectorResult:
    pool = pooled(run, params.domains)
    features = stacked(run, params.encoders, params.domains, pool)
    accuracy = detector.evaluate(
        features,
        pool.domains,
        pool.groups,
        components=params.components,
        seed=params.seed,
        basis_without=params.basis_without or None,
        unit=pool.nouns.groups,
    )
    within = None
    if accuracy.apart:
        strips = np.concatenate(
            [
                blocks(run.samples(d), count=STRIPS)[rows]
                for d, rows in zip(params.domains, pool.rows, strict=True)
            ]
        )
        within = detector.evaluate_within(
            features,
            pool.domains,
            strips,
            components=params.components,
            seed=params.seed,
            unit=pool.nouns.groups,
        )
    return DetectorResult(
        accuracy.by_photograph,
        accuracy.naive,
        within,
        accuracy.apart,
        pool.counted,
        params.components,
        params.basis_without,
        params.seed,
        units_of(features, pool.groups),
        pool.nouns,
    )


@refusals_said()
def _sweep(run: Run, params: DetectorSweepParams) -> SweepResult:
    pool = pooled(run, params.domains)
    features = stacked(run, params.encoders, params.domains, pool)
    most = most_components(run, params.encoders, params.domains)
    swept = tuple(k for k in SWEPT if k <= most)
    accuracies = detector.sweep(
        features,
        pool.domains,
        pool.groups,
        components=swept,
        seed=params.seed,
        unit=pool.nouns.groups,
    )
    return SweepResult(
        swept,
        tuple(detection.by_photograph.balanced for detection in accuracies),
        tuple(detection.naive.balanced for detection in accuracies),
        1 / len(accuracies[0].by_photograph.classes),
        pool.counted,
        params.seed,
        units_of(features, pool.groups),
        pool.nouns,
    )


@refusals_said()
def _pixels(run: Run, params: PixelParams) -> PixelResult:
    pool = pooled(run, params.domains)
    pictures = np.concatenate(
        [run.pixels(d)[rows] for d, rows in zip(params.domains, pool.rows, strict=True)]
    )
    x = pixel_features(pictures, side=PIXEL_SIDE)
    accuracy = detector.evaluate(
        [x],
        pool.domains,
        pool.groups,
        components=params.components,
        seed=params.seed,
        unit=pool.nouns.groups,
    )
    return PixelResult(accuracy.by_photograph, accuracy.naive)


@refusals_said()
def _without(run: Run, params: WithoutParams) -> WithoutResult:
    pool = pooled(run, params.domains)
    features = stacked(run, params.encoders, params.domains, pool)
    accuracies = {}
    for domain in params.domains:
        accuracies[domain] = detector.evaluate_held_out(
            features,
            pool.domains,
            pool.groups,
            components=params.components,
            seed=params.seed,
            basis_without=domain,
            unit=pool.nouns.groups,
        )
    classes = next(iter(accuracies.values())).classes
    return WithoutResult(
        classes,
        tuple(accuracies[d].recalls[classes.index(d)] for d in classes),
        tuple(accuracies[d].balanced for d in classes),
        1 / len(classes),
        pool.counted,
        params.components,
        params.seed,
        units_of(features, pool.groups),
        pool.nouns,
    )


def most_components(run: Run, encoders: tuple[str, ...], domains: tuple[str, ...]) -> int:
    """Return the largest K that every training part allows."""
    n = sum(min(run.domains[d].n, MOST) for d in domains)
    widths = {e: {layer.name: layer.width for layer in run.encoders[e].layers} for e in encoders}
    return min(int(TRAINED * n) - 1, sum(widths[e]["penultimate"] for e in encoders))


def _inputs(_run: Run, params: Any) -> Inputs:
    return params.encoders, params.domains


def _no_encoders(_run: Run, params: PixelParams) -> Inputs:
    return (), params.domains


DETECTOR = Analysis(
    key="detector.accuracy",
    version=7,
    params=DetectorParams,
    result=DetectorResult,
    inputs=_inputs,
    compute=_compute,
)
DETECTOR_SWEEP = Analysis(
    key="detector.accuracy_sweep",
    version=7,
    params=DetectorSweepParams,
    result=SweepResult,
    inputs=_inputs,
    compute=_sweep,
)
DETECTOR_PIXELS = Analysis(
    key="detector.accuracy_pixels",
    version=5,
    params=PixelParams,
    result=PixelResult,
    inputs=_no_encoders,
    compute=_pixels,
)
DETECTOR_WITHOUT = Analysis(
    key="detector.accuracy_without",
    version=7,
    params=WithoutParams,
    result=WithoutResult,
    inputs=_inputs,
    compute=_without,
)


def detector_params(
    run: Run,
    components: int | None = None,
    without: str = "",
    encoders: tuple[str, ...] | None = None,
) -> DetectorParams:
    """Return all domains, with the run's panel and the study's K unless others are given."""
    return DetectorParams(
        run.panel if encoders is None else encoders,
        tuple(run.domains),
        int(run.study["components"]) if components is None else components,
        without,
        int(run.study["seed"]),
    )


def defaults(run: Run) -> Iterator[tuple[Analysis, Any]]:
    """Yield the detector and its pixel baseline, where there are domains to tell apart."""
    params = detector_params(run)
    if len(params.domains) > 1:
        yield DETECTOR, params
        yield DETECTOR_PIXELS, PixelParams(params.domains, params.components, params.seed)
