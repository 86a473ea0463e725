"""Every analysis by its key."""

from __future__ import annotations

from substrate.analyses.directions_angles import ANGLES
from substrate.analyses.directions_basis import BASIS
from substrate.analyses.directions_domains import DOMAINS
from substrate.analyses.directions_embedding import EMBEDDING
from substrate.analyses.directions_images import IMAGES
from substrate.analyses.directions_matched import MATCHED
from substrate.analyses.directions_pair import PAIR
from substrate.analyses.directions_spectrum import SPECTRUM
from substrate.analyses.layers import LAYERS, LAYERS_PAIRS, LAYERS_UNTRAINED
from substrate.analyses.spec import Analysis

ANALYSES: dict[str, Analysis] = {
    a.key: a
    for a in (
        BASIS,
        PAIR,
        ANGLES,
        SPECTRUM,
        MATCHED,
        DOMAINS,
        EMBEDDING,
        IMAGES,
        LAYERS,
        LAYERS_PAIRS,
        LAYERS_UNTRAINED,
    )
}
