"""Do units of two seeds converge? Pairs of encoders of one recipe, as quantities of claims."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from substrate.analyses.shared.refusals import NO_TWINS_ASKED
from substrate.analyses.shared.replicates import Replicates, too_few_groups
from substrate.analyses.shared.samples import explained, require, sizes
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.analyses.units.copies import layers_with_positions
from substrate.analyses.units.place import (
    PlaceParams,
    PlacePass,
    is_read,
    photographs_of_blocks,
    place_inputs,
    read_place,
    require_readable,
    shuffled,
    trained,
    twins,
)
from substrate.encoder_ref import EncoderRef
from substrate.numerics.units.activation import spectrum_distance
from substrate.numerics.units.blocks import LEAST_BLOCKS, PairedBlocks, UnitsError, parts
from substrate.numerics.units.clusters import (
    Clusters,
    cluster_cosines,
    clusters,
    mean_cosine,
    mean_of_draws,
    random_cosines,
)
from substrate.numerics.units.few import (
    few_units,
    half_on_half,
    rotations_for,
    scaled_for_paths,
    turned_paths,
)
from substrate.numerics.units.one_to_one import (
    cross_fitted_mean,
    lead_over_rotations,
    unit_agreement,
)
from substrate.numerics.units.sparse import sparse_paths
from substrate.numerics.units.subspaces import canonical_left_out, crossed_canonical
from substrate.runs import Run

KINDS = (
    "matched",
    "matched turned",
    "matched shuffled",
    "matched untrained",
    "lead untrained",
    "matched last",
    "matched last untrained",
    "few",
    "few turned",
    "few shuffled",
    "few untrained",
    "clusters",
    "clusters untrained",
    "subspace",
    "subspace shuffled",
    "subspace untrained",
    "spectra",
    "spectra untrained",
    "spectra own untrained",
)
#: Random turns of each pair of twins, and random clusters of each replicate and pair of twins.
TURNS, RANDOM = 10, 20
Values = dict[str, float]


@dataclass(frozen=True)
class UnitsClaimsParams:
    """Pairs of encoders of one recipe and shape, the domain that both see, and the seed."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    domain: str
    seed: int = 0

    def places(self, run: Run, pair: int) -> tuple[PlaceParams, PlaceParams]:
        """Return the first layer of a pair, and the last one with positions."""
        layers = layers_with_positions(run.encoders[self.first[pair]])
        first, last = (
            PlaceParams(self.first[pair], layer, self.second[pair], layer, self.domain, self.seed)
            for layer in (layers[0], layers[-1])
        )
        return first, last


@explained
def compute_units_claims(run: Run, params: UnitsClaimsParams) -> Replicates:
    """Measure every pair, the first layers and the last ones, and what its nulls give.

    Blocks of photographs are left out as they were read; what judges three units and clusters are
    fewer of them, samples of their own.
    """
    require(params.first, 1, "pairs of encoders")
    require_read(run, params)
    try:
        pairs = [_of_pair(run, params, pair) for pair in range(len(params.first))]
    except UnitsError as error:
        raise AnalysisError(str(error)) from error
    size = sizes(run, params.domain)
    reason = too_few_groups(size.photographs, size.title, size.nouns.group)
    if not reason and any(not len(one.left_out[0]) for one in pairs):
        reason = f"The layers fill the memory with fewer than {LEAST_BLOCKS} blocks."
    draws, whole = min(len(one.draws) for one in pairs), np.array([one.whole for one in pairs])
    titles = [
        f"{run.encoders[a].title} and {run.encoders[b].title}"
        for a, b in zip(params.first, params.second, strict=True)
    ]
    return Replicates(
        settings=tuple(titles),
        places=tuple(titles),
        place="pairs of encoders",
        deciding=tuple(range(len(pairs))),
        quantities=KINDS,
        whole=whole,
        left_out=()
        if reason
        else tuple(
            _alone(whole, own, stratum) for own, one in enumerate(pairs) for stratum in one.left_out
        ),
        draws=np.stack([one.draws[:draws] for one in pairs], axis=1),
        unit=size.nouns.groups,
        group=size.nouns.group,
        units=size.photographs,
        have={"copies": len(pairs), "encoders": 2 * len(pairs), "draws": draws},
        counted=size.caption,
        reason=reason,
        missing={} if draws else {"matched untrained": NO_TWINS_ASKED},
    )


