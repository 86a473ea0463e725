"""The Subspace page's default figures."""

from __future__ import annotations

import pandas as pd

from substrate.analyses.panel_choice import (
    Choice,
    default_choice,
    main_domain,
)
from substrate.analyses.shared.samples import sizes
from substrate.analyses.sharedness.by_recipe import (
    WITHOUT_RECIPES,
    WithoutRecipes,
)
from substrate.analyses.sharedness.count import (
    SHARED_COUNTS,
    SharedCounts,
)
from substrate.analyses.sharedness.leave_encoder_out import (
    SHAREDNESS,
    Sharedness,
)
from substrate.analyses.sharedness.untrained import UNTRAINED_SHAREDNESS
from substrate.analyses.subspace.comparison import Beside
from substrate.analyses.subspace.controls import CONTROLS
from substrate.analyses.subspace.image_controls import IMAGE_CONTROLS
from substrate.analyses.subspace.intervals import INTERVALS
from substrate.analyses.subspace.procrustes_cka import MATRIX
from substrate.analyses.subspace.untrained import UNTRAINED
from substrate.exhibits.exhibit import (
    Item,
    Section,
    attempt,
    found,
    titles,
)
from substrate.exhibits.sharedness.words import (
    bands,
    context,
    headline,
)
from substrate.figures.sharedness import spectrum as sharedness
from substrate.figures.subspace import matrix as subspace_matrix
from substrate.figures.theme import Theme
from substrate.runs import Run


def subspace(run: Run, theme: Theme) -> Section:
    """Return what encoders share on each domain, and how stable it is between domains."""
    choice, items = default_choice(run), []
    if len(choice.encoders) > 1:
        items += [
            attempt(run.domains[name].title, lambda name=name: _shared(run, choice, name, theme))  # type: ignore[misc]
            for name in choice.domains
        ]
    if len(choice.domains) > 1:
        items += [attempt("Between domains", lambda: _matrix(run, choice, theme)),
                  attempt("Controls", lambda: _controls(run, choice, theme))]  # fmt: skip
    return Section("subspace", "Do encoders share a subspace?", tuple(items))


def _shared(run: Run, choice: Choice, domain: str, theme: Theme) -> Item:
    result = found(SHAREDNESS, run, choice.sharedness(domain))
    untrained = None
    if choice.seeds:
        untrained = found(UNTRAINED_SHAREDNESS, run, choice.untrained_sharedness(domain))
    counts, without = _beyond(run, choice, domain)
    return Item(
        run.domains[domain].title,
        headline(result, untrained, without),
        context(result, untrained, counts, without),
        sharedness.spectrum(result, untrained, theme, titles=titles(run)),
        "Each dot is one encoder: its part of a direction that was found on other photographs, "
        f"correlated with the sum of the other encoders' parts. {bands(result)} The dashed line "
        "is as high as dots can come.",
        _shared_table(result),
        {"domain": domain, "n": result.size.caption, **_facts(choice)},
    )


def _beyond(
    run: Run, choice: Choice, domain: str
) -> tuple[SharedCounts | None, WithoutRecipes | None]:
    """Return what is computed by default for the domain of most photographs."""
    few = sizes(run, domain).within
    if few or domain != main_domain(run, choice.domains) or not choice.seeds:
        return None, None
    params = choice.untrained_sharedness(domain)
    counts = found(SHARED_COUNTS, run, params)
    if len({run.recipe(e) for e in choice.encoders}) < 3:
        return counts, None
    return counts, found(WITHOUT_RECIPES, run, params)


def _shared_table(result: Sharedness) -> pd.DataFrame:
    wide = pd.DataFrame(result.correlations.T, columns=list(result.encoders))
    return wide.rename_axis("direction").rename(index=lambda k: k + 1).reset_index()


def _facts(choice: Choice) -> dict[str, str]:
    return {
        "encoders": ", ".join(choice.encoders), "layer": "penultimate",
        "K": str(choice.components), "whitening": choice.whitening, "seed": str(choice.seed),
        "untrained seeds": ", ".join(map(str, choice.seeds)) or "none",
    }  # fmt: skip


def _beside(run: Run, choice: Choice) -> Beside:
    return Beside(
        found(MATRIX, run, choice.matrix()),
        choice.components,
        False,
        intervals=found(INTERVALS, run, choice.intervals()),
        controls=found(CONTROLS, run, choice.controls()),
        images=found(IMAGE_CONTROLS, run, choice.image_controls())
        if run.pictured(*choice.domains)
        else None,
        untrained=found(UNTRAINED, run, choice.untrained()) if choice.seeds else None,
    )


def _matrix(run: Run, choice: Choice, theme: Theme) -> Item:
    beside = _beside(run, choice)
    return Item(
        "Between domains", beside.sentence(), "", subspace_matrix.matrix(beside, theme),
        "Procrustes-CKA compares the panel's leading directions between two domains; it does not "
        "say that encoders share them.",
        beside.table(), _facts(choice),
    )  # fmt: skip


def _controls(run: Run, choice: Choice, theme: Theme) -> Item:
    beside = _beside(run, choice)
    return Item(
        "Controls",
        "A control that comes as high as the trained panel shows that such values arise without "
        "what it lacks.",
        "", subspace_matrix.controls(beside, theme),
        "A bar is a median; dots are pairs of domains, or the medians of single encoders, seeds "
        "and draws. The diamond is K / (K + PR), what random bases should give.",
        beside.control_table(), _facts(choice),
    )  # fmt: skip
