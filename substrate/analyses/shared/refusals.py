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
