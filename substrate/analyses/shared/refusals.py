"""What the numerics refuse, as what a page can say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from substrate.analyses.spec import AnalysisError
from substrate.numerics.spectra import SpectrumError
from substrate.numerics.theory.linear_students import TheoryError
from substrate.numerics.transfer.spec import TransferError
from substrate.numerics.whitening import WhiteningError

#: Why there is no comparison with untrained twins: there are none at all, or none was asked for.
NO_TWINS = "There are no untrained twins to compare with."
NO_TWINS_ASKED = "This study has no untrained twins; set untrained to 5 or more."
NO_COMMON_TWIN = "There is no seed for which every encoder has an untrained twin."
NO_CLASSES = "No domain of this study has labels of two classes to learn."
#: Where a plane is asked for of one or two layers.
NO_PLANE = "A plane needs three layers at least: add encoders, or extract further layers."


def lost_without(unit: str) -> str:
    """Say that a value has no interval, as some of the units cannot be left out."""
    return f"No interval: it has no value without some of the {unit}."


def few_to_hold_out(title: str, groups: str) -> str:
    """Say that no accuracy is judged on groups that took no part."""
    return f"{title} has too few {groups} to hold whole ones out."


@contextmanager
def refusals_said() -> Iterator[None]:
    """Turn what the numerics refuse into an `AnalysisError` with the same sentence."""
    try:
        yield
    except (
        TransferError,
        SpectrumError,
        TheoryError,
        WhiteningError,
        np.linalg.LinAlgError,
    ) as error:
        raise AnalysisError(str(error)) from error
