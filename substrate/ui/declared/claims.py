"""The addresses of what is claimed: the ledger, experiments and theory."""

from __future__ import annotations

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
from substrate.analyses.shared.effort import (
    scalar_metrics,
)
from substrate.analyses.theory import choice as theory_choice
from substrate.claims.themes import THEMES
from substrate.claims.verdict import VERDICTS
from substrate.ui.claims import ledger as claims_view
from substrate.ui.declared.scope import is_job, packaged_title
from substrate.ui.fields import (
    FieldScope,
    OneOf,
    Text,
    fixed,
    own,
)
from substrate.ui.selection import Page
from substrate.ui.theory import controls as theory_view

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
            shown=packaged_title,
        ),
        own(
            "experiments",
            "images",
            "Images",
            OneOf(lambda _: experiments_choice.polarised_images()),
            shown=packaged_title,
        ),
        own("experiments", "job", "Job", Text(is_job)),
    ),
    shows_run=False,
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
