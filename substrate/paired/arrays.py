"""Images at hand as a domain that two networks can be read on side by side."""

from __future__ import annotations

import hashlib

import numpy as np
from jaxtyping import Int, UInt8

from substrate.domains.spec import Domain, sample_table


def images_as_domain(
    images: UInt8[np.ndarray, "n h w 3"], labels: Int[np.ndarray, " n"], name: str
) -> Domain:
    """Return images as a domain in which each is a photograph of its own."""
    rows = [
        {
            "sample_id": f"{i:06d}",
            "content_sha256": hashlib.sha256(image.tobytes()).hexdigest(),
            "domain": name,
            "label": str(label),
            "group": f"{i:06d}",
            "box": "",
            "source": name,
            "licence": "",
        }
        for i, (image, label) in enumerate(zip(images, labels, strict=True))
    ]
    table = sample_table(rows)
    return Domain(name, name, table, (), len(rows), lambda row: images[row])
