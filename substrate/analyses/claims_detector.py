"""Do substrate scores tell domains apart, and with few labels better than full features?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate import detector
from substrate.analyses.detector import PIXEL_SIDE, Pooled, pooled, stacked
from substrate.analyses.replicates import Replicates, photographs_left_out, too_few_photographs
from substrate.analyses.spec import Analysis, AnalysisError
from substrate.analyses.subspace_inputs import explained, features, require, twins
from substrate.detector import DetectorError
from substrate.imagestats import pixel_features
from substrate.runs import Run
from substrate.transfer.consensus import principal_scores
from substrate.transfer.folds import groups_per_class
from substrate.transfer.lowshot import low_shot_decisions
from substrate.transfer.spec import TransferError

BLOCKS, COMPONENTS = 20, 16
SHOTS = (50, 200, 500)
DETECTED = (
    "trained", "untrained", "pixels", "naive trained", "naive untrained", "naive pixels", "chance",
)  # fmt: skip
TAUGHT = tuple(
    f"{what}{twin} {shot}"
    for shot in SHOTS
    for twin in ("", " untrained")
    for what in ("substrate", "full")
)


@dataclass(frozen=True)
class DetectorClaimsParams:
    """The panel, one seed of its untrained twins (none if negative), and the domains."""

    encoders: tuple[str, ...]
    domains: tuple[str, ...]
    untrained: int = -1
    seed: int = 0


@explained
def compute_detector_claims(run: Run, params: DetectorClaimsParams) -> Replicates:
    """Hold whole photographs out for the panel, its twins and pixels; leave photographs out."""
    require(params.domains, 2, "domains")
    known = pooled(run, params.domains)
    spaces = {"trained": stacked(run, params.encoders, params.domains)}
    if params.untrained >= 0:
        spaces["untrained"] = [
            np.vstack(each)
            for each in zip(
                *(features(run, params.encoders, d, untrained=params.untrained)
                  for d in params.domains),
                strict=True,
            )
        ]  # fmt: skip
    pictures = np.concatenate([run.pixels(domain) for domain in params.domains])
    spaces["pixels"] = [pixel_features(pictures, side=PIXEL_SIDE)]
    found = {name: _decided(x, known, known.groups, params) for name, x in spaces.items()}
    singly = np.arange(len(known.groups))
    if len(np.unique(known.groups)) < len(singly):
        found |= {f"naive {name}": _decided(x, known, singly, params) for name, x in spaces.items()}
    else:  # every image is a photograph: both ways of holding out are one
        found |= {f"naive {name}": each for name, each in found.items()}
    rows = np.intersect1d(found["trained"][0], found["naive trained"][0])
    classes, codes = np.unique(known.domains[rows], return_inverse=True)
    right = {
        name: (decided[np.searchsorted(at, rows)] == known.domains[rows]).astype(float)
        for name, (at, decided) in found.items()
    }

    def table(kept: Int[np.ndarray, " k"]) -> Float[np.ndarray, "s q"]:
        values = {name: balanced(r[kept], codes[kept]) for name, r in right.items()}
        values["chance"] = 1 / len(classes)
        return np.array([[values.get(q, np.nan) for q in DETECTED]])

    groups = known.groups[rows]
    fewest = min(groups_per_class(codes, groups).values())
    reason = too_few_photographs(fewest, "One of the domains")
    return Replicates(
        settings=(f"K = {COMPONENTS}, z-score",),
        quantities=DETECTED,
        whole=table(np.arange(len(rows))),
        left_out=() if reason else (photographs_left_out(table, groups, blocks=BLOCKS),),
        unit="photographs",
        units=fewest,
        counted=f"{known.counted} of {len(classes)} domains",
        reason=reason,
        missing={"untrained": "This study has no untrained twins; set untrained to 1 or more."},
    )


def _decided(
    features: list[np.ndarray],
    known: Pooled,
    groups: np.ndarray,
    params: DetectorClaimsParams,
) -> tuple[Int[np.ndarray, " m"], np.ndarray]:
    """Return the rows that were told apart, in order, and the domain that each was given."""
    try:
        found = detector.evaluate(
            features, known.domains, groups, components=COMPONENTS, seed=params.seed,
            photographs=known.groups,
        )  # fmt: skip
    except DetectorError as error:
        raise AnalysisError(str(error)) from error
    names = np.array(found.by_photograph.classes)
    return found.rows, names[found.decided]


@explained
def compute_low_shot_claims(run: Run, params: DetectorClaimsParams) -> Replicates:
    """Compare the panel's scores with the best encoder's features at 50, 200 and 500 labels."""
    require(params.domains, 2, "domains")
    known = pooled(run, params.domains)
    panels = {"": stacked(run, params.encoders, params.domains)}
    if params.untrained >= 0:
        twin = [features(run, params.encoders, d, untrained=params.untrained)
                for d in params.domains]  # fmt: skip
        panels[" untrained"] = [np.vstack(each) for each in zip(*twin, strict=True)]
    spaces = {}
    for name, full in panels.items():
        spaces[f"substrate{name}"] = principal_scores(full, COMPONENTS, known.groups, exactly=False)
        for encoder, x in zip(params.encoders, full, strict=True):
            spaces[f"full{name}/{encoder}"] = x
    smallest = min(run.domains[d].n for d in params.domains)
    found = None
    if smallest >= 2 * min(SHOTS):  # else every row is missing, and says why
        try:
            found = low_shot_decisions(
                spaces, known.domains, known.groups, seed=params.seed, shots=SHOTS
            )
        except TransferError as error:
            raise AnalysisError(str(error)) from error

    def table(kept: Int[np.ndarray, " k"]) -> Float[np.ndarray, "s q"]:
        best: dict[str, float] = {}
        if found is None:
            return np.full((1, len(TAUGHT)), np.nan)
        for space, rights in found.rights.items():
            for shot, right in zip(found.shots, rights, strict=True):
                key = f"{space.split('/')[0]} {shot}"
                value = balanced(right[kept], found.codes[kept])
                best[key] = max(best.get(key, value), value)
        return np.array([[best.get(q, np.nan) for q in TAUGHT]])

    fewest = min(groups_per_class(known.domains, known.groups).values())
    reason = too_few_photographs(fewest, "One of the domains")
    left_out: tuple[np.ndarray, ...] = ()
    if found is not None and not reason:
        left_out = (photographs_left_out(table, found.groups, blocks=BLOCKS),)
    return Replicates(
        settings=(f"K = {COMPONENTS}, z-score",),
        quantities=TAUGHT,
        whole=table(np.arange(len(known.groups))),
        left_out=left_out,
        unit="photographs",
        units=fewest,
        counted=f"{known.counted} of {len(params.domains)} domains",
        reason=reason,
        missing={
            "untrained": "This study has no untrained twins; set untrained to 1 or more.",
            **{
                f" {shot}": f"{shot} labels per class need about {2 * shot} samples of every "
                f"domain; the smallest has {smallest}."
                for shot in reversed(SHOTS)  # 50 is part of the word 500
            },
        },
    )  # fmt: skip


def balanced(right: Float[np.ndarray, " n"], codes: Int[np.ndarray, " n"]) -> float:
    """Average over the samples of a class, then over classes."""
    counts = np.bincount(codes)
    there = counts > 0
    return float((np.bincount(codes, right)[there] / counts[there]).mean())


def _inputs(_run: Run, params: DetectorClaimsParams) -> tuple[tuple[str, ...], tuple[str, ...]]:
    extra = () if params.untrained < 0 else twins(params.encoders, (params.untrained,))
    return params.encoders + extra, params.domains


CLAIMS_DETECTOR = Analysis(
    "claims_detector", 2, DetectorClaimsParams, Replicates, _inputs, compute_detector_claims
)
CLAIMS_LOW_SHOT = Analysis(
    "claims_low_shot", 2, DetectorClaimsParams, Replicates, _inputs, compute_low_shot_claims
)
