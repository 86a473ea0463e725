"""Mean activation spectra of all encoders: the chart, its words, table and trace."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from substrate.analyses.units.filters import Filters
from substrate.analyses.units.spectra import Spectra
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.exhibits.units.words import signed_estimate
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    against_zero,
    compared,
    first_that_fits,
)
from substrate.figures.looks import looks
from substrate.figures.theme import Theme
from substrate.figures.units import spectra as figures
from substrate.runs import Run
from substrate.wording import listed, many, number, signed, where, with_interval

TITLE, FILTERS_TITLE = "Mean activation spectra", "Activation and frequency"
#: What an image's activation is the mean of.
POOLED = {
    "spatial": "positions",
    "tokens": "patch tokens",
    "cls": "the class token alone",
    "vector": "no positions",
}


def spectra(result: Spectra, run: Run, theme: Theme) -> Exhibit:
    """Return the sorted mean activations of all encoders beside those of their twins."""
    return Exhibit(
        key="units-spectra",
        title=TITLE,
        sentence=sentence(result),
        context=context(result, run),
        verdict=verdict(result),
        figure=figures.spectra(result, looks(run.encoders, theme.name), titles(run), theme),
        read="Each line sorts the units of one layer by their mean activation over images and "
        "positions, divided by the mean size of an activation in that layer, so that layers of "
        "any scale and width compare. Lines that coincide have spectra of one shape. Bands are "
        "95 % CIs of each unit, dotted lines the mean of untrained twins; among many encoders A "
        "alone has them. The distance is the area between two lines (Wasserstein).",
        table=table(result),
        trace=trace(result),
    )


def sentence(result: Spectra) -> str:
    """Say how far spectra lie apart, and from those of untrained twins."""
    size = result.size
    place = where(size.title, size.photographs, within=size.within, group=size.nouns.group)
    between = with_interval(float(result.between.value), result.between.low, result.between.high)
    twins = (
        f"; those of an encoder and its untrained twin {number(float(result.from_twins.mean()))}"
        if result.from_twins.size
        else ""
    )
    return (
        f"{place}, the mean activation spectra of {many(len(result.spectra), 'encoder')} differ by "
        f"{between} of the mean size of an activation{twins}."
    )


def context(result: Spectra, run: Run) -> str:
    """Say how much nearer encoders are than twins, how wide spectra are, and what was pooled."""
    named = titles(run)
    widths = [
        f"{named[one.encoder]} {number(_orders(one.means), 1)}"
        for one in result.spectra
        if np.isfinite(_orders(one.means))
    ]
    pooled = {POOLED[one.pooling] for one in result.spectra}
    parts = [
        f"Nearer to each other than to their twins: {signed_estimate(result.nearer_than_twins)}."
        if result.from_twins.size
        else "No untrained twins of all encoders are there to compare with.",
        f"Orders of magnitude between the most active unit and the lower tenth: {listed(widths)}."
        if widths
        else "",
        f"The mean of an image is over {listed(sorted(pooled))}."
        if pooled != {"positions"}
        else "",
        result.between.reason,
    ]
    return " ".join(part for part in parts if part)


def _orders(means: np.ndarray) -> float:
    """Orders of magnitude from the largest mean to the lower tenth; NaN unless that is positive."""
    low = float(np.quantile(means, 0.1))
    return float(np.log10(means.max() / low)) if low > 0 else float("nan")


def verdict(result: Spectra) -> Verdict | None:
    """Return whether encoders' spectra lie nearer to each other than to their twins'."""
    value = float(result.between.value)
    if result.size.within:
        return compared("Distance of spectra", value, Outcome.FEW, Outcome.FEW)
    nearer = against_zero(result.nearer_than_twins.low, result.nearer_than_twins.high)
    texts = {
        Outcome.BEYOND: (Badge.TWINS, "nearer to each other than to untrained twins"),
        Outcome.BELOW: (Badge.NEARER, "and lie nearer to untrained twins'"),
        Outcome.OPEN: (Badge.UNTOLD, "as far as untrained twins do"),
        Outcome.UNTESTED: (Badge.NO_INTERVAL, "without an interval"),
    }
    badge, text = texts[nearer]
    return first_that_fits(badge, f"spectra differ by {number(value)}, {text}")


def table(result: Spectra) -> pd.DataFrame:
    """Return a row per encoder and unit: the mean with its bounds, as it is and relative."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "encoder": one.encoder,
                    "layer": one.layer,
                    "unit": one.units + 1,
                    "mean": one.means,
                    "low": one.low,
                    "high": one.high,
                    "relative": one.means / one.scale,
                }
            )
            for one in result.spectra
        ],
        ignore_index=True,
    )


def trace(result: Spectra) -> dict[str, Any]:
    """Return what the numbers rest on."""
    return {
        "encoders": ", ".join(f"{one.encoder} {one.layer}" for one in result.spectra),
        "domain": result.size.domain,
        "n": result.size.caption,
        "distance": "Wasserstein, of means relative to the mean size of a layer",
        "draws of untrained twins": len(result.from_twins),
        "whitening": "none",
        "interval": result.between.reason
        or f"95 %, {result.between.unit} left out, these encoders",
    }


def filters(result: Filters, run: Run, theme: Theme) -> Exhibit:
    """Return mean activations against the frequency of filters."""
    title = run.encoders[result.encoder].title
    beyond = abs(result.rho) > result.level
    less = "less" if result.rho < 0 else "more"
    end = (
        f"units of higher frequency are {less} active"
        if beyond
        else "not told from random orders of the units"
    )
    return Exhibit(
        key="units-filters",
        title=FILTERS_TITLE,
        sentence=f"Mean activation and centre frequency of the {len(result.means)} filters of "
        f"{title} have a rank correlation of {signed(result.rho)}: {end} (95 % of random orders "
        f"stay below {number(result.level)} in size).",
        figure=figures.filters(result, title, theme),
        read="Each point is a unit of the first layer, a convolution of the image. The frequency "
        "is the mean over the filter's Fourier transform, weighted by power, all colours "
        "together; low on the left are flat patches of colour, high on the right fine stripes "
        "and dots. Bars are 95 % CIs over photographs. The null shuffles units.",
        table=pd.DataFrame(
            {
                "unit": np.arange(1, len(result.means) + 1),
                "mean": result.means,
                "low": result.low,
                "high": result.high,
                "cycles per pixel": result.frequencies,
            }
        ),
        trace={
            "encoder": f"{result.encoder} {result.layer}",
            "domain": result.size.domain,
            "n": result.size.caption,
            "rank correlation": result.rho,
            "95 % level of random orders": result.level,
            "p": result.p,
            "seed": 0,
        },
    )
