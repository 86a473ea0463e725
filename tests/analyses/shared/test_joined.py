"""Panels too large for one array: the same numbers as the array, in a fraction of its memory."""

import tracemalloc

import numpy as np
import pytest
import scipy.linalg

from substrate.analyses.panel_choice import default_choice
from substrate.analyses.shared.samples import side_by_side
from substrate.analyses.spec import obtain
from substrate.analyses.subspace.controls import (
    CONTROLS,
    ControlParams,
)
from substrate.analyses.subspace.intervals import (
    IntervalParams,
    compute_intervals,
)
from substrate.numerics import joined as module
from substrate.numerics.joined import Blocks, Joined, standardised_blocks
from substrate.numerics.panel import (
    desynchronised,
    panel_parts,
    substrate_basis,
)
from substrate.numerics.spectra import (
    directions_of_centred,
    existing_directions,
    existing_eigenvectors,
)
from substrate.numerics.whitening import (
    WHITENINGS,
    standardisation,
)
from tests.support.planted import planted_run

WIDTHS = (30, 50, 20)


@pytest.fixture
def blocks():
    rng = np.random.default_rng(5)
    shared = rng.normal(size=(700, 6))
    return [
        (shared @ rng.normal(size=(6, w)) + rng.normal(size=(700, w)) + 9).astype(np.float32)
        for w in WIDTHS
    ]


@pytest.fixture
def in_chunks(monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 0)
    monkeypatch.setattr(module, "CHUNK", 100 * 64)


@pytest.mark.parametrize("whitening", WHITENINGS)
def test_a_joined_panel_stands_in_for_the_array(blocks, whitening, monkeypatch):
    groups = np.arange(700)
    array = side_by_side(blocks, whitening, groups)
    assert isinstance(array, np.ndarray)
    monkeypatch.setattr(module, "LARGEST", 0)
    monkeypatch.setattr(module, "CHUNK", 100 * 64)
    side = side_by_side(blocks, whitening, groups)
    assert isinstance(side, Joined)
    assert side.shape == array.shape
    assert len(side) == 700
    matrix = np.random.default_rng(0).normal(size=(100, 4))
    np.testing.assert_allclose(side @ matrix, array @ matrix, rtol=0, atol=1e-11)
    np.testing.assert_allclose(side.products(), array.T @ array, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(np.asarray(side), array)
    np.testing.assert_array_equal(np.asarray(side[:, 30:80]), array[:, 30:80])
    found, known = (directions_of_centred(x, 6) for x in (side, array))
    np.testing.assert_allclose(found.vectors, known.vectors, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.variances, known.variances, rtol=1e-11)
    orders = np.array([np.random.default_rng(e).permutation(700) for e in range(3)])
    moved = desynchronised(side, WIDTHS, orders)
    assert isinstance(moved, Joined)
    np.testing.assert_array_equal(np.asarray(moved), desynchronised(array, WIDTHS, orders))


def test_parts_of_encoders_are_not_taken(blocks, in_chunks):
    side = side_by_side(blocks, "z-score", np.arange(700))
    with pytest.raises(IndexError, match=r"Only whole encoders can be taken"):
        side[:, 10:30]


def test_encoders_standardised_one_by_one_give_the_same_parts(blocks, monkeypatch):
    learnt = [standardisation(x[:400]) for x in blocks]
    fit, test = (
        standardised_blocks([x[r] for x in blocks], learnt)
        for r in (slice(0, 400), slice(400, 700))
    )
    known = panel_parts(substrate_basis(fit, 5), test)
    monkeypatch.setattr(module, "LARGEST", 0)
    lazy = [
        standardised_blocks([x[r] for x in blocks], learnt)
        for r in (slice(0, 400), slice(400, 700))
    ]
    assert all(isinstance(side, Blocks) for side in lazy)
    found = panel_parts(substrate_basis(lazy[0], 5), lazy[1])
    np.testing.assert_allclose(found.parts, known.parts, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.shares, known.shares, rtol=0, atol=1e-11)


def test_controls_and_intervals_are_the_same_either_way(tmp_path_factory, monkeypatch):
    results = []
    for largest in (module.LARGEST, 0):
        monkeypatch.setattr(module, "LARGEST", largest)
        run = planted_run(tmp_path_factory.mktemp("joined"), n=96, groups=24, untrained=1)
        choice = default_choice(run)
        own = ControlParams(choice.encoders, choice.domains, components=4)
        controls = obtain(CONTROLS, run, own)
        intervals = compute_intervals(
            run, IntervalParams(choice.encoders, choice.domains, components=4)
        )
        results.append((controls, intervals))
    (one, bounds), (other, others) = results
    for a, b in zip(one.all, other.all, strict=True):
        np.testing.assert_allclose(a.values, b.values, rtol=0, atol=1e-9)
    np.testing.assert_allclose(bounds.low, others.low, rtol=0, atol=1e-8)
    np.testing.assert_allclose(bounds.high, others.high, rtol=0, atol=1e-8)


def test_a_large_panel_is_never_held_as_an_array(monkeypatch):
    """The array of float64 would be eight bytes a number; its directions take far less."""
    monkeypatch.setattr(module, "LARGEST", 1_000_000)
    monkeypatch.setattr(module, "CHUNK", 200_000)
    rng = np.random.default_rng(1)
    blocks = [rng.normal(size=(20_000, 100)).astype(np.float32) for _ in range(4)]
    groups = np.arange(20_000)
    whole = 8 * 20_000 * 400
    tracemalloc.start()
    try:
        side = side_by_side(blocks, "z-score", groups)
        basis = existing_directions(side, 5)
        scores = side @ basis.vectors
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert scores.shape == (20_000, 5)
    assert peak < 0.75 * whole, f"{peak / 1e6:.0f} MB of {whole / 1e6:.0f}"


def test_leading_eigenvectors_of_large_matrices_are_those_of_the_whole_decomposition(monkeypatch):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(900, 300)) * np.r_[9.0, 7.0, 5.0, np.ones(297)]
    symmetric = x.T @ x
    monkeypatch.setattr("substrate.numerics.spectra.LANCZOS", 300)
    values, vectors = existing_eigenvectors(symmetric, 8)
    known, axes = scipy.linalg.eigh(symmetric)
    np.testing.assert_allclose(values, known[::-1][:8], rtol=1e-12)
    np.testing.assert_allclose(
        np.abs(np.sum(vectors * axes[:, ::-1][:, :8], axis=0)), 1.0, rtol=1e-9
    )
