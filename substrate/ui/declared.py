"""Every value that an address may hold: what pages share, and what each page has of its own.

This table is the interface that docs/address.md describes. A shared field is carried from page to
page and stands in the bar; a page's own field is named after it, in the session as in the address.
"""

from __future__ import annotations

from functools import cache

from substrate import catalogue
from substrate.analyses.detector.tables import SPLITS
from substrate.analyses.directions.choice import SCALES, VIEWS
from substrate.analyses.directions.kinds import KINDS
from substrate.analyses.experiments import choice as experiments_choice
from substrate.analyses.experiments import student_curves
from substrate.analyses.experiments.catalogue import EXPERIMENTS
from substrate.analyses.experiments.students import (
    CLASSIFICATION,
    LABELS,
    LINEAR,
    NETWORK,
    PIXELS,
    REGRESSION,
)
from substrate.analyses.experiments.weights import RELATIONS
from substrate.analyses.layers import choice as layers_choice
from substrate.analyses.layers.kept_measure import (
    QUANTITIES,
)
from substrate.analyses.maps import choice as maps_choice
from substrate.analyses.shared.effort import (
    DEFAULT_METRIC,
    scalar_metrics,
)
from substrate.analyses.shared.order import CLUSTERED, LISTED, MANY, ORDERS
from substrate.analyses.shared.samples import (
    MAX_COMPONENTS,
    WHITENINGS,
)
from substrate.analyses.subspace.spans import MEASURES
from substrate.analyses.theory import choice as theory_choice
from substrate.analyses.training import choice as training_choice
from substrate.analyses.training.target import target_names
from substrate.analyses.training.trajectory import trajectories
from substrate.analyses.transfer.scores import AGAINST
from substrate.analyses.transfer.tables import NAMES
from substrate.analyses.units import choice as units_choice
from substrate.analyses.weights import choice as weights_choice
from substrate.claims.themes import THEMES
from substrate.claims.verdict import VERDICTS
from substrate.exhibits.glossary import TERMS
from substrate.exhibits.layers.smoothness import LABELS as SMOOTHNESS_LABELS
from substrate.figures.encoders import pairs as encoder_pairs
from substrate.numerics.depth.steps import SUMMARIES
from substrate.numerics.metrics import METRICS as KNOWN_METRICS
from substrate.numerics.transfer import TRANSFER_SCORES
from substrate.study import StudyConfig
from substrate.ui.claims import ledger as claims_view
from substrate.ui.detector import accuracy as detector_view
from substrate.ui.directions import (
    controls as directions_view,
)
from substrate.ui.directions import (
    drawer as directions_drawer,
)
from substrate.ui.directions import (
    points as directions_points,
)
from substrate.ui.directions.address import (
    is_cell,
    is_pin,
    is_rows,
)
from substrate.ui.encoders.flow import ACROSS
from substrate.ui.fields import (
    Field,
    FieldScope,
    OneOf,
    Several,
    Switch,
    Text,
    TwoOf,
    Whole,
    counted,
    domain_title,
    encoder_title,
    fixed,
    own,
    titled,
)
from substrate.ui.layers import controls as layers_view
from substrate.ui.maps import controls as maps_view
from substrate.ui.selection import Page
from substrate.ui.subspace import (
    cards as subspace_cards,
)
from substrate.ui.subspace import (
    controls as subspace_view,
)
from substrate.ui.theory import controls as theory_view
from substrate.ui.training import controls as training_view
from substrate.ui.transfer import encoders as transfer_view
from substrate.ui.units import controls as units_view
from substrate.ui.weights import controls as weights_view

SEEDS = 2**31 - 1
#: Characters of the part of an address that names own encoders and folders; the form checks it.
OWN = 100_000


def _metric(_scope: FieldScope, key: str) -> str:
    return KNOWN_METRICS[key].label


def _encoders(scope: FieldScope) -> tuple[str, ...]:
    return tuple(scope.opened.encoders)


def _domains(scope: FieldScope) -> tuple[str, ...]:
    return tuple(scope.opened.domains)


def _others(scope: FieldScope) -> tuple[str, ...]:
    return tuple(name for name in scope.opened.encoders if name != scope["first"])


