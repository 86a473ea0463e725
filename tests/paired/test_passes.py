"""The paired pass: equal to maps held in memory, in any order, on shards, after an interruption."""

import functools

import numpy as np
import pytest
import torch
from torch.nn import functional

from substrate.domains import packaged
from substrate.encoders import ENCODER_SOURCES
from substrate.encoders.spec import EncoderError
from substrate.extraction import preprocess
from substrate.numerics.nulls import group_permutations
from substrate.numerics.units.matching import match
from substrate.numerics.units.place import PlaceBlock, together
from substrate.paired import passes as paired
from substrate.paired.passes import (
    PairedPass,
    Place,
    common_grid,
)


def bundled(name):
    return ENCODER_SOURCES["bundled"].load({"name": name, "layers": "all"})


@pytest.fixture(scope="module")
def domain():
    return packaged.load("face", tile=32, limit=40, seed=0)


@pytest.fixture(scope="module")
def encoders():
    return {name: bundled(name) for name in ("resnet", "resnet_seed1", "vit")}


def middle(encoder):
    return encoder.layers[len(encoder.layers) // 2].name


def pass_over(encoders, domain, first="resnet", second="vit", count=4, **more):
    places = [
        Place(middle(encoders[first]), middle(encoders[second])),
        Place("penultimate", "penultimate"),
    ]
    rows = np.array_split(np.random.default_rng(0).permutation(len(domain)), count)
    return PairedPass(encoders[first], encoders[second], places, domain, rows, **more)


def own_maps(encoders, domain, done, place):
    """Hold all maps, by hooks of torch's own: images, rows, columns, units of either side."""
    sides = []
    for encoder, name in ((done.first, place.first), (done.second, place.second)):
        images = torch.stack(
            [preprocess(domain.read(row), encoder.preprocessing) for row in range(len(domain))]
        )
        kept = []
        module = next(layer.module for layer in encoder.layers if layer.name == name)
        with torch.inference_mode():
            if module == "penultimate":
                network = encoder.network
                out = network.forward_head(network.forward_features(images), pre_logits=True)
                kept.append(out[:, :, None, None])
            else:
                handle = encoder.network.get_submodule(module).register_forward_hook(
                    lambda _m, _i, output, kept=kept: kept.append(output)
                )
                encoder.network(images)
                handle.remove()
        maps = kept[0]
        if maps.ndim == 3:
            side = int((maps.shape[1] - 1) ** 0.5)
            maps = maps[:, 1:].transpose(1, 2).reshape(len(maps), -1, side, side)
        sides.append(maps.permute(0, 2, 3, 1).double().numpy())
    return sides


def in_memory(encoders, domain, done, place):
    """Return both sides' maps, the larger one read bilinearly at the smaller one's positions."""
    sides = [
        torch.from_numpy(maps).permute(0, 3, 1, 2)
        for maps in own_maps(encoders, domain, done, place)
    ]
    size = min((m.shape[2:] for m in sides), key=lambda s: s[0] * s[1])
    read = [functional.interpolate(m, size=size, mode="bilinear") for m in sides]
    return [m.permute(0, 2, 3, 1).numpy() for m in read]


def test_streamed_equals_in_memory(encoders, domain):
    done = pass_over(encoders, domain)
    for place, blocks in done.whole().items():
        a, b = in_memory(encoders, domain, done, place)
        for chosen in (range(4), [1, 3]):
            rows = np.concatenate([done.rows[block] for block in chosen])
            flat = [side[rows].reshape(-1, side.shape[3]) for side in (a, b)]
            expected = np.cov(np.hstack(flat), rowvar=False)
            found = blocks.covariance(chosen)
            p = a.shape[3]
            scale = np.sqrt(np.outer(np.diagonal(expected), np.diagonal(expected)))[:p, p:]
            living = np.ix_(*found.living)
            assert not np.delete(found.ab, living[0], axis=0).any()
            error = np.abs(found.ab - expected[:p, p:])[living] / scale[living]
            assert error.size > 0.5 * found.ab.size
            # The pass runs other batches than the one above: float32 maps differ in last bits.
            assert error.max() < 1e-4
    assert {len(rows) for rows in done.rows} == {10}


def test_sums_are_exact_whatever_the_order_of_the_blocks(encoders, domain):
    done = pass_over(encoders, domain)
    place = done.places[0]
    straight = done.whole()[place]
    stored = {index: done.block(index)[place].arrays() for index in (2, 0)}  # killed here
    later = pass_over(encoders, domain)
    stored |= {index: later.block(index)[place].arrays() for index in (3, 1)}
    widths = straight.widths["a"], straight.widths["b"]
    resumed = [PlaceBlock.from_arrays(*widths, stored[index]) for index in range(4)]
    again = together(resumed)
    np.testing.assert_array_equal(again.covariance().ab, straight.covariance().ab)
    shards = [together([resumed[i] for i in part]) for part in ([0, 1], [2, 3])]
    merged = shards[0].merge(shards[1])
    np.testing.assert_allclose(merged.covariance().ab, straight.covariance().ab, rtol=0, atol=1e-9)


def test_an_encoder_matches_itself_unit_by_unit(encoders, domain):
    done = pass_over(encoders, domain, second="resnet")
    blocks = done.whole()[done.places[0]]
    found = match(blocks.covariance())
    assert found.a.tolist() == found.b.tolist()
    np.testing.assert_allclose(found.r, 1.0, atol=1e-12)


def test_shuffled_photographs_keep_their_positions_and_nothing_else(encoders, domain):
    done = pass_over(encoders, domain, second="resnet_seed1")
    groups = domain.samples["group"].to_numpy()
    place = done.places[0]
    order = group_permutations(groups, 1, 1)[0]
    null = done.whole(order)[place]
    a, b = in_memory(encoders, domain, done, place)
    flat = [side.reshape(-1, side.shape[3]) for side in (a[order], b)]
    with np.errstate(invalid="ignore", divide="ignore"):  # dead units
        expected = np.corrcoef(np.hstack(flat), rowvar=False)[: a.shape[3], a.shape[3] :]
    living = np.ix_(*null.covariance().living)
    np.testing.assert_allclose(
        null.covariance().correlation[living], expected[living], rtol=0, atol=1e-4
    )
    # Faces lie alike in their frames: what is the same at a position in all of them stays.
    assert np.abs(expected[living]).mean() > 0.1
    pooled = done.places[1]
    sizes = [
        np.abs(found[pooled].covariance().correlation).mean()
        for found in (done.whole(), done.whole(order))
    ]
    assert sizes[1] < 0.9 * sizes[0]


def test_positions_are_those_of_the_smaller_map(encoders, domain):
    done = pass_over(encoders, domain)
    block = done.block(0)
    first, second = block[done.places[0]].grids
    assert common_grid(first, second) == min(first, second)
    images = len(done.rows[0])
    place = done.places[0]
    assert block[place].moments.count == images * min(first, second)[0] ** 2
    assert block[done.places[1]].grids == ((1, 1), (1, 1))
    maps = torch.arange(16.0).reshape(1, 4, 4, 1)
    np.testing.assert_allclose(
        paired.at_grid(maps, (2, 2)).flatten(), [2.5, 4.5, 10.5, 12.5]
    )  # a cell's centre lies between four values
    assert paired.at_grid(maps, (4, 4)) is maps


def test_extremes_are_those_of_the_maps_in_memory(encoders, domain):
    done = pass_over(encoders, domain)
    place = done.places[0]
    blocks = [done.block(index)[place] for index in range(4)]
    for side, maps in enumerate(own_maps(encoders, domain, done, place)):
        highest = functools.reduce(
            lambda a, b: a.merge(b), [b.ends[side, "highest"] for b in blocks]
        )
        flat = maps.reshape(len(maps), -1, maps.shape[3])
        best = flat.max(axis=1)
        living = np.ptp(best, axis=0) > 1e-3
        order = np.argsort(-best, axis=0)
        np.testing.assert_allclose(
            highest.values[:, living],
            np.take_along_axis(best, order, axis=0)[:9, living],
            atol=1e-4,
        )
        at = flat[highest.images[0], highest.positions[0], np.arange(flat.shape[2])]
        np.testing.assert_allclose(at, highest.values[0], atol=1e-4)


def test_progress_counts_images_and_stops_the_pass(encoders, domain):
    seen = []

    def stop(done):
        seen.append(done)
        if sum(seen) >= 15:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pass_over(encoders, domain, progress=stop).whole()
    assert sum(seen) == 20


def test_what_cannot_be_paired_is_one_sentence(encoders, domain):
    done = pass_over(encoders, domain)
    done.places = [Place("nowhere", "penultimate")]
    with pytest.raises(EncoderError, match="resnet has no layer 'nowhere'; it has"):
        done.whole()
