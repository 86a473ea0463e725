"""Results of directions as data frames; directions count from 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from substrate.analyses.directions.basis import Basis
from substrate.analyses.directions.cosine_panel import CosinePanel
from substrate.analyses.directions.partners import Matched
from substrate.analyses.directions.principal_angles import Angles
from substrate.analyses.directions.spatial_map import SpatialMap
from substrate.analyses.directions.spectrum import Spectrum


def panel_table(panel: CosinePanel) -> pd.DataFrame:
    """Return every cell as a row, the largest absolute values first."""
    estimates = panel.estimates
    i, j = (side.ravel() for side in np.indices(panel.values.shape))
    table = pd.DataFrame(
        {
            "A": i + 1,
            "B": j + 1,
            "value": panel.values.ravel(),
            "low": np.nan if estimates.low is None else estimates.low.ravel(),
            "high": np.nan if estimates.high is None else estimates.high.ravel(),
            **({} if estimates.level is None else {"beyond chance": estimates.above.ravel()}),
            "p": np.nan if estimates.p is None else estimates.p.ravel(),
            "reliability A": panel.reliability_a[i],
            "reliability B": panel.reliability_b[j],
        }
    )
    order = np.argsort(-np.abs(table["value"].to_numpy()), kind="stable")
    return table.iloc[order].reset_index(drop=True)


def angles_table(angles: Angles) -> pd.DataFrame:
    """Return the cosines of the principal angles with everything that stands beside them."""
    table = pd.DataFrame({"angle": np.arange(1, len(angles.cosines) + 1), "cosine": angles.cosines})
    beside = ("null_low", "null_middle", "null_high") if angles.above is not None else ()
    for name in ("low", "high", *beside):
        values = getattr(angles, name)
        table[name] = np.nan if values is None else values
    if angles.above is None and angles.null_middle is not None:
        table[angles.null_kind] = angles.null_middle
    for seed, row in enumerate(angles.untrained):
        table[f"untrained {seed}"] = pd.Series(row)
    return table


def spectra_table(spectra: Sequence[Spectrum]) -> pd.DataFrame:
    """Return the spectra below each other, a row per direction."""
    return pd.concat([_spectrum_table(spectrum) for spectrum in spectra], ignore_index=True)


def _spectrum_table(spectrum: Spectrum) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "encoder": spectrum.encoder,
            "layer": spectrum.layer,
            "domain": spectrum.domain,
            "direction": np.arange(1, len(spectrum.shares) + 1),
            "share": spectrum.shares,
            "nearest gap": spectrum.isolation,
            "nearly coincident": spectrum.near,
        }
    )
    if spectrum.chance is not None:
        table["chance 95 %"] = pd.Series(spectrum.chance)
    for seed, row in enumerate(spectrum.untrained):
        table[f"untrained {seed}"] = pd.Series(row)
    return table


def scores_table(basis: Basis, direction: int, samples: pd.DataFrame) -> pd.DataFrame:
    """Return every sample's score on one direction, and the part that the sample is in."""
    part = np.full(len(samples), "between the parts", dtype=object)
    part[basis.fit], part[basis.test] = "fit", "test"
    return samples[["sample_id", "label", "group"]].assign(
        part=part, score=basis.scores[:, direction]
    )


def partner_table(matched: Matched, direction: int) -> pd.DataFrame:
    """Return the partners of one direction with interval and chance level."""
    table = pd.DataFrame(
        {
            "encoder": matched.others,
            "layer": matched.layers,
            "direction": matched.partner[:, direction] + 1,
            "correlation": matched.values[:, direction] * matched.signs[:, direction],
        }
    )
    for name in ("low", "high", "level"):
        if name == "level" and matched.level is None:
            continue
        values = getattr(matched, name)
        table[name] = np.nan if values is None else values[:, direction]
    return table


def map_table(scores: SpatialMap) -> pd.DataFrame:
    """Return the map as one row per position."""
    y, x = (side.ravel() for side in np.indices(scores.values.shape))
    return pd.DataFrame({"row": y, "column": x, "score": scores.values.ravel()})


def points_table(
    samples: pd.DataFrame, places: Float[np.ndarray, "n 2"], by: pd.Series
) -> pd.DataFrame:
    """Return every sample with its place on the plane and what it is coloured by."""
    return samples.drop(columns="content_sha256").assign(
        x=places[:, 0], y=places[:, 1], **{str(by.name): by.to_numpy()}
    )