@dataclass(frozen=True, eq=False)
class _Pair:
    """Quantities of one pair: whole, without each block (three samples), and draw by draw."""

    whole: Float[np.ndarray, " q"]
    left_out: tuple[Float[np.ndarray, "_ q"], ...]
    draws: Float[np.ndarray, "t q"]


def require_read(run: Run, params: UnitsClaimsParams) -> None:
    """Refuse pairs that no pass has read yet, and say which command does.

    Raises
    ------
    AnalysisError
        If there are some.
    """
    for pair, (a, b) in enumerate(zip(params.first, params.second, strict=True)):
        for place in params.places(run, pair):
            require_readable(run, place)
            if not is_read(run, place):
                raise AnalysisError(
                    f"Units of {run.encoders[a].title} and {run.encoders[b].title} have not been "
                    "read side by side yet: python -m substrate units --copies does."
                )


def _alone(
    whole: Float[np.ndarray, "s q"], own: int, replicates: Float[np.ndarray, "m q"]
) -> Float[np.ndarray, "m s q"]:
    """Return every pair's quantities while one of them loses photographs."""
    out = np.repeat(whole[None], len(replicates), axis=0)
    out[:, own] = replicates
    return out


def _of_pair(run: Run, params: UnitsClaimsParams, pair: int) -> _Pair:
    first, last = params.places(run, pair)
    near, far = (read_place(run, place, trained(place)).blocks for place in (first, last))
    values: Values = {}
    blocks: dict[str, Any] = {}
    values |= _matched(near, params.seed, blocks)
    deep = unit_agreement(far, rotations=1, seed=params.seed)
    values |= {"matched last": deep.mean, "subspace": crossed_canonical(far)}
    blocks |= {"matched last": deep.left_out, "subspace": canonical_left_out(far)}
    values |= _spectra(run, params, pair, first, blocks)
    few_values, few_left_out = _few(near, params.seed)
    values |= few_values
    clustered, cosine, cosine_left_out = _clusters(near, params.seed)
    values |= {"clusters": cosine}
    values |= _shuffled(run, first, last)
    drawn = _draws(run, params, pair, (first, last), clustered)
    for name in (kind for kind in KINDS if "untrained" in kind):
        values[name] = float(np.mean([one[name] for one in drawn])) if drawn else float("nan")
    whole = np.array([values[name] for name in KINDS])
    return _Pair(
        whole=whole,
        left_out=(
            _varied(whole, blocks),
            _varied(whole, few_left_out),
            _varied(whole, {"clusters": cosine_left_out}),
        ),
        draws=np.array([[{**values, **one}[name] for name in KINDS] for one in drawn]).reshape(
            len(drawn), len(KINDS)
        ),
    )


def _varied(whole: Float[np.ndarray, " q"], left_out: dict[str, Any]) -> Float[np.ndarray, "m q"]:
    """Return all quantities as they are, but for some without each block of photographs."""
    count = min(len(values) for values in left_out.values())
    out = np.repeat(whole[None], count, axis=0)
    for name, values in left_out.items():
        out[:, KINDS.index(name)] = values[:count]
    return out


def _matched(blocks: PairedBlocks, seed: int, left_out: dict[str, Any]) -> Values:
    agreement = unit_agreement(blocks, seed=seed)
    left_out["matched"] = agreement.left_out
    left_out["matched turned"] = agreement.left_out - agreement.lead_left_out
    return {"matched": agreement.mean, "matched turned": float(agreement.rotations.mean())}


def _few(blocks: PairedBlocks, seed: int) -> tuple[Values, dict[str, Any]]:
    paths = sparse_paths(blocks)
    own = few_units(paths)
    turned = turned_paths(scaled_for_paths(blocks), rotations_for(len(paths.a)), seed)
    axes = [few_units(one) for one in turned]
    values = {"few": own.r2, "few turned": float(np.mean([one.r2 for one in axes]))}
    return values, {
        "few": own.left_out,
        "few turned": np.mean([one.left_out for one in axes], axis=0),
    }


def _clusters(blocks: PairedBlocks, seed: int) -> tuple[Clusters, float, Float[np.ndarray, " m"]]:
    """Return the clusters, what their cosines are above random ones, and that block by block."""
    choosing, judging = parts(len(blocks.blocks))
    clustered = clusters(blocks.covariance(choosing), None, seed=seed)

    def lead(kept: Sequence[int]) -> float:
        return _lead_of(clustered, blocks, kept, seed)

    left_out = np.array([lead([b for b in judging if b != out]) for out in judging])
    return clustered, lead(judging), left_out


