"""An image of one's own: where what the encoders make of it lies in the store."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from substrate.analyses.spec import AnalysisError
from substrate.runs import Run
from substrate.store import Entry, digest


def image_key(run: Run, image: str) -> str:
    """Return the store key of the features that a run's encoders have of an image."""
    return digest(["image of one's own", 2, run.run_id, image])


def image_entry(run: Run, image: str) -> Entry:
    """Return what the encoders made of an image, by the SHA-256 of its file.

    Raises
    ------
    AnalysisError
        If the store does not hold it.
    """
    entry = run.store.get(image_key(run, image))
    if entry is None:
        raise AnalysisError("This image is not in the store any more; drop it again.")
    return entry


def image_features(
    run: Run, image: str, encoders: Sequence[str]
) -> list[Float[np.ndarray, "1 width"]]:
    """Return each encoder's penultimate features of an image, as one row in float64."""
    entry = image_entry(run, image)
    return [entry.array(encoder)[None].astype(np.float64) for encoder in encoders]
