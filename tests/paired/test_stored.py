"""Paired passes in the store: finished blocks are not read twice, damaged ones are read again."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.spec import AnalysisError
from substrate.analyses.units.place import (
    PlaceParams,
    block_key,
    passes,
    photographs_of_blocks,
    place_inputs,
    read_place,
    trained,
    widths,
)
from substrate.numerics.units.matching import match
from substrate.paired import passes as paired
from substrate.paired import reloaded, stored
from substrate.paired.stored import read_places, read_side_by_side

#: Each test has blocks of its own in the shared store.
SEEDS = itertools.count()


@pytest.fixture
def params(real_run):
    first, second = list(real_run.encoders)[:2]
    layers = [real_run.encoders[name].layers[2].name for name in (first, second)]
    return PlaceParams(first, layers[0], second, layers[1], "face", seed=next(SEEDS))


def read(run, params, progress=lambda *_: None):
    root, run_id = str(run.store.root), run.record["run_id"]

    def load(ref):
        return reloaded.encoder_of(root, run_id, str(ref))

    read_side_by_side(run, params, load, reloaded.domain_of(root, run_id, params.domain), progress)


def test_a_place_is_read_with_its_nulls_and_stays_in_the_store(real_run, params):
    with pytest.raises(AnalysisError, match="have not been read by"):
        read_place(real_run, params, trained(params))
    said = []
    read(real_run, params, lambda *now: said.append(now))
    kinds = passes(real_run, params)
    assert [one.shuffle for one in kinds] == [-1, -1, -1, 0, 1, 2, 3, 4]
    assert [one.first.twin for one in kinds] == [None, 0, 1] + [None] * 5
    assert said[-1][1] == said[-1][2] == 48 * 8
    assert "untrained 1" in {what.split(" and ")[0].split(", ")[-1] for what, _, _ in said}
    found = read_place(real_run, params, trained(params))
    assert found.blocks.widths == dict(zip("ab", widths(real_run, params), strict=True))
    assert len(found.blocks.blocks) == 20
    assert match(found.blocks.covariance()).mean > 0
    highest = found.ends[0, "highest"]
    assert highest.images.max() < 48 and (np.diff(highest.values, axis=0) <= 0).all()
    for null in kinds[1:]:
        assert len(read_place(real_run, params, null).blocks.blocks) == 2
    again = []
    read(real_run, params, lambda *now: again.append(now))
    assert again == []


def test_an_interrupted_pass_goes_on_and_a_damaged_block_is_read_again(
    real_run, params, monkeypatch
):
    class StopError(Exception):
        pass

    def stop(_what, done, _all):
        if done >= 10:
            raise StopError

    with pytest.raises(StopError):
        read(real_run, params, stop)
    one = trained(params)
    keys = [block_key(real_run, params, one, index) for index in range(20)]
    done = [key for key in keys if real_run.store.get(key) is not None]
    assert 0 < len(done) < 20
    (real_run.store.path(done[0]) / "arrays.safetensors").write_bytes(b"damaged")
    counted = []
    plain = paired.PairedPass.block
    monkeypatch.setattr(
        paired.PairedPass,
        "block",
        lambda self, index, *more: counted.append(index) or plain(self, index, *more),
    )
    read(real_run, params)
    of_the_pass = counted[: 20 - len(done) + 1]
    assert sorted(of_the_pass) == sorted(
        index for index, key in enumerate(keys) if key not in done[1:]
    )
    assert len(counted) == len(of_the_pass) + 7 * 2


def test_several_places_are_read_in_one_sweep_as_each_alone(real_run, params, monkeypatch):
    monkeypatch.setattr(stored, "passes", lambda *_: [trained(params)])
    layers = [real_run.encoders[name].layers[0].name for name in (params.first, params.second)]
    other = replace(params, first_layer=layers[0], second_layer=layers[1])
    root, run_id = str(real_run.store.root), real_run.record["run_id"]
    counted = []
    plain = paired.PairedPass.block
    monkeypatch.setattr(
        paired.PairedPass,
        "block",
        lambda self, index, *more: counted.append(len(self.places)) or plain(self, index, *more),
    )
    read_places(
        real_run,
        [params, other],
        lambda ref: reloaded.encoder_of(root, run_id, str(ref)),
        reloaded.domain_of(root, run_id, params.domain),
    )
    assert counted == [2] * 20
    both = read_place(real_run, params, trained(params)).blocks.covariance()
    alone = replace(params, seed=next(SEEDS))  # other blocks, the same images
    read(real_run, alone)
    found = read_place(real_run, alone, trained(alone)).blocks.covariance()
    np.testing.assert_allclose(both.ab, found.ab, rtol=1e-4, atol=1e-6)
    assert (
        read_place(real_run, other, trained(other)).blocks.widths["a"] == widths(real_run, other)[0]
    )


def test_blocks_hold_whole_photographs_each_once(real_run, params):
    groups = real_run.groups("natural")
    rows = photographs_of_blocks(real_run, replace(params, domain="natural"), trained(params))
    assert sorted(np.concatenate(rows).tolist()) == list(range(len(groups)))
    owners = [set(groups[block].tolist()) for block in rows]
    assert sum(map(len, owners)) == len(set(groups.tolist()))


def test_an_encoder_with_itself_gets_two_draws_of_twins(real_run, params):
    own = replace(params, second=params.first, second_layer=params.first_layer)
    pairs = [(one.first.twin, one.second.twin) for one in passes(real_run, own)]
    assert (0, 1) in pairs and (0, 0) not in pairs
    networks, domains = place_inputs(real_run, own)
    assert domains == ("face",) and len(networks) == 3


def test_a_layer_that_there_is_not_is_one_sentence(real_run, params):
    with pytest.raises(AnalysisError, match="has no layer 'nowhere'. Choose one of"):
        widths(real_run, replace(params, first_layer="nowhere"))