def _lead_of(clustered: Clusters, blocks: PairedBlocks, kept: Sequence[int], seed: int) -> float:
    judge = blocks.covariance(kept)
    cosines = cluster_cosines(clustered, judge)
    if not any(len(one) for one in cosines):
        return float("nan")  # no cluster has units of both sides
    random = mean_of_draws(cosines, random_cosines(clustered, judge, RANDOM, seed))
    return mean_cosine(cosines) - float(random.mean())


def _spectra(
    run: Run, params: UnitsClaimsParams, pair: int, place: PlaceParams, left_out: dict[str, Any]
) -> Values:
    """Return the distance of both spectra, whole and without each block that was read."""
    features = [
        _features(run, EncoderRef(name), params.domain, layer)
        for name, layer in (
            (params.first[pair], place.first_layer),
            (params.second[pair], place.second_layer),
        )
    ]
    rows = photographs_of_blocks(run, place, trained(place))
    every = np.arange(len(features[0]))

    def distance(kept: np.ndarray) -> float:
        return spectrum_distance(*(x[kept].mean(axis=0) for x in features))

    left_out["spectra"] = np.array([distance(np.setdiff1d(every, block)) for block in rows])
    return {"spectra": distance(every)}


def _features(run: Run, ref: EncoderRef, domain: str, layer: str) -> Float[np.ndarray, "n p"]:
    return np.asarray(run.representation(ref, domain, layer).features, dtype=np.float64)


def _shuffled(run: Run, first: PlaceParams, last: PlaceParams) -> Values:
    """Return the mean over shuffled photographs of all that they are asked about; else NaN."""
    if run.domains[first.domain].photographs < 2:
        return dict.fromkeys(("matched shuffled", "few shuffled", "subspace shuffled"), np.nan)
    asked: tuple[tuple[str, PlaceParams, Callable[[PairedBlocks], float]], ...] = (
        ("matched shuffled", first, _crossed),
        ("few shuffled", first, half_on_half),
        ("subspace shuffled", last, crossed_canonical),
    )
    return {
        name: float(np.mean([of(read_place(run, place, one).blocks) for one in shuffled(place)]))
        for name, place, of in asked
    }


def _crossed(blocks: PairedBlocks) -> float:
    return cross_fitted_mean((blocks.covariance([0]), blocks.covariance([1])))


def _draws(
    run: Run,
    params: UnitsClaimsParams,
    pair: int,
    places: tuple[PlaceParams, PlaceParams],
    clustered: Clusters,
) -> list[Values]:
    """Return the quantities of every pair of untrained twins; those of dead layers are left out."""
    out = []
    for one in twins(run, places[0]):
        with suppress(UnitsError):
            out.append(_of_twins(run, params, pair, places, one, clustered.count))
    return out


def _of_twins(
    run: Run,
    params: UnitsClaimsParams,
    pair: int,
    places: tuple[PlaceParams, PlaceParams],
    one: PlacePass,
    count: int,
) -> Values:
    near, far = (read_place(run, place, one).blocks for place in places)
    halves = near.covariance([0]), near.covariance([1])
    mean, lead = lead_over_rotations(halves, rotations=TURNS, seed=params.seed)
    clustered = clusters(halves[0], count, seed=params.seed)
    layer = places[0].first_layer
    means = [
        [_features(run, ref, params.domain, layer).mean(axis=0) for ref in both]
        for both in (
            (one.first, one.second),
            (EncoderRef(params.first[pair]), EncoderRef(params.second[pair])),
        )
    ]
    return {
        "matched untrained": mean,
        "lead untrained": lead,
        "matched last untrained": _crossed(far),
        "few untrained": half_on_half(near),
        "clusters untrained": _lead_of(clustered, near, [1], params.seed),
        "subspace untrained": crossed_canonical(far),
        "spectra untrained": spectrum_distance(*means[0]),
        "spectra own untrained": float(
            np.mean([spectrum_distance(a, b) for a, b in zip(*means, strict=True)])
        ),
    }


def _inputs(run: Run, params: UnitsClaimsParams) -> Inputs:
    networks: dict[Any, int] = {}
    for pair in range(len(params.first)):
        networks |= dict.fromkeys(place_inputs(run, params.places(run, pair)[0])[0], 0)
    return tuple(networks), (params.domain,)


CLAIMS_UNITS = Analysis(
    key="claims.units",
    version=2,
    params=UnitsClaimsParams,
    result=Replicates,
    inputs=_inputs,
    compute=compute_units_claims,
)