def _layers(scope: FieldScope, encoder: str) -> tuple[str, ...]:
    known = scope.opened.encoders.get(encoder)
    return tuple(layer.name for layer in known.layers) if known else ()


def _order(scope: FieldScope) -> str:
    return CLUSTERED if len(scope.opened.panel) >= MANY else LISTED


def _last(scope: FieldScope, encoder: str) -> str:
    known = scope.opened.encoders.get(encoder)
    return known.default_layer if known else ""


def _other_domains(scope: FieldScope) -> tuple[str, ...]:
    return tuple(name for name in scope.opened.domains if name != scope["domain"])


def _counts(scope: FieldScope) -> tuple[str, ...]:
    return tuple(str(k + 1) for k in range(scope["k"]))


#: What pages share, each after those that it depends on. `pages` are those that read it.
SHARED: tuple[Field, ...] = (
    Field(
        "run",
        "Run",
        Text(str.isalnum, lambda s: s.opened.run_id),
        (
            "home",
            "subspace",
            "wall",
            "direction",
            "lens",
            "directions",
            "units",
            "layers",
            "training",
            "transfer",
            "claims",
            "maps",
            "metrics",
            "weights",
            "theory",
        ),
    ),
    Field(
        "panel",
        "Panel",
        Several(_encoders, lambda s: s.opened.panel),
        (
            "subspace",
            "wall",
            "direction",
            "lens",
            "maps",
            "training",
            "transfer",
            "claims",
            "weights",
        ),
        ("encoders",),
        help=TERMS["panel"],
        shown=encoder_title,
    ),
    Field(
        "domain",
        "Domain",
        OneOf(_domains, lambda s: s.opened.main_domain),
        (
            "subspace",
            "wall",
            "direction",
            "lens",
            "directions",
            "units",
            "layers",
            "training",
            "transfer",
            "maps",
            "metrics",
            "theory",
        ),
        help=TERMS["domain"],
        shown=domain_title,
    ),
    Field(
        "first",
        "Encoder A",
        OneOf(_encoders, lambda s: s.opened.first_two[0]),
        ("subspace", "directions", "units", "weights", "layers", "maps", "metrics", "theory"),
        help=TERMS["A and B"],
        shown=encoder_title,
    ),
    Field(
        "first_layer",
        "Layer of A",
        OneOf(lambda s: _layers(s, s["first"]), lambda s: _last(s, s["first"])),
        ("directions", "maps", "metrics"),
    ),
    Field(
        "second",
        "Encoder B",
        OneOf(_others, lambda s: s.opened.first_two[1]),
        ("subspace", "directions", "units", "weights", "layers", "maps", "metrics"),
        help=TERMS["A and B"],
        shown=encoder_title,
    ),
    Field(
        "second_layer",
        "Layer of B",
        OneOf(lambda s: _layers(s, s["second"]), lambda s: _last(s, s["second"])),
        ("directions", "maps", "metrics"),
    ),
    Field(
        "k",
        "Directions (K)",
        Whole(2, MAX_COMPONENTS, lambda s: int(s.opened.study["components"])),
        ("subspace", "wall", "direction", "lens", "directions", "maps", "transfer"),
        help=TERMS["K"],
    ),
    Field(
        "whitening",
        "Whitening",
        OneOf(fixed(*WHITENINGS)),
        ("subspace", "wall", "direction", "lens", "directions"),
        help=TERMS["whitening"],
    ),
)


@cache
def _study() -> StudyConfig:
    return catalogue.default_study()


def _bundled(_scope: FieldScope) -> tuple[str, ...]:
    return tuple(info.name for info in catalogue.encoders())


def _packaged(_scope: FieldScope) -> tuple[str, ...]:
    return tuple(info.name for info in catalogue.domains())


def _bundled_title(_scope: FieldScope, name: str) -> str:
    return titled(_titles()[0], name)


def _packaged_title(_scope: FieldScope, name: str) -> str:
    return titled(_titles()[1], name)


