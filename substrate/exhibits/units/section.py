"""What a report shows of units: those layers of the default pair that have been read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from substrate.analyses.spec import AnalysisError, obtain, stored
from substrate.analyses.units.choice import default_place, places_by_layer
from substrate.analyses.units.copies import alike
from substrate.analyses.units.depth import DEPTH, DepthParams
from substrate.analyses.units.few_to_one import FEW_TO_ONE, FewToOneParams
from substrate.analyses.units.filters import FILTERS, FiltersParams
from substrate.analyses.units.histograms import is_measured
from substrate.analyses.units.many_to_many import MANY_TO_MANY, ManyToManyParams
from substrate.analyses.units.mutual_information import (
    MUTUAL_INFORMATION,
    MutualInformation,
    MutualInformationParams,
)
from substrate.analyses.units.one_to_one import ONE_TO_ONE, OneToOne, OneToOneParams
from substrate.analyses.units.pictures import UnitPictures, unit_pictures
from substrate.analyses.units.place import PlaceParams, is_read
from substrate.analyses.units.several import SEVERAL, SeveralParams
from substrate.analyses.units.spectra import SPECTRA, spectra_params
from substrate.exhibits.exhibit import Exhibit, Section, attempted
from substrate.exhibits.units import depth, exhibits, few, information, many, several, spectra
from substrate.figures.theme import Theme
from substrate.figures.units.cards import Pair
from substrate.runs import Run, RunError

QUESTION = "Which units are the same?"


def units(run: Run, theme: Theme, *, every: bool = False) -> Section:
    """Return what the page shows of the default layers; nothing where no pass has read them."""
    place = read_place_of(run)
    if place is None:
        return Section("units", QUESTION, ())
    made = [
        ("units-curves", "Units matched one to one", partial(_curves, run, place, theme)),
        ("units-matrices", "Correlations within and between", partial(_four, run, place, theme)),
    ]
    for best in (True, False):
        name = "best" if best else "worst"
        title = f"{name.capitalize()} pairs"
        made.append((f"units-{name}", title, partial(_cards, run, place, theme, best=best)))
    made += [
        ("units-few", few.PATH, partial(_few, run, place, theme)),
        ("units-angles", many.ANGLES, partial(_angles, run, place, theme)),
    ]
    if is_measured(run, place):
        curves = partial(_information, run, place, theme, information.curves)
        made.append(("units-information", information.CURVES, curves))
    made.append(("units-spectra", spectra.TITLE, partial(_spectra, run, place, theme)))
    behind = stored(FILTERS, run, FiltersParams(place.first, place.domain))
    if behind is not None:
        filters = partial(spectra.filters, behind, run, theme)
        made.append(("units-filters", spectra.FILTERS_TITLE, filters))
    copies = SeveralParams(alike(run, place.first), place.first_layer, place.domain, place.seed)
    matched = stored(SEVERAL, run, copies) if len(copies.encoders) > 1 else None
    if matched is not None:
        made.append(("units-several", several.PAIRS, partial(several.pairs, matched, run, theme)))
    by_depth = stored(DEPTH, run, DepthParams(place.first, place.second, place.domain, place.seed))
    if by_depth is not None:
        made.append(("units-depth", depth.TITLE, partial(depth.along, by_depth, run, theme)))
    if every:
        if is_measured(run, place):
            pairs = partial(_information, run, place, theme, information.beside)
            made.append(("units-information-pairs", information.BESIDE, pairs))
        made += [
            ("units-sums", few.SUMS, partial(_sums, run, place, theme)),
            ("units-weights", few.WEIGHTS, partial(_weights, run, place, theme)),
            ("units-losses", few.TABLE, partial(_losses, run, place)),
            ("units-clusters", many.MATRICES, partial(_clusters, run, place, theme)),
            ("units-cluster-cards", many.CARDS, partial(_cluster_cards, run, place, theme)),
        ]
        if matched is not None:
            cycles = partial(several.matrices, matched, run, theme)
            made.append(("units-several-cycles", several.CYCLES, cycles))
        made.append(("units-zoom", "Single units", partial(_zoom, run, place, theme)))
    return Section("units", QUESTION, tuple(attempted(*one) for one in made))


def read_place_of(run: Run) -> PlaceParams | None:
    """Return the default layers where their images have been read, None otherwise."""
    try:
        place = default_place(run)
        return place if is_read(run, place) else None
    except (AnalysisError, RunError):
        return None


def pictures_of(result: OneToOne, run: Run, rows: list[int]) -> list[Pair]:
    """Return the stored pictures of both units of some pairs."""
    pairs = result.pairs
    return [
        (
            unit_pictures(run, result.place, 0, int(pairs.first[row])),
            unit_pictures(run, result.place, 1, int(pairs.second[row])),
        )
        for row in rows
    ]


def known_pictures(
    run: Run, place: PlaceParams, wanted: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], UnitPictures | None]:
    """Return the stored pictures of some units by side and number."""
    return {one: unit_pictures(run, place, *one) for one in wanted}


def _result(run: Run, place: PlaceParams) -> OneToOne:
    result: OneToOne = obtain(ONE_TO_ONE, run, OneToOneParams(place))
    return result


def _curves(run: Run, place: PlaceParams, theme: Theme) -> Exhibit:
    return exhibits.curves(_result(run, place), run, theme)


def _four(run: Run, place: PlaceParams, theme: Theme) -> Exhibit:
    return exhibits.four(_result(run, place), run, theme)


def _zoom(run: Run, place: PlaceParams, theme: Theme) -> Exhibit:
    return exhibits.zoomed(_result(run, place), run, theme, 0)


def _cards(run: Run, place: PlaceParams, theme: Theme, *, best: bool) -> Exhibit:
    result = _result(run, place)
    pictures = pictures_of(result, run, exhibits.shown_pairs(result, best=best))
    return exhibits.cards(result, pictures, run, theme, best=best)


def _few(run: Run, place: PlaceParams, theme: Theme) -> Exhibit:
    return few.path(obtain(FEW_TO_ONE, run, FewToOneParams(place)), run, theme)


def _information(
    run: Run,
    place: PlaceParams,
    theme: Theme,
    make: Callable[[MutualInformation, Run, Theme], Exhibit],
) -> Exhibit:
    return make(obtain(MUTUAL_INFORMATION, run, MutualInformationParams(place)), run, theme)


def _spectra(run: Run, place: PlaceParams, theme: Theme) -> Exhibit:
    params = spectra_params(run, place.first, place.first_layer, place.domain)
    return spectra.spectra(obtain(SPECTRA, run, params), run, theme)


def _sums(run: Run, place: PlaceParams, theme: Theme) -> Exhibit:
    result = obtain(FEW_TO_ONE, run, FewToOneParams(place))
    pictures = known_pictures(run, place, few.wanted_pictures(result))
    return few.sums(result, pictures, run, theme)


def _weights(run: Run, place: PlaceParams, theme: Theme) -> Exhibit:
    return few.weights(obtain(FEW_TO_ONE, run, FewToOneParams(place)), run, theme)


def _losses(run: Run, place: PlaceParams) -> Exhibit:
    """Return the table of the default layers and of those others that are computed."""
    results = {_layers(place): obtain(FEW_TO_ONE, run, FewToOneParams(place))}
    for one in places_by_layer(run, place):
        result = stored(FEW_TO_ONE, run, FewToOneParams(one))
        if result is not None:
            results.setdefault(_layers(one), result)
    return few.layers_table(results, published=False)


def _layers(place: PlaceParams) -> str:
    return f"{place.first_layer} → {place.second_layer}"


def _angles(run: Run, place: PlaceParams, theme: Theme) -> Exhibit:
    return many.angles(obtain(MANY_TO_MANY, run, ManyToManyParams(place)), run, theme)


def _clusters(run: Run, place: PlaceParams, theme: Theme) -> Exhibit:
    return many.matrices(obtain(MANY_TO_MANY, run, ManyToManyParams(place)), run, theme)


def _cluster_cards(run: Run, place: PlaceParams, theme: Theme) -> Exhibit:
    result = obtain(MANY_TO_MANY, run, ManyToManyParams(place))
    pictures = known_pictures(run, place, many.wanted_pictures(result))
    return many.cards(result, pictures, run, theme)
