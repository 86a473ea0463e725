"""Which samples of large domains the claims about domains rest on.

Every panel is measured anew without each block of photographs, and twins as often: with tens of
thousands of samples that takes hours and says the same, as the photographs left out are the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int, Shaped

from substrate.analyses.shared.effort import drawn_rows
from substrate.analyses.shared.samples import features, sizes
from substrate.runs import Run

#: Samples of a domain at most, drawn at random and counted in the rows.
MOST = 4000


def drawn(run: Run, domain: str) -> Int[np.ndarray, " n"]:
    """Return the rows of a domain that are looked at: all, or so many drawn at random."""
    return drawn_rows(run.domains[domain].n, MOST)


def groups_of(run: Run, domain: str) -> Shaped[np.ndarray, " n"]:
    """Return the photographs of these rows."""
    return run.groups(domain)[drawn(run, domain)]


def features_of(
    run: Run, encoders: Sequence[str], domain: str, *, untrained: int | None = None
) -> list[Float[np.ndarray, "n _"]]:
    """Return every encoder's features of these rows; copies only where rows were drawn."""
    rows = drawn(run, domain)
    blocks = features(run, encoders, domain, untrained=untrained)
    return blocks if len(rows) == run.domains[domain].n else [x[rows] for x in blocks]


def counted(run: Run, domain: str) -> str:
    """Say how many samples of how many photographs there are, and how many of them were drawn."""
    size = sizes(run, domain)
    of = f"{MOST:,} drawn at random of " if run.domains[domain].n > MOST else ""
    return f"{size.title}: {of}{size.caption}"
