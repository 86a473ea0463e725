"""The panel of directions, the two leading subspaces, both spectra."""

from __future__ import annotations

from collections.abc import Sequence

from substrate.analyses.directions.choice import DirectionsChoice
from substrate.analyses.directions.cosine_panel import CosinePanel
from substrate.analyses.directions.principal_angles import Angles
from substrate.analyses.directions.spectrum import Spectrum
from substrate.analyses.directions.tables import angles_table, panel_table, spectra_table
from substrate.exhibits.directions import verdicts, words
from substrate.exhibits.directions.trace import angles_trace, panel_trace, spectra_trace
from substrate.exhibits.exhibit import Exhibit, titles
from substrate.figures.directions.angles import principal_angles
from substrate.figures.directions.heatmap import cosine_heatmap
from substrate.figures.directions.spectra import eigenspectra
from substrate.figures.theme import Theme
from substrate.runs import Run


def heatmap(
    panel: CosinePanel,
    choice: DirectionsChoice,
    run: Run,
    theme: Theme,
    *,
    cell: tuple[int, int] | None = None,
) -> Exhibit:
    """Return every cell of the panel, with ``cell`` outlined; the run gives readable names."""
    return Exhibit(
        key="directions-heatmap",
        title=f"{panel.kind.capitalize()} of directions",
        sentence=words.panel_sentence(panel, choice, titles(run), _domains(run)),
        context=words.context(panel),
        verdict=verdicts.of_panel(panel, choice, _domains(run)),
        figure=cosine_heatmap(panel, theme, scale=choice.scale, chosen=cell),
        read="Each cell compares one direction of A (rows) with one of B (columns), strongest "
        f"first. {words.dots(panel)}; hatched cells belong to directions that differ between "
        "split halves.",
        table=panel_table(panel),
        trace=panel_trace(panel, choice, run),
    )


def subspaces(angles: Angles, theme: Theme) -> Exhibit:
    """Return the principal angles of the two leading subspaces."""
    return Exhibit(
        key="directions-angles",
        title="Principal angles of the leading subspaces",
        sentence=words.angles_sentence(angles),
        verdict=verdicts.of_angles(angles),
        figure=principal_angles(angles, theme),
        read="The subspaces are spanned by the leading K directions, whatever their order.",
        table=angles_table(angles),
        trace=angles_trace(angles),
    )


def spectra(results: Sequence[Spectrum], run: Run, theme: Theme) -> Exhibit:
    """Return how the variance of each side is spread over its directions."""
    return Exhibit(
        key="directions-spectra",
        title="Eigenspectra and eigengaps",
        sentence=words.spectra_sentence(results, titles(run), _domains(run)),
        context=words.spectra_context(results),
        verdict=verdicts.of_spectra(results, titles(run)),
        figure=eigenspectra(results, theme),
        read="Open marks are eigenvalues closer to a neighbour than their sampling error (dotted "
        "line below): there a single direction is arbitrary. Vertical lines are effective ranks "
        "with their 95 % CI.",
        table=spectra_table(results),
        trace=spectra_trace(results),
    )


def _domains(run: Run) -> dict[str, str]:
    return {name: domain.title for name, domain in run.domains.items()}