@cache
def _titles() -> tuple[dict[str, str], dict[str, str]]:
    """Return the titles of bundled encoders and of packaged domains."""
    encoders, domains = catalogue.encoders(), catalogue.domains()
    return {one.name: one.title for one in encoders}, {one.name: one.title for one in domains}


def _is_job(text: str) -> bool:
    return text.replace("-", "").isalnum() and text.isascii()


HOME = Page("home", ":material/home:", ())

STUDY = Page(
    "study",
    ":material/science:",
    (
        own("study", "name", "Name", Text(lambda t: len(t) <= 80, lambda _: _study().name)),
        own(
            "study",
            "encoders",
            "Bundled encoders",
            Several(_bundled, lambda _: [e.name for e in _study().encoders]),
            help="Small networks trained for this program; see the table below.",
            shown=_bundled_title,
        ),
        own(
            "study",
            "domains",
            "Packaged image domains",
            Several(_packaged, lambda _: [d.name for d in _study().domains]),
            help="Read at run time from the installed scikit-image and scikit-learn.",
            shown=_packaged_title,
        ),
        own(
            "study",
            "samples",
            "Images per domain, at most",
            Whole(16, 100_000, lambda _: _study().samples, 16),
        ),
        own(
            "study",
            "tile",
            "Tile side, pixels",
            Whole(8, 512, lambda _: _study().tile, 8),
            help="Photographs of the packaged domains are cut into disjoint square tiles.",
        ),
        own(
            "study",
            "untrained",
            "Untrained twins per encoder",
            Whole(0, 100, lambda _: _study().untrained),
            help="Same architecture, seeded initial weights: the null that matters most. "
            "A 95th percentile needs 20.",
        ),
        own(
            "study",
            "permutations",
            "Permutations per null",
            Whole(20, 10_000, lambda _: _study().permutations, 20),
        ),
        own(
            "study",
            "components",
            "K, directions of the shared subspace",
            Whole(2, 64, lambda _: _study().components),
        ),
        own("study", "seed", "Seed", Whole(0, SEEDS, lambda _: _study().seed)),
        own("study", "layers", "Layers", OneOf(fixed("all", "penultimate"))),
        own(
            "study",
            "pooling",
            "Pooling of tokens",
            OneOf(fixed("auto", "mean")),
            help="auto: the class token where the model's own head uses it, else the mean.",
        ),
        own("study", "own", "Own encoders and folders", Text(lambda t: len(t) <= OWN)),
        own("study", "job", "Job", Text(_is_job)),
    ),
    shows_run=False,
)

SUBSPACE = Page(
    "subspace",
    ":material/hub:",
    (
        own(
            "subspace",
            "view",
            "View",
            OneOf(fixed(*subspace_view.VIEWS), renamed=subspace_view.RENAMED),
        ),
        own(
            "subspace", "domains", "Domains of the matrices", Several(_domains), shown=domain_title
        ),
        own(
            "subspace",
            "seed",
            "Seed of splits and draws",
            Whole(0, 9999, lambda s: int(s.opened.study["seed"])),
        ),
        own(
            "subspace",
            "estimate",
            "Estimate",
            OneOf(fixed(*subspace_view.ESTIMATES)),
            help=TERMS["debiased"],
        ),
        own("subspace", "direction", "Direction", OneOf(_counts)),
        own(
            "subspace",
            "by",
            "Images by the scores of",
            OneOf(lambda s: (subspace_cards.PANEL, *s["panel"])),
            shown=encoder_title,
        ),
        own(
            "subspace",
            "measure",
            "Compare domains by",
            OneOf(fixed(subspace_view.PROCRUSTES_CKA, *MEASURES)),
            help=subspace_view.MEASURE_HELP,
        ),
        own(
            "subspace",
            "pair",
            "Pair of domains",
            TwoOf(lambda s: s["subspace.domains"], lambda s: s["subspace.domains"]),
        ),
        own("subspace", "similarity", "Similarity", OneOf(fixed(*encoder_pairs.LABELS.values()))),
        own(
            "subspace",
            "follow",
            "Follow directions",
            OneOf(lambda s: (ACROSS, *s["panel"])),
            help="Across the encoders of the panel, or through the layers of one of them.",
            shown=encoder_title,
        ),
        own("subspace", "published", "Show published figures as well", Switch()),
    ),
    subspace_view.unused,
)

