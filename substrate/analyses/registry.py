"""Every analysis by its key."""

from __future__ import annotations

from substrate.analyses.causal_check import CAUSAL
from substrate.analyses.claims_detector import CLAIMS_DETECTOR
from substrate.analyses.claims_domains import CLAIMS_DOMAINS
from substrate.analyses.claims_emergence import CLAIMS_EMERGENCE
from substrate.analyses.claims_leave_out import CLAIMS_LEAVE_OUT
from substrate.analyses.claims_low_shot import CLAIMS_LOW_SHOT
from substrate.analyses.claims_pairs import CLAIMS_PAIRS
from substrate.analyses.claims_responses import CLAIMS_RESPONSES
from substrate.analyses.claims_sharing import CLAIMS_SHARING
from substrate.analyses.claims_transfer import CLAIMS_TRANSFER
from substrate.analyses.detector import (
    DETECTOR,
    DETECTOR_PIXELS,
    DETECTOR_SWEEP,
    DETECTOR_WITHOUT,
)
from substrate.analyses.detector_image import DETECTION, DETECTOR_FIT
from substrate.analyses.direction_flow import FLOW
from substrate.analyses.directions_angles import ANGLES
from substrate.analyses.directions_basis import BASIS
from substrate.analyses.directions_domains import DOMAINS
from substrate.analyses.directions_embedding import EMBEDDING
from substrate.analyses.directions_images import IMAGES
from substrate.analyses.directions_matched import MATCHED
from substrate.analyses.directions_pair import PAIR
from substrate.analyses.directions_spectrum import SPECTRUM
from substrate.analyses.disagreement import DISAGREEMENT
from substrate.analyses.encoder_pairs import ENCODER_PAIRS
from substrate.analyses.image_statistics import IMAGE_STATISTICS
from substrate.analyses.layers import LAYERS, LAYERS_UNTRAINED
from substrate.analyses.layers_pairs import LAYERS_PAIRS, LAYERS_PAIRS_UNTRAINED
from substrate.analyses.low_shot import LOW_SHOT
from substrate.analyses.metrics_pair import METRICS_PAIR
from substrate.analyses.sharedness import SHAREDNESS
from substrate.analyses.sharedness_count import SHARED_COUNTS
from substrate.analyses.sharedness_paradigms import PARADIGMS
from substrate.analyses.sharedness_recipes import WITHOUT_RECIPES
from substrate.analyses.sharedness_settings import SETTINGS
from substrate.analyses.sharedness_untrained import UNTRAINED_SHAREDNESS
from substrate.analyses.spec import Analysis
from substrate.analyses.subspace import MATRIX
from substrate.analyses.subspace_controls import CONTROLS
from substrate.analyses.subspace_image_controls import IMAGE_CONTROLS
from substrate.analyses.subspace_intervals import INTERVALS
from substrate.analyses.subspace_leave_out import LEAVE_OUT
from substrate.analyses.subspace_n_curve import N_CURVE
from substrate.analyses.subspace_responses import RESPONSES
from substrate.analyses.subspace_spans import SPANS
from substrate.analyses.subspace_sweep import SWEEP
from substrate.analyses.subspace_untrained import UNTRAINED
from substrate.analyses.training import TRAINING
from substrate.analyses.training_directions import TRAINING_DIRECTIONS
from substrate.analyses.transfer import TRANSFER
from substrate.analyses.transfer_domains import TRANSFER_DOMAINS
from substrate.analyses.transfer_probe import PROBE

ANALYSES: dict[str, Analysis] = {
    a.key: a
    for a in (
        MATRIX,
        SPANS,
        INTERVALS,
        UNTRAINED,
        CONTROLS,
        IMAGE_CONTROLS,
        IMAGE_STATISTICS,
        SHAREDNESS,
        PARADIGMS,
        UNTRAINED_SHAREDNESS,
        SHARED_COUNTS,
        WITHOUT_RECIPES,
        SETTINGS,
        SWEEP,
        LEAVE_OUT,
        RESPONSES,
        N_CURVE,
        ENCODER_PAIRS,
        FLOW,
        DISAGREEMENT,
        CAUSAL,
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
        LAYERS_PAIRS_UNTRAINED,
        LAYERS_UNTRAINED,
        METRICS_PAIR,
        TRAINING,
        TRAINING_DIRECTIONS,
        PROBE,
        TRANSFER,
        TRANSFER_DOMAINS,
        DETECTOR,
        DETECTOR_PIXELS,
        DETECTOR_SWEEP,
        DETECTOR_WITHOUT,
        DETECTOR_FIT,
        DETECTION,
        LOW_SHOT,
        CLAIMS_SHARING,
        CLAIMS_DOMAINS,
        CLAIMS_LEAVE_OUT,
        CLAIMS_RESPONSES,
        CLAIMS_PAIRS,
        CLAIMS_EMERGENCE,
        CLAIMS_TRANSFER,
        CLAIMS_DETECTOR,
        CLAIMS_LOW_SHOT,
    )
}
