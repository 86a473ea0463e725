"""The Maps page's choices: two encoders, or all of a panel."""

from __future__ import annotations

TWO, ALL = "Two encoders", "All encoders"
VIEWS = (TWO, ALL)
#: Families of maps as they are called on screen.
FAMILY_TITLES = {
    "substrate": "K shared directions",
    "permutation": "Matched units",
    "orthogonal": "Rotation",
    "affine": "Affine",
}