DIRECTIONS = Page(
    "directions",
    ":material/explore:",
    (
        own("directions", "view", "View", OneOf(fixed(*VIEWS))),
        own("directions", "second_domain", "Domain B", OneOf(_other_domains), shown=domain_title),
        own(
            "directions",
            "cosine",
            "Cosine",
            OneOf(fixed(*KINDS)),
            help=TERMS["score correlation"],
        ),
        own("directions", "scale", "Colour", OneOf(fixed(*SCALES))),
        own("directions", "cell", "Cell", Text(is_cell)),
        own(
            "directions",
            "image",
            "Image of the maps of A and B",
            Text(lambda t: len(t) <= 400, lambda _: "highest of A"),
        ),
        own("directions", "more", "More", OneOf(fixed(*directions_drawer.PARTS))),
        own("directions", "plot", "Samples by", OneOf(fixed(*directions_points.PLOTS))),
        own("directions", "side", "of", OneOf(fixed("A", "B"))),
        own("directions", "colour", "Colour by", Text(lambda t: len(t) <= 200, lambda _: "label")),
        own("directions", "rows", "Selected samples", Text(is_rows)),
        own("directions", "pin", "Pinned direction", Text(is_pin)),
    ),
    directions_view.unused,
)

WALL = Page("wall", ":material/grid_view:", ())

DIRECTION = Page(
    "direction",
    ":material/straight:",
    (
        own("direction", "number", "Direction", Text(lambda t: counted(t) is not None)),
        own(
            "direction",
            "by",
            "Images by the scores of",
            OneOf(lambda s: (subspace_cards.PANEL, *s["panel"])),
        ),
        own("direction", "pin", "Pinned direction", Text(lambda t: counted(t) is not None)),
    ),
)

LENS = Page(
    "lens",
    ":material/image_search:",
    (
        own("lens", "image", "Image", Text(lambda t: len(t) <= 400)),
        own("lens", "own", "Image of your own", Text(str.isalnum)),
    ),
)

UNITS = Page(
    "units",
    ":material/join_inner:",
    (
        own("units", "view", "View", OneOf(fixed(*units_choice.VIEWS))),
        own("units", "layer_a", "Layer of A", OneOf(lambda s: _layers(s, s["first"]))),
        own("units", "layer_b", "Layer of B", OneOf(lambda s: _layers(s, s["second"]))),
        own(
            "units",
            "sign",
            "Correlations",
            OneOf(fixed(*units_choice.SIGNS)),
            help="Signed as published, or absolute: a unit and its negative then go together.",
        ),
        own(
            "units",
            "penalty",
            "Penalty",
            OneOf(fixed(*units_choice.PENALTY_NAMES)),
            help="On the weights of z-scored units: at 1 nothing is left, towards 0 all units "
            "take part.",
        ),
        own("units", "published", "Show published losses as well", Switch()),
        own(
            "units",
            "clusters",
            "Clusters",
            OneOf(fixed(*units_choice.CLUSTER_COUNTS)),
            help="Before the largest gap of the Laplacian's eigenvalues, or as many as chosen.",
        ),
        own("units", "method", "Clustering", OneOf(fixed(*units_choice.METHODS))),
        own("units", "zoom", "Single units from place", Text(lambda t: counted(t) is not None)),
        own("units", "unit", "Unit", Text(units_view.is_unit)),
        own("units", "job", "Job", Text(_is_job)),
    ),
)

WEIGHTS = Page(
    "weights",
    ":material/grain:",
    (
        own("weights", "view", "View", OneOf(fixed(*weights_choice.VIEWS))),
        own("weights", "filter", "Filter that is open", Text(weights_view.is_name)),
        own("weights", "pair", "Pair of layers", Text(weights_view.is_name)),
        own("weights", "layer_a", "Layer of A", Text(weights_view.is_name)),
        own("weights", "layer_b", "Layer of B", Text(weights_view.is_name)),
        own("weights", "relation", "Pairs that differ by", OneOf(fixed(*RELATIONS))),
        own("weights", "job", "Job", Text(_is_job)),
    ),
)

