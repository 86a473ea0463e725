"""What the report shows of maps between encoders."""

from __future__ import annotations

from substrate.analyses.maps.consensus import MAPS_CONSENSUS, consensus_params
from substrate.analyses.maps.matrix import MAPS_MATRIX, MapsMatrix, matrix_params
from substrate.analyses.maps.pair import MAPS, Maps, maps_params
from substrate.analyses.shared.labels import labelled_of_most_photographs
from substrate.analyses.spec import obtain, stored
from substrate.exhibits.exhibit import Exhibit, Section, attempted, titles
from substrate.exhibits.maps import consensus, exhibits
from substrate.figures.theme import Theme
from substrate.runs import Run


def maps(run: Run, theme: Theme, *, every: bool = False) -> Section:
    """Return the first two encoders predicting each other; with ``every``, all of the panel.

    An ensemble that has been computed stands beside them.
    """
    items: list[Exhibit] = []
    if len(run.panel) > 1:

        def pair() -> Maps:
            return obtain(MAPS, run, maps_params(run, run.first_two, run.main_domain))

        def panel() -> MapsMatrix:
            return obtain(MAPS_MATRIX, run, matrix_params(run, run.panel, run.main_domain))

        named = titles(run)
        try:
            items += exhibits.of_pair(pair(), named, theme)
        except ValueError as error:  # what cannot be had is said in the first one's place
            items.append(Exhibit(key="maps-freedom", title=exhibits.FREEDOM, sentence=str(error)))
        if every:
            items.append(
                attempted(
                    "maps-matrix", exhibits.MATRIX, lambda: exhibits.matrix(panel(), named, theme)
                )
            )
        items += _ensemble(run, theme)
    return Section("maps", exhibits.QUESTION, tuple(items))


def _ensemble(run: Run, theme: Theme) -> list[Exhibit]:
    """Return the panel as an ensemble on the labelled domain of most photographs, if computed."""
    try:
        params = consensus_params(run, run.panel, labelled_of_most_photographs(run))
        result = stored(MAPS_CONSENSUS, run, params)
    except ValueError:  # nothing is labelled, or what is damaged is said of the pair
        return []
    return [] if result is None else consensus.of_ensemble(result, titles(run), theme)
