"""The addresses of what encoders share: subspaces, directions and images on them."""

from __future__ import annotations

from substrate.analyses.directions.choice import SCALES, VIEWS
from substrate.analyses.directions.kinds import KINDS
from substrate.analyses.subspace.spans import MEASURES
from substrate.exhibits.glossary import TERMS
from substrate.figures.encoders import pairs as encoder_pairs
from substrate.ui.declared.scope import counts_of, domains_of, other_domains
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
)
from substrate.ui.selection import Page
from substrate.ui.subspace import (
    cards as subspace_cards,
)
from substrate.ui.subspace import (
    controls as subspace_view,
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
            "subspace",
            "domains",
            "Domains of the matrices",
            Several(domains_of),
            shown=domain_title,
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
        own("subspace", "direction", "Direction", OneOf(counts_of)),
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
        own("directions", "second_domain", "Domain B", OneOf(other_domains), shown=domain_title),
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
            shown=encoder_title,
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
