"""Principal directions and spectra: second implementations, laws, limits and refusals."""

import numpy as np
import pytest

from substrate.numerics import spectra


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture(params=[(60, 20), (20, 60)], ids=["tall", "wide"])
def x(request, rng):
    n, p = request.param
    return rng.normal(size=(n, p)) * np.linspace(3.0, 0.3, p) + rng.normal(size=p)


def test_directions_agree_with_the_singular_value_decomposition(x):
    found = spectra.principal_directions(x, 5)
    _, s, vt = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    assert np.allclose(np.abs(np.sum(found.vectors * vt[:5].T, axis=0)), 1, atol=1e-10)
    assert np.allclose(found.variances, s[:5] ** 2 / (len(x) - 1))
    assert np.allclose(found.vectors.T @ found.vectors, np.eye(5), atol=1e-10)
    assert np.isclose(found.participation_ratio, np.sum(s**2) ** 2 / np.sum(s**4))


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_shares_and_ranks_do_not_depend_on_the_unit_of_the_features(x, unit):
    plain, scaled = (spectra.principal_directions(f * x, 5) for f in (1.0, unit))
    values = np.linalg.eigvalsh(np.cov(x, rowvar=False))[::-1]
    assert np.allclose(plain.shares, values[:5] / values.sum())
    assert np.allclose(scaled.shares, plain.shares)
    assert np.isclose(scaled.participation_ratio, plain.participation_ratio)
    before, after = (spectra.eigenspectrum(f * x) for f in (1.0, unit))
    assert np.allclose(after, unit**2 * before)
    for quantity in (
        spectra.effective_rank,
        spectra.participation_ratio,
        spectra.eigengaps,
        spectra.isolation,
    ):
        assert np.allclose(quantity(after), quantity(before)), quantity.__name__


def test_both_sides_give_the_same_directions(rng):
    x = rng.normal(size=(40, 41))
    wide = spectra.principal_directions(x, 6)
    tall = spectra.directions_of_covariance(np.cov(x, rowvar=False), 6)
    assert np.allclose(wide.vectors, tall.vectors, atol=1e-9)
    assert np.allclose(wide.variances, tall.variances)
    assert np.isclose(wide.total, tall.total)
    assert np.isclose(wide.squares, tall.squares)


def test_directions_survive_a_large_offset_and_float32(x):
    plain = spectra.principal_directions(x, 4).vectors
    assert np.allclose(spectra.principal_directions(x + 1e4, 4).vectors, plain, atol=1e-6)
    single = spectra.principal_directions(x.astype(np.float32), 4).vectors
    assert np.allclose(single, plain, atol=1e-5)


def test_fewer_directions_are_the_leading_ones(x):
    many, few = spectra.principal_directions(x, 8), spectra.principal_directions(x, 3)
    assert np.allclose(many.leading(3).vectors, few.vectors, atol=1e-9)
    assert many.leading(3).total == many.total


def test_more_directions_than_the_features_have_are_refused(rng):
    x = rng.normal(size=(30, 2)) @ rng.normal(size=(2, 10))
    with pytest.raises(spectra.SpectrumError, match="vary along 2 only"):
        spectra.principal_directions(x, 3)
    with pytest.raises(spectra.SpectrumError, match="11 directions"):
        spectra.principal_directions(x, 11)
    with pytest.raises(spectra.SpectrumError, match="vary along 0 only"):
        spectra.principal_directions(np.ones((8, 3)), 1)


def test_ranks_of_a_flat_and_of_a_single_spectrum():
    flat, single = np.ones(7), np.array([2.0, 0.0, 0.0])
    assert np.isclose(spectra.effective_rank(flat), 7)
    assert np.isclose(spectra.participation_ratio(flat), 7)
    assert np.isclose(spectra.effective_rank(single), 1)
    assert np.isclose(spectra.participation_ratio(single), 1)


def test_ranks_worked_by_hand():
    spectrum = np.array([3.0, 1.0])
    assert np.isclose(spectra.participation_ratio(spectrum), 16 / 10)
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert np.isclose(spectra.effective_rank(spectrum), np.exp(entropy))


def test_eigenspectrum_of_both_sides_and_its_length(x):
    n, p = x.shape
    values = spectra.eigenspectrum(x)
    assert values.shape == (min(n - 1, p),)
    assert np.allclose(values, np.linalg.eigvalsh(np.cov(x, rowvar=False))[::-1][: len(values)])


def test_gaps_worked_by_hand():
    spectrum = np.array([4.0, 3.0, 3.0, 1.0])
    assert np.allclose(spectra.eigengaps(spectrum), [1 / 4, 0, 2 / 3])
    assert np.allclose(spectra.isolation(spectrum), [1 / 4, 0, 0])
    assert np.isnan(spectra.eigengaps(np.array([1.0, 0.0, 0.0]))[1])


def test_signs_do_not_depend_on_the_sign_that_came_in(rng):
    vectors = rng.normal(size=(9, 4))
    flipped = vectors * np.array([1, -1, -1, 1])
    assert np.allclose(spectra.fix_signs(vectors), spectra.fix_signs(flipped))
    assert np.allclose(spectra.signs_towards(flipped, vectors), [1, -1, -1, 1])


def test_correlations_agree_with_numpy_and_a_flat_column_has_none(rng):
    x, y = rng.normal(size=(50, 3)), rng.normal(size=(50, 3))
    x[:, 2] = 1.0
    found = spectra.column_correlations(x, y)
    assert np.allclose(found[:2], [np.corrcoef(x[:, i], y[:, i])[0, 1] for i in range(2)])
    assert np.isnan(found[2])


def test_leading_pairs_stand_where_eigenvalues_are_equal_and_the_search_finds_none(monkeypatch):
    copies = np.tile(np.eye(4), (2, 2))  # eigenvalues 2 and 0, four times each
    values, vectors = spectra.leading_eigenpairs(copies, 3)
    np.testing.assert_allclose(values, 2.0)
    np.testing.assert_allclose(copies @ vectors, 2 * vectors, atol=1e-12)
    nothing = (np.empty(0), np.empty((8, 0)))

    def failing(*_, **__):
        raise np.linalg.LinAlgError("Internal Error.")

    for search in (lambda *_, **__: nothing, failing):
        monkeypatch.setattr(spectra.scipy.linalg, "eigh", search)
        values, vectors = spectra.leading_eigenpairs(copies, 3)
        np.testing.assert_allclose(values, 2.0)
        np.testing.assert_allclose(vectors.T @ vectors, np.eye(3), atol=1e-12)
