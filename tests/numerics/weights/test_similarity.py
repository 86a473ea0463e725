"""Shrinkage, effective rank and the normalised cosine: by hand, by law, and by simulation."""

import json
import time

import numpy as np
import pytest
import scipy.linalg

from benchmarks import estimator
from benchmarks.estimator import RESULTS, measure, sizes
from benchmarks.kept import Agreement
from substrate.numerics.weights.noise import edge
from substrate.numerics.weights.similarity import (
    FAINT,
    Learned,
    beyond,
    comparison,
    cosine,
    levels,
    reference,
)
from substrate.numerics.weights.spectrum import (
    channel_eigenvalues,
    effective_rank,
    shrunk,
    weight_spectrum,
)

TRUE = 60 * np.exp(-np.arange(40) / 8)


def neurons(n, d, rng, learned=TRUE, axes=None):
    w = rng.standard_normal((n, d))
    w[:, : len(learned)] *= np.sqrt(1 + learned)
    return w if axes is None else w @ axes.T


def through(one, other, turned=None, **options):
    """Return S of two spectra in shared inputs."""
    layers = [Learned(s.learned, s.neurons, s.inputs) for s in (one, other)]
    moved = other.vectors if turned is None else turned @ other.vectors
    return comparison(*layers, **options).through(one.vectors.T @ moved)


def haar(d, rng):
    return np.linalg.qr(rng.standard_normal((d, d)))[0]


@pytest.mark.parametrize("gamma", [0.1, 1.25, 5.0])
def test_shrinkage_turns_the_eigenvalue_of_a_spike_back_into_the_spike(gamma):
    """A planted variance of 1 + s shows as (1 + s)(1 + gamma / s) in a large sample."""
    spikes = np.array([50.0, 5.0, 1.01 * np.sqrt(gamma)])
    shown = (1 + spikes) * (1 + gamma / spikes)
    assert shrunk(shown, gamma) == pytest.approx(spikes)
    assert shrunk(np.array([edge(gamma), 0.9 * edge(gamma)]), gamma).tolist() == [0, 0]
    just = shrunk(np.array([edge(gamma) * (1 + 1e-12)]), gamma)
    assert just == pytest.approx(np.sqrt(gamma), rel=1e-4)


def test_effective_rank_by_hand():
    assert effective_rank(np.array([3.0])) == 1
    assert effective_rank(np.array([2.0, 2.0, 2.0])) == 2
    assert effective_rank(np.array([3.0, 1.0])) == 1.25
    assert np.isnan(effective_rank(np.empty(0)))
    assert effective_rank(TRUE) == pytest.approx(8.239, abs=1e-3)


@pytest.mark.parametrize(
    ("d", "n", "similar", "rank"),
    [(320, 256, 0.94, 7.1), (640, 128, 0.85, 6.4), (160, 32, 0.72, 4.8), (960, 96, 0.78, 5.9)],
)
def test_the_reference_equals_an_independent_simulation(d, n, similar, rank):
    """Figures of a simulation written apart from this program, with the published formulas."""
    found = reference(TRUE, n, d, seed=1, draws=20)
    assert found.rank == pytest.approx(8.2, abs=0.05)
    assert found.similarities.mean() == pytest.approx(similar, abs=0.02)
    assert found.ranks.mean() == pytest.approx(rank, abs=0.25)


@pytest.mark.parametrize(("n", "d"), [(288, 16), (576, 48), (864, 64)])
def test_planted_samples_of_a_faint_layer_have_no_scale_and_never_a_wild_one(n, d):
    """Divided by one draw's levels, S of two samples was as low as -8."""
    found = [reference(np.array([0.4]), n, d, seed=seed, draws=10) for seed in range(12)]
    refused = [one for one in found if one.reason]
    assert len(refused) >= 9 and all(one.reason == FAINT for one in refused)
    assert all(np.isnan(one.similarities).all() for one in refused)
    assert all(0 < one.similarities.mean() < 1.1 for one in found if not one.reason)
    strong = reference(np.array([3.0]), n, d, seed=0, draws=10)
    assert not strong.reason and strong.similarities.mean() == pytest.approx(0.97, abs=0.05)