LAYERS = Page(
    "layers",
    ":material/stacks:",
    (
        own("layers", "view", "View", OneOf(fixed(*layers_choice.VIEWS))),
        own(
            "layers",
            "metric",
            "Metric",
            OneOf(lambda _: tuple(scalar_metrics()), lambda _: DEFAULT_METRIC),
            shown=_metric,
        ),
        own(
            "layers",
            "summary",
            "Smoothness by",
            OneOf(fixed(*SUMMARIES)),
            shown=lambda _scope, one: SMOOTHNESS_LABELS[one],
        ),
        own("layers", "kept", "What is followed", OneOf(fixed(*QUANTITIES))),
        own("layers", "scale", "Colour", OneOf(fixed(*layers_choice.SCALES))),
        own("layers", "order", "Order", OneOf(fixed(*ORDERS), _order)),
        own(
            "layers",
            "cell",
            "Pair of layers",
            TwoOf(lambda s: _layers(s, s["first"]), lambda s: _layers(s, s["second"])),
        ),
        own("layers", "pair", "Pair of encoders", TwoOf(_encoders, _encoders)),
    ),
    layers_view.unused,
)


def _trained(scope: FieldScope) -> tuple[str, ...]:
    return tuple(trajectories(scope.opened))


def _targets(scope: FieldScope) -> tuple[str, ...]:
    encoder = scope["training.encoder"]
    return tuple(target_names(scope.opened, encoder, scope["panel"])) if encoder else ()


def _steps(scope: FieldScope) -> tuple[str, ...]:
    known = scope.opened.encoders.get(scope["training.encoder"])
    return tuple(str(one.step) for one in known.trajectory) if known else ()


TRAINING = Page(
    "training",
    ":material/trending_up:",
    (
        own("training", "view", "View", OneOf(fixed(*training_choice.VIEWS))),
        own("training", "encoder", "Training", OneOf(_trained), "training", shown=encoder_title),
        own(
            "training",
            "layer",
            "Layer",
            OneOf(
                lambda s: _layers(s, s["training.encoder"]),
                lambda s: _last(s, s["training.encoder"]),
            ),
            help="Or click a row of the matrix of layers and steps.",
        ),
        own("training", "target", "Target", OneOf(_targets), shown=encoder_title),
        own(
            "training",
            "metric",
            "Metric",
            OneOf(lambda _: tuple(scalar_metrics()), lambda _: DEFAULT_METRIC),
            shown=_metric,
        ),
        own(
            "training",
            "step",
            "Training step shown first",
            OneOf(_steps, lambda s: _steps(s)[-1] if _steps(s) else ""),
        ),
        own(
            "training",
            "scale",
            "Colour scale",
            OneOf(fixed(*training_choice.SCALES)),
            help="The paper's scale runs from 1/√d (white) to 5/√d (black), d being the width.",
        ),
    ),
    training_view.unused,
)

TRANSFER = Page(
    "transfer",
    ":material/move_up:",
    (
        own("transfer", "view", "View", OneOf(fixed(*transfer_view.VIEWS))),
        own("transfer", "against", "Accuracy of", OneOf(fixed(*AGAINST))),
        own(
            "transfer",
            "score",
            "Score",
            OneOf(fixed(*TRANSFER_SCORES)),
            shown=lambda _, score: NAMES[score],
        ),
        own(
            "transfer",
            "basis",
            "Basis made of",
            OneOf(lambda s: (detector_view.ALL, *(f"without {d}" for d in s.opened.domains))),
            shown=domain_title,
        ),
        own(
            "transfer",
            "split",
            "Confusion matrix",
            OneOf(fixed(*SPLITS)),
            help=TERMS["confusion matrix"],
        ),
        own("transfer", "image", "Dropped image", Text(str.isalnum)),
    ),
    transfer_view.unused,
)

