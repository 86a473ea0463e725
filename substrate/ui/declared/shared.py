"""What pages share: carried from page to page, and shown in the bar."""

from __future__ import annotations

from substrate.analyses.shared.samples import (
    MAX_COMPONENTS,
    WHITENINGS,
)
from substrate.exhibits.glossary import TERMS
from substrate.ui.declared.scope import (
    domains_of,
    encoders_of,
    last_layer,
    layers_of,
    other_encoders,
)
from substrate.ui.fields import (
    Field,
    OneOf,
    Several,
    Text,
    Whole,
    domain_title,
    encoder_title,
    fixed,
)

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
        Several(encoders_of, lambda s: s.opened.panel),
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
        OneOf(domains_of, lambda s: s.opened.main_domain),
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
        OneOf(encoders_of, lambda s: s.opened.first_two[0]),
        ("subspace", "directions", "units", "weights", "layers", "maps", "metrics", "theory"),
        help=TERMS["A and B"],
        shown=encoder_title,
    ),
    Field(
        "first_layer",
        "Layer of A",
        OneOf(lambda s: layers_of(s, s["first"]), lambda s: last_layer(s, s["first"])),
        ("directions", "maps", "metrics"),
    ),
    Field(
        "second",
        "Encoder B",
        OneOf(other_encoders, lambda s: s.opened.first_two[1]),
        ("subspace", "directions", "units", "weights", "layers", "maps", "metrics"),
        help=TERMS["A and B"],
        shown=encoder_title,
    ),
    Field(
        "second_layer",
        "Layer of B",
        OneOf(lambda s: layers_of(s, s["second"]), lambda s: last_layer(s, s["second"])),
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
