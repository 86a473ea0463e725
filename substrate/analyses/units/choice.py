"""What the Units page shows at first, and what its views are called."""

from __future__ import annotations

from dataclasses import replace

from substrate.analyses.spec import AnalysisError
from substrate.analyses.units.place import PlaceParams, require_readable
from substrate.numerics.units.clusters import MOST_CLUSTERS
from substrate.numerics.units.sparse import PENALTIES
from substrate.runs import Run

ONE_TO_ONE, INFORMATION, FEW_TO_ONE, MANY_TO_MANY, DEPTH, SPECTRA, SEVERAL, ONE_UNIT = (
    "One to one",
    "Mutual information",
    "Few to one",
    "Many to many",
    "Along depth",
    "Mean activations",
    "Several encoders",
    "One unit",
)
VIEWS = (ONE_TO_ONE, INFORMATION, FEW_TO_ONE, MANY_TO_MANY, DEPTH, SPECTRA, SEVERAL, ONE_UNIT)
#: Views that do not rest on two layers read side by side, and those that choose no layer of B.
UNPAIRED = (DEPTH, SPECTRA, SEVERAL)
WITHOUT_LAYERS = (DEPTH,)
ONE_LAYER = (SPECTRA, SEVERAL)
#: Penalties of sparse predictions: the one chosen for each unit, or one for all.
CHOSEN = "chosen for each unit"
PENALTY_NAMES = (CHOSEN, *(f"{penalty:.3g}" for penalty in PENALTIES))
#: Numbers of clusters: chosen by the eigengap, or given; and how clusters are made.
EIGENGAP = "by the eigengap"
CLUSTER_COUNTS = (EIGENGAP, *(str(count) for count in range(2, MOST_CLUSTERS + 1)))
METHODS = ("spectral", "hierarchical")
SIGNED, ABSOLUTE = "signed", "absolute"
SIGNS = (SIGNED, ABSOLUTE)


def default_place(
    run: Run,
    first: str | None = None,
    first_layer: str | None = None,
    second: str | None = None,
    second_layer: str | None = None,
    domain: str | None = None,
) -> PlaceParams:
    """Return two layers of a run: those named, else the first of the first two encoders.

    Raises
    ------
    AnalysisError
        If there is no such encoder, layer or domain, or no pass can read them.
    """
    if len(run.encoders) < 2 and second is None:
        raise AnalysisError("Units of two encoders are compared here; this run has one.")
    names = [
        _among(name or standard, run.encoders, "encoder")
        for name, standard in zip((first, second), run.first_two, strict=True)
    ]
    layers = [
        layer or run.encoders[name].layers[0].name
        for name, layer in zip(names, (first_layer, second_layer), strict=True)
    ]
    shown = _among(domain or run.main_domain, run.domains, "domain")
    params = PlaceParams(names[0], layers[0], names[1], layers[1], shown, int(run.study["seed"]))
    require_readable(run, params)
    return params


def places_by_layer(run: Run, place: PlaceParams) -> list[PlaceParams]:
    """Return the first layer of A with the first of B, the second with the second, and so on."""
    layers = [[one.name for one in run.encoders[n].layers] for n in (place.first, place.second)]
    return [replace(place, first_layer=a, second_layer=b) for a, b in zip(*layers, strict=False)]


def places_by_depth(run: Run, place: PlaceParams) -> list[PlaceParams]:
    """Return each layer of the encoder of fewer layers with the other's of nearest depth.

    Depth is relative, 1 at the end; where both have as many layers, they go in order. Logits are
    left out.
    """
    a, b = (
        [one for one in run.encoders[name].layers if one.name != "logits"]
        for name in (place.first, place.second)
    )
    if len(a) == len(b):
        pairs = list(zip(a, b, strict=True))
    elif len(a) < len(b):
        pairs = [(one, min(b, key=lambda other: abs(other.depth - one.depth))) for one in a]
    else:
        pairs = [(min(a, key=lambda other: abs(other.depth - one.depth)), one) for one in b]
    return [replace(place, first_layer=x.name, second_layer=y.name) for x, y in pairs]


def _among(name: str, names: object, what: str) -> str:
    options = list(names)  # type: ignore[call-overload]
    if name not in options:
        raise AnalysisError(f"There is no {what} {name!r}; there are {', '.join(options)}.")
    return name