CLAIMS = Page(
    "claims",
    ":material/fact_check:",
    (
        own("claims", "view", "View", OneOf(fixed(*claims_view.VIEWS))),
        own(
            "claims",
            "theme",
            "About",
            OneOf(fixed(claims_view.ALL_THEMES, *(t.title for t in THEMES.values()))),
        ),
        own("claims", "verdict", "Verdict", OneOf(fixed(claims_view.ALL_VERDICTS, *VERDICTS))),
        own("claims", "claim", "Claim", Text(lambda t: t.replace("_", "").isalnum())),
    ),
)

EXPERIMENT = Page(
    "experiments",
    ":material/labs:",
    (
        own(
            "experiments",
            "experiment",
            "Experiment",
            OneOf(fixed(*EXPERIMENTS)),
            shown=lambda _scope, name: EXPERIMENTS[name].label,
        ),
        own(
            "experiments",
            "results",
            "Results",
            OneOf(fixed(experiments_choice.OWN, experiments_choice.SHIPPED)),
            help="Your own lie in your data directory; the shipped ones are never written over.",
        ),
        own("experiments", "scope", "Photographs", OneOf(lambda _: experiments_choice.scopes())),
        own(
            "experiments",
            "domain",
            "Domain",
            OneOf(
                lambda _: experiments_choice.domains(), lambda _: experiments_choice.rich_domain()
            ),
            shown=_packaged_title,
        ),
        own("experiments", "job", "Job", Text(_is_job)),
    ),
    shows_run=False,
)

MAPS = Page(
    "maps",
    ":material/multiple_stop:",
    (
        own("maps", "view", "View", OneOf(fixed(*maps_choice.VIEWS))),
        own("maps", "order", "Order", OneOf(fixed(*ORDERS), _order)),
    ),
    maps_view.unused,
)

_STUDENTS = {LINEAR: "Linear", NETWORK: "One hidden layer of ReLUs"}
_RIDGES = {"0": "none", "0.1": "0.1 per input", "1": "1 per input"}


def _student_metric(_scope: FieldScope, key: str) -> str:
    return student_curves.StudentChoice(metric=key).metric_title


THEORY = Page(
    "theory",
    ":material/functions:",
    (
        own("theory", "view", "View", OneOf(fixed(*theory_choice.VIEWS))),
        own(
            "theory",
            "student",
            "Students",
            OneOf(fixed(LINEAR, NETWORK)),
            shown=lambda _scope, name: _STUDENTS[name],
        ),
        own("theory", "task", "They learn", OneOf(fixed(REGRESSION, CLASSIFICATION))),
        own("theory", "noise", "Noise on the", OneOf(fixed(LABELS, PIXELS))),
        own(
            "theory",
            "ridge",
            "Ridge",
            OneOf(fixed(*student_curves.RIDGES)),
            help="Added to the squared singular values of the inputs, as a share of their number "
            "of dimensions. The error is least where it is 1 / SNR.",
            shown=lambda _scope, name: _RIDGES[name],
        ),
        own(
            "theory",
            "metric",
            "How alike",
            OneOf(fixed(student_curves.COSINE, *scalar_metrics())),
            help="Of the two students' outputs on new inputs.",
            shown=_student_metric,
        ),
        own(
            "theory",
            "snr",
            "Signal-to-noise ratio",
            OneOf(fixed(*student_curves.SNRS), lambda _: "10"),
        ),
        own(
            "theory",
            "ratio",
            "Samples / inputs (n / d)",
            OneOf(fixed(*student_curves.RATIOS), lambda _: "0.25"),
        ),
    ),
    theory_view.unused,
)

METRICS = Page("metrics", ":material/straighten:", ())

#: Every page by its key: the name of its file and of its address (the Home page is at "/").
PAGES: dict[str, Page] = {
    page.key: page
    for page in (
        HOME,
        STUDY,
        SUBSPACE,
        WALL,
        DIRECTION,
        LENS,
        DIRECTIONS,
        UNITS,
        WEIGHTS,
        LAYERS,
        MAPS,
        TRAINING,
        TRANSFER,
        CLAIMS,
        EXPERIMENT,
        THEORY,
        METRICS,
    )
}


def fields_of(page: Page) -> tuple[Field, ...]:
    """Return the fields that a page's address holds."""
    return (*SHARED, *page.fields) if page.shows_run else page.fields
