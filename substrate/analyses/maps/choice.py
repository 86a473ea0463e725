"""The Maps page's choices: two encoders, all of a panel, or an ensemble of them."""

from __future__ import annotations

TWO, ALL, ENSEMBLE = "Two encoders", "All encoders", "Ensemble"
VIEWS = (TWO, ALL, ENSEMBLE)
#: Families of maps as they are called on screen.
FAMILY_TITLES = {
    "substrate": "K shared directions",
    "permutation": "Matched units",
    "orthogonal": "Rotation",
    "affine": "Affine",
}
#: Ways to classify as they are called on screen.
CLASSIFIER_TITLES = {
    "alone": "Encoders alone, mean",
    "averaged": "Averaged probabilities",
    "concatenated": "Concatenated features",
    "shared": "Shared space",
    "shuffled": "Shared space, shuffled",
    "apart": "Apart, K scores shared",
    "own labels": "Apart, nothing shared",
}
