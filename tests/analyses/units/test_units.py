"""Units of a real run: results that are stored and read back, nulls, and what cannot be."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.spec import AnalysisError, load_result, save_result
from substrate.analyses.units.few_to_one import FEW_TO_ONE, FewToOneParams
from substrate.analyses.units.histograms import read_information, require_measurable
from substrate.analyses.units.many_to_many import MANY_TO_MANY, ManyToManyParams
from substrate.analyses.units.mutual_information import (
    MUTUAL_INFORMATION,
    MutualInformationParams,
)
from substrate.analyses.units.one_to_one import ONE_TO_ONE, OneToOneParams
from substrate.analyses.units.place import PlaceParams, read_place, trained
from substrate.numerics.units.matching import match
from substrate.paired import reloaded
from substrate.paired.command import ComparedUnits
from substrate.paired.information import measure_information
from substrate.paired.printed import as_plain, lines
from substrate.paired.stored import read_side_by_side

SEEDS = itertools.count(1000)


@pytest.fixture(scope="module")
def place(real_run):
    first, second = list(real_run.encoders)[:2]
    layers = [real_run.encoders[name].layers[1].name for name in (first, second)]
    params = PlaceParams(first, layers[0], second, layers[1], "face", seed=next(SEEDS))
    return read(real_run, params)


def read(run, params):
    root, run_id = str(run.store.root), run.record["run_id"]
    read_side_by_side(
        run,
        params,
        lambda ref: reloaded.encoder_of(root, run_id, str(ref)),
        reloaded.domain_of(root, run_id, params.domain),
    )
    return params


@pytest.mark.parametrize(
    ("analysis", "params"),
    [
        (ONE_TO_ONE, OneToOneParams),
        (FEW_TO_ONE, FewToOneParams),
        (MANY_TO_MANY, ManyToManyParams),
    ],
)
def test_what_is_stored_is_read_back(real_run, place, analysis, params):
    result = analysis.compute(real_run, params(place))
    entry = save_result(
        real_run.store, analysis, result, key=f"test {analysis.key}", params=params(place)
    )
    again = load_result(entry, analysis.result)
    assert again.size == result.size


def test_one_to_one_says_what_the_blocks_say(real_run, place):
    found = ONE_TO_ONE.compute(real_run, OneToOneParams(place))
    blocks = read_place(real_run, place, trained(place)).blocks
    whole = match(blocks.covariance())
    np.testing.assert_allclose(found.matched_r, np.sort(whole.r)[::-1])
    assert found.agreement == whole.agreement
    assert found.mean.low < found.mean.value < found.mean.high
    assert found.mean.n_units == 48 and found.mean.unit == "photographs"
    assert len(found.rotations) == 40 and len(found.shuffled) == 5 and len(found.twins) == 2
    assert found.above_rotations.value == pytest.approx(found.mean.value - found.rotations.mean())
    assert found.above_twins.low is None and "2 draws" in found.above_twins.reason
    assert (np.diff(found.pairs.r) <= 0).all()
    inside = (found.pairs.low <= found.pairs.r) & (found.pairs.r <= found.pairs.high)
    assert inside.all()
    assert found.between.shape == (len(found.living_first), len(found.living_second))
    pair = int(found.pairs.first[0]), int(found.pairs.second[0])
    half = blocks.covariance(range(1, 20, 2)).correlation[pair]
    assert found.pairs.r[0] == pytest.approx(half)


def test_an_encoder_with_itself_is_a_perfect_match_beyond_rotations(real_run, place):
    own = replace(place, second=place.first, second_layer=place.first_layer)
    found = ONE_TO_ONE.compute(real_run, OneToOneParams(read(real_run, own)))
    assert found.mean.value == pytest.approx(1.0) and found.agreement == found.stability == 1.0
    assert found.above_rotations.low > 0.2
    assert len(found.twins) == 1  # two draws, each once
    few = FEW_TO_ONE.compute(real_run, FewToOneParams(own))
    assert (few.chosen_count == 1).all()
    np.testing.assert_allclose(few.chosen_r2, 1.0, atol=1e-6)


def test_sparse_predictions_stand_beside_the_papers_loss(real_run, place):
    found = FEW_TO_ONE.compute(real_run, FewToOneParams(place))
    assert found.half_unexplained[0] == pytest.approx(0.5, abs=0.05)
    assert found.half_unexplained.min() < 0.5
    assert (np.count_nonzero(found.weights, axis=1) == found.chosen_count).all()
    assert found.few.n_units == 12 and found.few.unit == "photographs that judge"
    assert found.few.low < found.few.value < found.few.high
    assert found.above_rotations.value == pytest.approx(found.few.value - found.rotations.mean())
    assert found.above_twins.value == pytest.approx(found.few.value - found.twins.mean())
    assert found.above_twins.low is None and "2 draws" in found.above_twins.reason
    assert len(found.shuffled) == 5 and found.shuffled.max() < found.few.value
    for row, level in enumerate(found.chosen):
        if level < len(found.penalties):
            own = found.weights[row]
            kept = found.leading[level, row][found.leading[level, row] >= 0]
            weights = own[np.searchsorted(found.first, kept)]
            np.testing.assert_allclose(weights, found.leading_weights[level, row][: len(kept)])
            assert len(kept) == min(8, found.chosen_count[row])


def test_clusters_hold_every_living_unit_once(real_run, place):
    found = MANY_TO_MANY.compute(real_run, ManyToManyParams(place, count=5))
    assert len(found.clusters) == 5 and not found.chosen
    firsts = np.concatenate([one.first for one in found.clusters])
    assert sorted(firsts.tolist()) == found.first.tolist()
    sizes = [len(one.first) + len(one.second) for one in found.clusters]
    assert sizes == sorted(sizes, reverse=True)
    for one in found.clusters:
        assert len(one.cosines) == len(one.null_level) == len(one.null_mean)
    every = np.concatenate([one.cosines for one in found.clusters])
    assert found.mean.value == pytest.approx(every.mean())
    assert found.above_random.value == pytest.approx(every.mean() - found.random.mean())
    assert found.mean.low < found.mean.value < found.mean.high and len(found.random) == 200
    assert MANY_TO_MANY.compute(real_run, ManyToManyParams(place)).chosen


def test_information_stands_beside_correlations_and_its_nulls(real_run, place):
    with pytest.raises(AnalysisError, match="units --information does"):
        MUTUAL_INFORMATION.compute(real_run, MutualInformationParams(place))
    measure(real_run, place)
    found = MUTUAL_INFORMATION.compute(real_run, MutualInformationParams(place))
    own = read_information(real_run, place, trained(place))
    assert found.mean.low < found.mean.value < found.mean.high and own.left_out.shape[0] == 20
    assert found.counted == sum(own.rows) <= 48 * 64
    assert len(found.shuffled) == len(found.agreement_shuffled) == 5 and len(found.twins) == 2
    assert found.above_shuffled.value == pytest.approx(found.mean.value - found.shuffled.mean())
    assert found.shuffled.max() < found.mean.low
    pair = int(found.pairs.first[0]), int(found.pairs.second[0])
    assert (
        found.pairs.bits[0] == own.halves[1][pair]
        and found.pairs.chosen_bits[0] == (own.halves[0][pair])
    )
    assert (np.diff(found.pairs.bits) <= 0).all() and 0 <= found.best_in_common <= 8
    half = read_place(real_run, place, trained(place)).blocks.covariance(range(1, 20, 2))
    assert found.pairs.r[0] == pytest.approx(half.correlation[pair])
    entry = save_result(
        real_run.store,
        MUTUAL_INFORMATION,
        found,
        key="test information",
        params=MutualInformationParams(place),
    )
    assert load_result(entry, MUTUAL_INFORMATION.result).agreement == found.agreement
    matched = ONE_TO_ONE.compute(real_run, OneToOneParams(place))
    compared = ComparedUnits(matched, "no few", "no clusters", found)
    plain = as_plain(compared)["mutual_information"]
    assert plain["bits"]["value"] == found.mean.value and plain["agreement"] == found.agreement
    assert f"matched alike by r   {found.agreement:.2f}" in list(lines(compared))
    wide = replace(real_run)
    wide.__dict__["encoders"] = {
        name: replace(one, layers=tuple(replace(own, width=3_000) for own in one.layers))
        for name, one in real_run.encoders.items()
    }
    with pytest.raises(AnalysisError, match="3000 by 3000 units take .* Choose narrower layers"):
        require_measurable(wide, place)


def measure(run, params):
    root, run_id = str(run.store.root), run.record["run_id"]
    measure_information(
        run,
        params,
        lambda ref: reloaded.encoder_of(root, run_id, str(ref)),
        reloaded.domain_of(root, run_id, params.domain),
    )


def test_what_cannot_be_is_one_sentence(real_run, place):
    few = read(real_run, replace(place, domain="natural", seed=next(SEEDS)))
    with pytest.raises(AnalysisError, match="7 blocks of photographs, and at least 8 are needed"):
        FEW_TO_ONE.compute(real_run, FewToOneParams(few))
    found = ONE_TO_ONE.compute(real_run, OneToOneParams(few))
    assert found.mean.low is None and "7 photographs" in found.mean.reason
    with pytest.raises(AnalysisError, match="999 clusters of"):
        MANY_TO_MANY.compute(real_run, ManyToManyParams(place, count=999))
    unread = replace(place, seed=next(SEEDS))
    with pytest.raises(AnalysisError, match="have not been read by .* side by side yet"):
        ONE_TO_ONE.compute(real_run, OneToOneParams(unread))
