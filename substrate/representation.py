"""Features of one layer over an ordered list of samples, and the digest that identifies it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float


class RepresentationError(ValueError):
    """Features that cannot be compared; the message names the object and the remedy."""


def sample_digest(content_sha256: Iterable[str]) -> str:
    """Return the digest of an ordered list of samples, each given by the digest of its content."""
    return hashlib.sha256("\n".join(content_sha256).encode()).hexdigest()


def table_digest(table: pd.DataFrame) -> str:
    """Return the digest of a sample table: contents, groups, labels, boxes, and their order."""
    columns = {str(name): table[name].astype(str).tolist() for name in table.columns}
    text = json.dumps(columns, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, eq=False)
class Representation:
    """Features of one layer over one ordered list of samples.

    ``features`` has shape (samples, units), finite; ``samples`` is the digest of the ordered
    samples (see `sample_digest`), the only key on which two representations may be joined.
    """

    encoder: str
    layer: str
    domain: str
    samples: str
    features: Float[np.ndarray, "n p"]

    def __post_init__(self) -> None:
        """Refuse features that are not a finite matrix of (samples, units)."""
        if self.features.ndim != 2:
            raise RepresentationError(
                f"{self.name} has shape {self.features.shape}, expected (images, features). "
                "Choose how to pool its tokens."
            )
        bad = int(self.features.size - np.count_nonzero(np.isfinite(self.features)))
        if bad:
            raise RepresentationError(
                f"{self.name} holds {bad} values that are NaN or infinite of "
                f"{self.features.size}. Check the encoder's weights and input normalisation."
            )

    @property
    def name(self) -> str:
        """Return encoder, layer and domain as one readable name."""
        return f"{self.encoder}/{self.layer} on {self.domain}"


def require_same_samples(first: Representation, second: Representation) -> None:
    """Refuse a pair whose samples or their order differ."""
    if first.samples != second.samples:
        raise RepresentationError(
            f"{first.name} and {second.name} do not describe the same samples in the same order "
            f"({first.samples[:12]} against {second.samples[:12]}). Extract both from one domain."
        )
