"""The Directions page's default figures."""

from __future__ import annotations

from substrate.analyses.directions.defaults import (
    default_layer,
    settings,
)
from substrate.analyses.directions.kinds import PairParams
from substrate.analyses.directions.principal_angles import (
    ANGLES,
    AnglesParams,
)
from substrate.analyses.directions.spectrum import (
    SPECTRUM,
    SpectrumParams,
)
from substrate.analyses.directions.two_encoders import PAIR
from substrate.exhibits.directions import words as text
from substrate.exhibits.exhibit import (
    Item,
    Section,
    attempt,
    found,
    titles,
)
from substrate.figures.directions.heatmap import cosine_heatmap
from substrate.figures.directions.spectra import (
    eigenspectra,
    principal_angles,
)
from substrate.figures.theme import Theme
from substrate.runs import Run


def directions(run: Run, theme: Theme) -> Section:
    """Return for the first two encoders, on each domain: cosines, principal angles, spectra."""
    encoders = run.panel
    if len(encoders) < 2:
        return Section("directions", _QUESTION, ())
    a, b = encoders[:2]
    sides = (a, default_layer(run, a), b, default_layer(run, b))
    items = []
    for domain in run.domains:
        for make, what in ((_panel, "cosines"), (_angles, "subspaces"), (_spectra, "spectra")):
            title = f"{run.domains[domain].title}: {what}"
            items.append(
                attempt(title, lambda m=make, d=domain, t=title: m(run, sides, d, t, theme))  # type: ignore[misc]
            )
    return Section("directions", _QUESTION, tuple(items))


_QUESTION = "Which directions do encoders share?"
Sides = tuple[str, str, str, str]


def _panel(run: Run, sides: Sides, domain: str, title: str, theme: Theme) -> Item:
    panel = found(PAIR, run, PairParams(*sides, domain, **settings(run)))
    names = titles(run)
    return Item(
        title,
        text.opening(panel, names[sides[0]], names[sides[2]], run.domains[domain].title),
        text.context(panel),
        cosine_heatmap(panel, theme),
        "Each cell compares one direction of A (rows) with one of B (columns), strongest first. "
        f"{text.dots(panel)}; hatched cells belong to directions that do not come back in other "
        "samples.",
        text.panel_table(panel),
        {"A": panel.name_a, "B": panel.name_b, "n": panel.facts.samples, "cosine": panel.kind},
    )


def _angles(run: Run, sides: Sides, domain: str, title: str, theme: Theme) -> Item:
    angles = found(ANGLES, run, AnglesParams(*sides, domain, **settings(run)))
    return Item(
        title, text.angles_sentence(angles), "", principal_angles(angles, theme),
        "The subspaces are spanned by the leading K directions, whatever their order.",
        text.angles_table(angles), {"A": "/".join(sides[:2]), "B": "/".join(sides[2:])},
    )  # fmt: skip


def _spectra(run: Run, sides: Sides, domain: str, title: str, theme: Theme) -> Item:
    seed = settings(run)["seed"]
    spectra = [
        found(SPECTRUM, run, SpectrumParams(encoder, layer, domain, seed=seed))
        for encoder, layer in (sides[:2], sides[2:])
    ]
    return Item(
        title, "How the variance of each encoder's features is spread over directions.", "",
        eigenspectra(spectra, theme),
        "Open marks are eigenvalues closer to a neighbour than their sampling error (dotted line "
        "below): there a single direction is arbitrary. Vertical lines are effective ranks with "
        "their 95 % interval.",
        None, {"domain": domain, "seed": seed},
    )  # fmt: skip