def test_the_cosine_of_factors_is_that_of_matrix_roots():
    rng = np.random.default_rng(0)
    f, g = rng.standard_normal((12, 3)), rng.standard_normal((12, 5))
    roots = [np.real(scipy.linalg.sqrtm(a @ a.T)) for a in (f, g)]
    nuclear = np.linalg.svd(roots[0] @ roots[1], compute_uv=False).sum()
    expected = nuclear / np.sqrt(np.trace(f @ f.T) * np.trace(g @ g.T))
    assert cosine(f, g) == pytest.approx(expected, rel=1e-6)
    assert cosine(3 * f, 0.1 * g) == pytest.approx(cosine(f, g))
    assert cosine(f, 2 * f) == pytest.approx(1.0)


def test_a_fresh_sample_is_near_one_and_a_rotated_one_near_zero():
    fresh, turned = [], []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        one, other = (weight_spectrum(neurons(256, 320, rng), variance=1.0) for _ in range(2))
        away = weight_spectrum(neurons(256, 320, rng, axes=haar(320, rng)), variance=1.0)
        fresh.append(through(one, other, seed=seed, draws=3).value)
        turned.append(through(one, away, seed=seed, draws=3).value)
    assert np.mean(fresh) == pytest.approx(0.94, abs=0.02)
    assert np.mean(turned) == pytest.approx(0.0, abs=0.05)


def test_an_alignment_of_the_inputs_is_followed():
    rng = np.random.default_rng(0)
    w = neurons(128, 160, rng)
    axes = haar(160, rng)
    one, other = weight_spectrum(w, variance=1.0), weight_spectrum(w @ axes.T, variance=1.0)
    raw, aligned = through(one, other, draws=4), through(one, other, axes.T, draws=4)
    assert aligned.cosine == pytest.approx(1.0) and raw.cosine < 0.5
    assert aligned.low <= aligned.value <= aligned.high


@pytest.mark.parametrize(("n", "d"), [(576, 64), (96, 960)])
def test_ranges_cover_0_of_random_alignments_and_no_layer_is_named_by_chance(n, d):
    """Of quantiles of both orders' mean, as if they were independent, .70 to .75 did."""
    rng, values = np.random.default_rng(1), 20 * np.exp(-np.arange(6) / 3)

    def turned(compared):
        return compared.through(np.linalg.qr(rng.standard_normal((d, 6)))[0][:6])

    covered, named = [], []
    for seed in range(40):
        layers = Learned(values, n, d), Learned(0.9 * values, n, d)
        compared = comparison(*layers, seed=seed)
        found = [turned(compared) for _ in range(5)]
        covered += [one.low <= 0 <= one.high for one in found]
        null = np.array([[turned(compared).value for _ in range(5)] for _ in found])
        s = np.array([[one.value, one.low] for one in found])
        named.append(beyond(s[:, 0], s[:, 1], null.max(axis=1)).any())
    assert 0.9 <= np.mean(covered) <= 0.99
    assert np.mean(named) <= 0.05
    assert beyond(np.array([0.5, 0.2]), np.array([0.3, 0.1]), np.array([0.1, 0.2])).tolist() == [
        True,
        False,
    ]


def test_scale_and_the_order_of_inputs_change_nothing():
    rng = np.random.default_rng(3)
    one, other = neurons(96, 120, rng), neurons(96, 120, rng)
    order = rng.permutation(120)
    plain = through(weight_spectrum(one), weight_spectrum(other), draws=4)
    moved = through(
        weight_spectrum(7 * one[:, order]), weight_spectrum(0.1 * other[:, order]), draws=4
    )
    assert moved.value == pytest.approx(plain.value, abs=1e-6)


