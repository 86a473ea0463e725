"""One Procrustes-CKA matrix with everything that it has to be read beside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.samples import shuffled_between
from substrate.analyses.shared.units import together
from substrate.analyses.subspace.controls import (
    Control,
    Controls,
)
from substrate.analyses.subspace.image_controls import ImageControls
from substrate.analyses.subspace.intervals import MatrixIntervals
from substrate.analyses.subspace.procrustes_cka import Matrices
from substrate.analyses.subspace.untrained import UntrainedMatrices
from substrate.numerics.estimates import Estimate
from substrate.wording import between, common_nouns, number

#: Each control's name on the page, and what it can show.
NAMES = {
    "trained": "Trained panel",
    "single": "Single encoders",
    "split_half": "Two halves of a domain",
    "untrained": "Untrained panels",
    "shuffled": "Shuffled between encoders",
    "pixels": "Pixel space",
    "pixel_scores": "Panel against pixel scores",
    "handcrafted": "Hand-crafted features",
    "gabor": "Gabor energies",
    "random": "Random bases",
}
MEANINGS = {
    "single": "One encoder instead of the panel. As high as the panel: the value says nothing "
    "about what encoders share.",
    "split_half": "The same comparison between two halves of one domain: as high as samples allow.",
    "untrained": "Panels of untrained twins. As high as the trained panel: the value comes from "
    "architecture and images, not from training.",
    "shuffled": "Each encoder sees the images in its own order before the directions are found: "
    "nothing is shared between encoders any more. Below ten groups, which stay where they are, "
    "what the samples of each have in common is still shared.",
    "pixels": "Principal directions of the raw pixels instead of features.",
    "pixel_scores": "CKA between the panel's scores and the images' pixel scores, within a domain: "
    "how much of the subspace is pixel variance.",
    "handcrafted": "56 hand-crafted image statistics (edges, Gabor energies, colour, spectrum).",
    "gabor": "The 32 Gabor energies alone.",
    "random": "Random directions: anything with a few dominant dimensions exceeds this. The "
    "diamond is the prediction K / (K + PR).",
}


@dataclass(frozen=True, eq=False)
class ControlledMatrix:
    """A matrix for one K and one estimate, its intervals, and whatever controls there are."""

    matrices: Matrices
    k: int
    debiased: bool
    intervals: MatrixIntervals | None = None
    controls: Controls | None = None
    images: ImageControls | None = None
    untrained: UntrainedMatrices | None = None

    @property
    def values(self) -> Float[np.ndarray, "a a"]:
        """Return the matrix that is shown."""
        return self.matrices.at(self.k, debiased=self.debiased)

    @property
    def shown_k(self) -> int:
        """Return the K that the samples allow."""
        return self.matrices.nearest(self.k)

    @property
    def estimate(self) -> str:
        """Name the estimate."""
        return "debiased" if self.debiased else "biased"

    @property
    def median(self) -> float:
        """Return the median over pairs of domains."""
        return self.matrices.median(self.k, debiased=self.debiased)

    def bounds(self, i: int, j: int) -> tuple[float, float] | None:
        """Return the interval of one pair of domains, if it has one."""
        if self.intervals is None or self.intervals.k != self.shown_k:
            return None
        side = int(self.debiased)
        low, high = self.intervals.low[side, i, j], self.intervals.high[side, i, j]
        return (float(low), float(high)) if np.isfinite(low) else None

    @property
    def median_bounds(self) -> tuple[float, float] | None:
        """Return the interval of the median, if there is one."""
        if self.intervals is None or self.intervals.k != self.shown_k:
            return None
        side = int(self.debiased)
        low, high = self.intervals.median_low[side], self.intervals.median_high[side]
        return (float(low), float(high)) if np.isfinite(low) else None

    @property
    def difference(self) -> Estimate | None:
        """Return the median less the mean of the untrained panels', where there are any."""
        return None if self.untrained is None else self.untrained.difference[int(self.debiased)]

    @property
    def reason(self) -> str:
        """Return why the median has no interval, or nothing."""
        return "" if self.intervals is None else self.intervals.reason

    def name(self, key: str) -> str:
        """Name the trained panel or a control; what is shuffled follows the photographs."""
        return shuffled_between(self.matrices.sizes) if key == "shuffled" else NAMES[key]

    def all_controls(self) -> Iterator[Control]:
        """Yield the controls in the order in which they are drawn."""
        controls = {control.key: control for control in self._found()}
        for key in NAMES:
            if key in controls:
                yield controls[key]

    def _found(self) -> Iterator[Control]:
        if self.controls is not None:
            yield from self.controls.all
        if self.images is not None:
            yield from self.images.all
        if self.untrained is not None:
            yield self.untrained.control

    def pair_lines(self, i: int, j: int) -> list[str]:
        """Return what stands beside one cell: its interval and each control's values there."""
        bounds = self.bounds(i, j)
        lines = [self._interval_line(i, j, bounds)]
        for control in self.all_controls():
            values = control.values[int(self.debiased)]
            there = values[:, i, j] if control.by_pair else values[:, [i, j]].ravel()
            finite = there[np.isfinite(there)]
            if finite.size:
                span = " to ".join(dict.fromkeys((number(finite.min()), number(finite.max()))))
                lines.append(f"{self.name(control.key)}: {span}")
        return lines

    def _interval_line(self, i: int, j: int, bounds: tuple[float, float] | None) -> str:
        if bounds is not None:
            return between(*bounds)
        within = [self.matrices.sizes[d].title for d in (i, j) if self.matrices.sizes[d].within]
        if within:
            nouns = common_nouns(self.matrices.sizes[d].nouns for d in (i, j))
            few = f"{', '.join(within)} has under 10 {nouns.groups}"
            return f"within {nouns.group}: no interval ({few})"
        return "no interval for this K"

    def facts(self) -> str:
        """Return what the chart rests on, in one line."""
        return (
            f"{len(self.matrices.encoders)} encoders, {together(self.matrices.units)} · "
            f"K = {self.shown_k} · {self.matrices.whitening} · {self.estimate}"
        )
