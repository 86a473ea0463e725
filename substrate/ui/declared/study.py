"""The addresses of Home and of the study to be run."""

from __future__ import annotations

from functools import cache

from substrate import catalogue
from substrate.study import StudyConfig
from substrate.ui.declared.scope import is_job, packaged_title, packaged_titles
from substrate.ui.fields import (
    FieldScope,
    OneOf,
    Several,
    Text,
    Whole,
    fixed,
    own,
    titled,
)
from substrate.ui.selection import Page

SEEDS = 2**31 - 1


#: Characters of the part of an address that names own encoders and folders; the form checks it.
OWN = 100_000


@cache
def _study() -> StudyConfig:
    return catalogue.default_study()


def _bundled(_scope: FieldScope) -> tuple[str, ...]:
    return tuple(info.name for info in catalogue.encoders())


def _packaged(_scope: FieldScope) -> tuple[str, ...]:
    return tuple(info.name for info in catalogue.domains())


def _bundled_title(_scope: FieldScope, name: str) -> str:
    return titled(packaged_titles()[0], name)


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
            shown=packaged_title,
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
        own("study", "job", "Job", Text(is_job)),
    ),
    shows_run=False,
)
