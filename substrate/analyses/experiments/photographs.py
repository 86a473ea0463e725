"""The photographs of the experiment on concepts, read from the installed packages."""

from __future__ import annotations

from functools import cache

import numpy as np
from jaxtyping import UInt8

from substrate.domains.packaged import PACKAGED

#: Faces and patches without one, 200 photographs.
DOMAIN = {"source": "packaged", "name": "face", "rest": True}


@cache
def photographs() -> tuple[UInt8[np.ndarray, "h w 3"], ...]:
    """Return every photograph in the order of the domain."""
    return tuple(PACKAGED.load(DOMAIN, limit=None, seed=0, tile=32).images())
