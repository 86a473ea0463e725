"""Do substrate scores tell domains apart, on tiles and on photographs not yet seen?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.detector.accuracy import (
    PIXEL_SIDE,
    Pooled,
    pooled,
    stacked,
)
from substrate.analyses.shared.refusals import NO_TWINS_ASKED
from substrate.analyses.shared.replicates import (
    NO_IMAGES,
    Replicates,
    no_draws,
    photographs_left_out,
    too_few_groups,
)
from substrate.analyses.shared.samples import explained, features, require
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.encoder_ref import twins_of
from substrate.numerics import detector
from substrate.numerics.detector import DetectorError
from substrate.numerics.imagestats import pixel_features
from substrate.numerics.nulls import MIN_GROUPS
from substrate.numerics.transfer.support.folds import groups_per_class
from substrate.runs import Run

BLOCKS, COMPONENTS = 20, 16
PANELS = ("trained", "untrained", "pixels")
NAIVE = "naive"
DETECTED = (*PANELS, *(f"{NAIVE} {panel}" for panel in PANELS), "chance")


@dataclass(frozen=True)
class DetectorClaimsParams:
    """The panel, the seeds of its untrained twins, and the domains."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    seeds: tuple[int, ...] = ()
    seed: int = 0


@explained
def compute_detector_claims(run: Run, params: DetectorClaimsParams) -> Replicates:
    """Hold whole photographs out, and single tiles where photographs have several.

    Where every image is a photograph there is no naive split: its quantities are missing.
    """
    require(params.domains, 2, "domains")
    pool = pooled(run, params.domains)
    several = len(np.unique(pool.groups)) < len(pool.groups)
    decisions = _rights(run, params, pool, naive=several)
    rows = decisions.rows
    classes, codes = np.unique(pool.domains[rows], return_inverse=True)

    def table(kept: Int[np.ndarray, " k"], draw: int = -1) -> Float[np.ndarray, "s q"]:
        rates: dict[str, list[float]] = {}
        for name, right in decisions.right.items():
            if draw < 0 or "untrained" not in name or name.endswith(f" {params.seeds[draw]}"):
                kind = name.rsplit(" ", 1)[0] if "untrained" in name else name
                rates.setdefault(kind, []).append(balanced(right[kept], codes[kept]))
        values = {name: float(np.mean(v)) for name, v in rates.items()} | {
            "chance": 1 / len(classes)
        }
        return np.array([[values.get(q, np.nan) for q in DETECTED]])

    groups, every = pool.groups[rows], np.arange(len(rows))
    photographs = groups_per_class(codes, groups).values()
    fewest = min(photographs)
    reason = too_few_groups(fewest, "One of the domains", pool.nouns.group)
    return Replicates(
        settings=(f"K = {COMPONENTS}, z-score",),
        quantities=DETECTED,
        whole=table(every),
        left_out=() if reason else (photographs_left_out(table, groups, blocks=BLOCKS),),
        draws=np.array([table(every, i) for i in range(len(params.seeds))])
        if params.seeds
        else no_draws(),
        unit=pool.nouns.groups,
        group=pool.nouns.group,
        units=fewest,
        have={
            "domains": sum(count >= MIN_GROUPS for count in photographs),
            "encoders": len(params.encoders),
            "draws": len(params.seeds),
        },
        counted=f"{pool.counted} of {len(classes)} domains",
        reason=reason,
        missing=_missing(run, params, several=bool(several)),
    )


def _missing(run: Run, params: DetectorClaimsParams, *, several: bool) -> dict[str, str]:
    reasons = {"untrained": NO_TWINS_ASKED}
    if not several:
        reasons[NAIVE] = (
            "Every image is a photograph here, so no tile can be held out while others of its "
            "photograph are learnt from: there is no such split."
        )
    if not run.pictured(*params.domains):
        reasons["pixels"] = NO_IMAGES
    return reasons


@dataclass(frozen=True, eq=False)
class _Rights:
    """Whether each tested sample was decided rightly, by features and split."""

    rows: Int[np.ndarray, " m"]
    right: dict[str, Float[np.ndarray, " m"]]


def _spaces(
    run: Run, params: DetectorClaimsParams, pool: Pooled
) -> Iterator[tuple[str, list[np.ndarray]]]:
    """Yield what domains are told apart by, one after another: together they fill the memory."""
    yield "trained", stacked(run, params.encoders, params.domains, pool)
    for seed in params.seeds:
        twins = (
            [x[rows] for x in features(run, params.encoders, d, untrained=seed)]
            for d, rows in zip(params.domains, pool.rows, strict=True)
        )
        yield f"untrained {seed}", [np.vstack(x) for x in zip(*twins, strict=True)]
    if run.pictured(*params.domains):
        pictures = np.concatenate(
            [run.pixels(d)[rows] for d, rows in zip(params.domains, pool.rows, strict=True)]
        )
        yield "pixels", [pixel_features(pictures, side=PIXEL_SIDE)]


def _rights(run: Run, params: DetectorClaimsParams, pool: Pooled, *, naive: bool) -> _Rights:
    decided, singly = {}, np.arange(len(pool.groups))
    for name, x in _spaces(run, params, pool):
        decided[name] = _decided(x, pool, pool.groups, params)
        if naive:
            decided[f"{NAIVE} {name}"] = _decided(x, pool, singly, params)
    rows = decided["trained"][0]
    if naive:
        rows = np.intersect1d(rows, decided[f"{NAIVE} trained"][0])
    right = {
        name: (said[np.searchsorted(at, rows)] == pool.domains[rows]).astype(float)
        for name, (at, said) in decided.items()
    }
    return _Rights(rows, right)


def _decided(
    blocks: list[np.ndarray],
    pool: Pooled,
    groups: np.ndarray,
    params: DetectorClaimsParams,
) -> tuple[Int[np.ndarray, " m"], np.ndarray]:
    """Return the rows that were told apart, in order, and the domain that each was given."""
    try:
        accuracy = detector.evaluate(
            blocks,
            pool.domains,
            groups,
            components=COMPONENTS,
            seed=params.seed,
            photographs=pool.groups,
        )
    except DetectorError as error:
        raise AnalysisError(str(error)) from error
    names = np.array(accuracy.by_photograph.classes)
    return accuracy.rows, names[accuracy.decided]


def balanced(right: Float[np.ndarray, " n"], codes: Int[np.ndarray, " n"]) -> float:
    """Average over the samples of a class, then over classes."""
    counts = np.bincount(codes)
    there = counts > 0
    return float((np.bincount(codes, right)[there] / counts[there]).mean())


def _inputs(_run: Run, params: DetectorClaimsParams) -> Inputs:
    return params.encoders + twins_of(params.encoders, params.seeds), params.domains


CLAIMS_DETECTOR = Analysis(
    key="claims.detector",
    version=7,
    params=DetectorClaimsParams,
    result=Replicates,
    inputs=_inputs,
    compute=compute_detector_claims,
)
