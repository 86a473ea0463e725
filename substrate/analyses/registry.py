"""Every analysis by its key."""

from __future__ import annotations

from substrate.analyses.claims.detector import CLAIMS_DETECTOR
from substrate.analyses.claims.domains import CLAIMS_DOMAINS
from substrate.analyses.claims.emergence import CLAIMS_EMERGENCE
from substrate.analyses.claims.leave_out import CLAIMS_LEAVE_OUT
from substrate.analyses.claims.low_shot import CLAIMS_LOW_SHOT
from substrate.analyses.claims.pairs import CLAIMS_PAIRS
from substrate.analyses.claims.responses import CLAIMS_RESPONSES
from substrate.analyses.claims.sharing import CLAIMS_SHARING
from substrate.analyses.claims.steps import CLAIMS_STEPS
from substrate.analyses.claims.transfer import CLAIMS_TRANSFER
from substrate.analyses.claims.units import CLAIMS_UNITS
from substrate.analyses.detector.accuracy import (
    DETECTOR,
    DETECTOR_PIXELS,
    DETECTOR_SWEEP,
    DETECTOR_WITHOUT,
)
from substrate.analyses.detector.image import (
    DETECTION,
    DETECTOR_FIT,
)
from substrate.analyses.detector.support import DETECTOR_SUPPORT
from substrate.analyses.directions.basis import BASIS
from substrate.analyses.directions.embedding import EMBEDDING
from substrate.analyses.directions.images import IMAGES
from substrate.analyses.directions.partners import MATCHED
from substrate.analyses.directions.principal_angles import ANGLES
from substrate.analyses.directions.spectrum import SPECTRUM
from substrate.analyses.directions.two_domains import DOMAINS
from substrate.analyses.directions.two_encoders import PAIR
from substrate.analyses.encoders.disagreement import DISAGREEMENT
from substrate.analyses.encoders.flow import FLOW
from substrate.analyses.encoders.pairs import ENCODER_PAIRS
from substrate.analyses.encoders.removal import CAUSAL
from substrate.analyses.layers.all_encoders import (
    LAYERS_PAIRS,
    LAYERS_PAIRS_UNTRAINED,
)
from substrate.analyses.layers.every_layer import EVERY_LAYER
from substrate.analyses.layers.kept import KEPT, KEPT_UNTRAINED
from substrate.analyses.layers.layer_map import LAYER_MAP
from substrate.analyses.layers.operations import OPERATIONS
from substrate.analyses.layers.smoothness import SMOOTHNESS
from substrate.analyses.layers.training_ways import TRAINING_WAYS
from substrate.analyses.layers.trajectories import TRAJECTORIES
from substrate.analyses.layers.two_encoders import (
    LAYERS,
    LAYERS_UNTRAINED,
)
from substrate.analyses.lens.neighbours import LENS_NEIGHBOURS
from substrate.analyses.lens.scores import LENS_SCORES
from substrate.analyses.maps.consensus import MAPS_CONSENSUS
from substrate.analyses.maps.matrix import MAPS_MATRIX
from substrate.analyses.maps.pair import MAPS
from substrate.analyses.metrics.all_metrics import METRICS_PAIR
from substrate.analyses.shared.image_statistics import IMAGE_STATISTICS
from substrate.analyses.sharedness.by_paradigm import PARADIGMS
from substrate.analyses.sharedness.by_recipe import WITHOUT_RECIPES
from substrate.analyses.sharedness.by_setting import SETTINGS
from substrate.analyses.sharedness.copies import COPIES
from substrate.analyses.sharedness.count import SHARED_COUNTS
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS
from substrate.analyses.sharedness.responses import RESPONSES
from substrate.analyses.sharedness.untrained import UNTRAINED_SHAREDNESS
from substrate.analyses.spec import Analysis
from substrate.analyses.subspace.controls import CONTROLS
from substrate.analyses.subspace.dimension_sweep import SWEEP
from substrate.analyses.subspace.image_controls import IMAGE_CONTROLS
from substrate.analyses.subspace.intervals import INTERVALS
from substrate.analyses.subspace.leave_out import LEAVE_OUT
from substrate.analyses.subspace.procrustes_cka import MATRIX
from substrate.analyses.subspace.sample_size import N_CURVE
from substrate.analyses.subspace.spans import SPANS
from substrate.analyses.subspace.untrained import UNTRAINED
from substrate.analyses.theory.features import FEATURES
from substrate.analyses.training.alignment import TRAINING
from substrate.analyses.training.directions import TRAINING_DIRECTIONS
from substrate.analyses.training.growth import GROWTH
from substrate.analyses.transfer.all_domains import TRANSFER_DOMAINS
from substrate.analyses.transfer.low_shot import LOW_SHOT
from substrate.analyses.transfer.probe import PROBE
from substrate.analyses.transfer.scores import TRANSFER
from substrate.analyses.units.depth import DEPTH
from substrate.analyses.units.few_to_one import FEW_TO_ONE
from substrate.analyses.units.filters import FILTERS
from substrate.analyses.units.many_to_many import MANY_TO_MANY
from substrate.analyses.units.mutual_information import MUTUAL_INFORMATION
from substrate.analyses.units.one_to_one import ONE_TO_ONE
from substrate.analyses.units.several import SEVERAL
from substrate.analyses.units.spectra import SPECTRA
from substrate.analyses.weights.aligned import ALIGNED
from substrate.analyses.weights.channels import CHANNELS
from substrate.analyses.weights.kernels import KERNELS
from substrate.analyses.weights.spatial import SPATIAL

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
        COPIES,
        SHARED_COUNTS,
        WITHOUT_RECIPES,
        SETTINGS,
        SWEEP,
        LEAVE_OUT,
        RESPONSES,
        N_CURVE,
        ENCODER_PAIRS,
        LENS_SCORES,
        LENS_NEIGHBOURS,
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
        EVERY_LAYER,
        OPERATIONS,
        SMOOTHNESS,
        TRAJECTORIES,
        TRAINING_WAYS,
        LAYER_MAP,
        KEPT,
        KEPT_UNTRAINED,
        MAPS,
        MAPS_CONSENSUS,
        MAPS_MATRIX,
        METRICS_PAIR,
        TRAINING,
        TRAINING_DIRECTIONS,
        GROWTH,
        PROBE,
        TRANSFER,
        TRANSFER_DOMAINS,
        DETECTOR,
        DETECTOR_PIXELS,
        DETECTOR_SWEEP,
        DETECTOR_WITHOUT,
        DETECTOR_FIT,
        DETECTION,
        DETECTOR_SUPPORT,
        LOW_SHOT,
        ONE_TO_ONE,
        MUTUAL_INFORMATION,
        DEPTH,
        SPECTRA,
        FILTERS,
        SEVERAL,
        FEW_TO_ONE,
        MANY_TO_MANY,
        SPATIAL,
        KERNELS,
        CHANNELS,
        ALIGNED,
        FEATURES,
        CLAIMS_SHARING,
        CLAIMS_DOMAINS,
        CLAIMS_LEAVE_OUT,
        CLAIMS_RESPONSES,
        CLAIMS_PAIRS,
        CLAIMS_EMERGENCE,
        CLAIMS_TRANSFER,
        CLAIMS_STEPS,
        CLAIMS_UNITS,
        CLAIMS_DETECTOR,
        CLAIMS_LOW_SHOT,
    )
}
