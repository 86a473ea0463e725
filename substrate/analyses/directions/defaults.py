"""What the Directions page shows by default: the first two encoders on every domain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from substrate.analyses.directions.basis import FIT
from substrate.analyses.directions.choice import (
    angles_params,
    default_choice,
    null_settings,
    pair_params,
    spectrum_params,
)
from substrate.analyses.directions.images import IMAGES, ImagesParams
from substrate.analyses.directions.partners import MATCHED, MatchedParams
from substrate.analyses.directions.principal_angles import ANGLES
from substrate.analyses.directions.spectrum import SPECTRUM
from substrate.analyses.directions.two_encoders import PAIR
from substrate.analyses.spec import Analysis
from substrate.runs import Run


def defaults(run: Run) -> Iterator[tuple[Analysis, Any]]:
    """Yield the default analyses of the page, the heatmap of every domain first."""
    for domain in run.domains:
        yield PAIR, pair_params(run, default_choice(run, domain))
    for domain in run.domains:
        choice = default_choice(run, domain)
        yield ANGLES, angles_params(run, choice)
        for spectrum in spectrum_params(run, choice):
            yield SPECTRUM, spectrum
            yield (
                MATCHED,
                MatchedParams(
                    replace(spectrum, part=FIT), panel=run.panel, **null_settings(run, choice)
                ),
            )
        yield IMAGES, ImagesParams(domain)