def test_noise_alone_has_no_similarity_to_speak_of():
    rng = np.random.default_rng(5)
    one, other = (weight_spectrum(rng.standard_normal((128, 256)), variance=1.0) for _ in range(2))
    if len(one.learned) and len(other.learned):
        assert through(one, other, draws=4).value < 0.3
    else:
        assert np.isnan(through(one, other, draws=4).value)
    assert len(one.learned) <= 2


def test_levels_do_not_depend_on_the_axes():
    rng = np.random.default_rng(0)
    w = neurons(64, 80, rng)
    spectra = [weight_spectrum(v, variance=1.0) for v in (w, w @ haar(80, rng).T)]
    plain, turned = (levels(s.learned, s.neurons, s.inputs, seed=2, draws=3) for s in spectra)
    assert turned.rotated == pytest.approx(plain.rotated)
    assert turned.resampled == pytest.approx(plain.resampled)


#: Inputs and neurons of layers of the bundled networks, plain, factorised and of transformers;
#: `benchmarks/results/estimator.json` holds all of them.
SIZES = [(48, 432), (64, 576), (160, 32), (320, 48), (480, 64), (640, 96), (96, 96), (1280, 128)]


def test_s_and_rank_are_what_an_independent_simulation_of_the_formulas_gives():
    """Within two standard errors, of which one comparison in twenty lies outside by chance."""
    away = np.abs([measure(d, n, 12, seed=0).away for d, n in SIZES]).ravel()
    assert np.count_nonzero(away > 2) <= 2 and away.max() < 3, away


def test_the_simulated_formulas_refuse_s_where_the_page_does(monkeypatch):
    """One eigenvalue near the edge: its samples show nothing at times, and S has no scale."""
    monkeypatch.setattr(estimator, "PLANTED", 1)
    monkeypatch.setattr(estimator.np, "exp", lambda x: 0 * x + 0.1)  # 1.2, just above the edge
    found = measure(64, 64, 3, seed=0)
    assert found.faint == (3, 3) and np.isnan(found.similarity[0])
    assert np.isnan(found.away[0]) and np.isfinite(found.rank[0])


def test_every_size_of_the_bundled_networks_was_simulated_within_two_standard_errors():
    held = json.loads((RESULTS / "estimator.json").read_text())["sizes"]
    rows = [Agreement(**row) for row in held]
    assert {(row.inputs, row.neurons) for row in rows} == set(sizes())
    assert np.abs([row.away for row in rows]).max() < 2


def test_eigenvectors_of_one_eigenvalue_may_turn_in_their_plane():
    rng = np.random.default_rng(4)
    values, axes = np.array([9.0, 5.0, 5.0, 2.0]), haar(60, rng)[:, :4]
    other = haar(60, rng)[:, :3]
    turn = np.eye(4)
    turn[1:3, 1:3] = [[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]]
    layers = Learned(values, 90, 60), Learned(np.array([7.0, 3.0, 1.0]), 90, 60)
    compared = comparison(*layers, draws=4)
    plain, turned = (compared.through((axes @ by).T @ other) for by in (np.eye(4), turn))
    assert turned.value == pytest.approx(plain.value, abs=1e-10)
    apart = np.eye(4)[[0, 3, 2, 1]]  # of two eigenvalues, it matters
    assert abs(compared.through((axes @ apart).T @ other).value - plain.value) > 1e-4


def test_a_layer_of_4096_inputs_takes_seconds():
    """From the cheaper side: eigenvalues, and what is learned of a network of 256 neurons."""
    rng = np.random.default_rng(0)
    w = neurons(256, 4096, rng, learned=200 * np.exp(-np.arange(8) / 3))
    begun = time.process_time()
    spectrum = weight_spectrum(w)
    assert len(spectrum.learned) == pytest.approx(8, abs=2)
    assert channel_eigenvalues(w)[0] == pytest.approx(spectrum.values[0] * spectrum.noise.variance)
    assert time.process_time() - begun < 30
