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
from substrate.analyses.image_statistics import IMAGE_STATISTICS
from substrate.analyses.layers import LAYERS, LAYERS_PAIRS, LAYERS_UNTRAINED
from substrate.analyses.metrics_pair import METRICS_PAIR
from substrate.analyses.sharedness import SHAREDNESS
from substrate.analyses.sharedness_untrained import UNTRAINED_SHAREDNESS
from substrate.analyses.spec import Analysis
from substrate.analyses.subspace import MATRIX
from substrate.analyses.subspace_controls import CONTROLS
from substrate.analyses.subspace_image_controls import IMAGE_CONTROLS
from substrate.analyses.subspace_intervals import INTERVALS
from substrate.analyses.subspace_untrained import UNTRAINED
from substrate.analyses.training import TRAINING
from substrate.analyses.training_directions import TRAINING_DIRECTIONS

ANALYSES: dict[str, Analysis] = {
    a.key: a
    for a in (
        MATRIX,
        INTERVALS,
        UNTRAINED,
        CONTROLS,
        IMAGE_CONTROLS,
        IMAGE_STATISTICS,
        SHAREDNESS,
        UNTRAINED_SHAREDNESS,
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
        METRICS_PAIR,
        TRAINING,
        TRAINING_DIRECTIONS,
    )
}
