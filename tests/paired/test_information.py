"""Counting in a pass: equal to what maps in memory give, whatever the batches."""

import numpy as np
import pytest

from substrate.domains import packaged
from substrate.encoders import ENCODER_SOURCES
from substrate.numerics.units.information import JointHistogram, bins_of
from substrate.paired import information, passes
from substrate.paired.information import information_of
from substrate.paired.passes import PairedPass, Place, paired_rows


@pytest.fixture(scope="module")
def done():
    encoder, other = (
        ENCODER_SOURCES["bundled"].load({"name": name, "layers": "all"})
        for name in ("resnet", "vgg")
    )
    domain = packaged.load("face", tile=32, limit=12, seed=0)
    place = Place(encoder.layers[1].name, other.layers[1].name)  # 64 units each
    rows = np.array_split(np.random.default_rng(0).permutation(12), 10)
    return PairedPass(encoder, other, [place], domain, rows)


def test_all_positions_in_memory_give_the_same(done, monkeypatch):
    found = information_of(done, positions=10**6)
    every = np.arange(12)
    maps = [done._maps(side, every)[name] for side, name in enumerate(_names(done))]
    a, b = (x.reshape(12, -1, x.shape[1]) for x in paired_rows(*maps))
    even = np.concatenate(done.rows[::2])
    odd = np.concatenate(done.rows[1::2])
    for half, (own, other) in enumerate(((even, odd), (odd, even))):
        # The images of a half are fewer than a pilot takes: all of the other half's.
        histogram = JointHistogram(*(bins_of(x[other].reshape(-1, x.shape[2])) for x in (a, b)))
        histogram.update(*(x[own].reshape(-1, x.shape[2]) for x in (a, b)))
        off = np.abs(found.halves[half] - histogram.information())
        assert off.max() < 0.01 and off.mean() < 1e-4  # networks in other batches: last digits
        assert found.rows[half] == histogram.rows
    monkeypatch.setattr(passes, "images_at_once", lambda _encoder: 1)
    again = information_of(done, positions=10**6, apart=False)
    assert np.abs(again.halves - found.halves).mean() < 1e-4
    assert found.left_out.shape == (10, *found.halves.shape[1:])


def test_few_positions_are_the_same_ones_on_both_sides_and_in_every_pass(done):
    found = information_of(done, positions=2)
    again = information_of(done, positions=2, apart=False)
    assert found.rows == (12, 12) and again.left_out.size == 0
    np.testing.assert_array_equal(found.halves, again.halves)
    other = information_of(done, seed=1, positions=2, apart=False)
    assert not np.array_equal(found.halves, other.halves)


def test_positions_are_drawn_once_each():
    kept = information._some(100, 64, [0, 7])
    assert len(set(kept.tolist())) == 64 and kept.max() < 100
    assert information._some(9, 64, [0, 7]).tolist() == list(range(9))


def _names(done):
    return done.places[0].first, done.places[0].second
