"""CKA against values worked out by hand, a slow second implementation and its limits."""

import numpy as np
import pytest

from substrate.numerics.metrics import (
    METRICS,
    UndefinedScoreError,
    cka,
    debiased_cka,
    linear_cka,
)


def slow_hsic(k, lam):
    """Unbiased HSIC by its formula, with explicit matrices."""
    n = len(k)
    k, lam, one = k - np.diag(np.diag(k)), lam - np.diag(np.diag(lam)), np.ones(n)
    total = np.trace(k @ lam) + (one @ k @ one) * (one @ lam @ one) / ((n - 1) * (n - 2))
    return (total - 2 / (n - 2) * (one @ k @ lam @ one)) / (n * (n - 3))


def slow_debiased(x, y):
    k, lam = x @ x.T, y @ y.T
    return slow_hsic(k, lam) / np.sqrt(slow_hsic(k, k) * slow_hsic(lam, lam))


def slow_biased(x, y):
    h = np.eye(len(x)) - 1 / len(x)
    k, lam = h @ x @ x.T @ h, h @ y @ y.T @ h
    return np.trace(k @ lam) / np.sqrt(np.trace(k @ k) * np.trace(lam @ lam))


def test_linear_cka_by_hand():
    # Centred, x spans e and y the sum of e and another unit vector: cos² = 1/2.
    x = np.array([[1.0], [-1.0], [0.0], [0.0]])
    y = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    assert linear_cka(x, y) == pytest.approx(0.5)


def test_debiased_cka_by_hand():
    # n = 4: the products are (2)² = 4; row norms (1,1,0,0) and (1,1,1,1); HSIC n(n-3):
    # xy: 4 - 2·4/2 + 2·4/6 = 4/3; xx: 4 - 2·4/2 + 4/6 = 2/3; yy: 16 - 4·4/2 + 16/6 = 32/3.
    x = np.array([[1.0], [-1.0], [0.0], [0.0]])
    y = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    assert debiased_cka(x, y) == pytest.approx((4 / 3) / np.sqrt(2 / 3 * 32 / 3))


@pytest.mark.parametrize(("p", "q"), [(8, 5), (60, 5), (5, 60), (60, 70)])
def test_both_equal_the_formulas_with_explicit_matrices(p, q):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, p))
    y = np.tanh(x[:, :5]) @ rng.normal(size=(5, q)) + rng.normal(size=(40, q))
    assert linear_cka(x, y) == pytest.approx(slow_biased(x, y), rel=1e-12)
    assert debiased_cka(x, y) == pytest.approx(slow_debiased(x, y), rel=1e-10)


@pytest.mark.parametrize("widths", [(6, 9, 4), (300, 310, 290), (300, 5, 400)])
def test_all_pairs_agree_whichever_side_is_multiplied(widths):
    rng = np.random.default_rng(1)
    states = [cka.prepare(rng.normal(size=(290, w))) for w in widths]
    expected = np.array([[cka.product(a, b) for b in states] for a in states])
    np.testing.assert_allclose(cka.all_products(states, states), expected, rtol=1e-12)
    np.testing.assert_allclose(cka._gram_products(states), expected, rtol=1e-12)
    np.testing.assert_allclose(cka._feature_products(states, states), expected, rtol=1e-12)


@pytest.mark.parametrize("offset", [0.0, 100.0])
def test_single_precision_is_within_1e_5(offset):
    rng = np.random.default_rng(2)
    shared = rng.normal(size=(300, 40))
    layers = [shared @ rng.normal(size=(40, 64)) + rng.normal(size=(300, 64)) for _ in range(3)]
    layers = [(layer + offset * layer.std()).astype(np.float32) for layer in layers]
    for key in ("linear_cka", "debiased_cka"):
        metric = METRICS[key]
        double = [metric.prepare(x) for x in layers]
        single = [metric.prepare(x, precision="single") for x in layers]
        difference = metric.compare_all(single, single) - metric.compare_all(double, double)
        assert np.abs(difference).max() < 1e-5


def test_debiased_is_centred_on_zero_for_unrelated_features_and_biased_is_not():
    rng = np.random.default_rng(3)
    pairs = [rng.normal(size=(2, 40, 80)) for _ in range(60)]
    debiased = np.array([debiased_cka(x, y) for x, y in pairs])
    assert abs(debiased.mean()) < 4 * debiased.std() / np.sqrt(60)
    assert min(linear_cka(x, y) for x, y in pairs) > 0.5


def test_noise_falling_to_zero_brings_it_to_one():
    rng = np.random.default_rng(5)
    x, noise = rng.normal(size=(2, 50, 6))
    gaps = [1 - debiased_cka(x, x + level * noise) for level in (1, 0.1, 0.01)]
    assert gaps[0] > 10 * gaps[1] > 100 * gaps[2] > 0


def test_too_few_samples_for_the_width_is_said():
    x = np.vstack([np.eye(5), np.zeros(5)])
    with pytest.raises(UndefinedScoreError, match="too few samples"):
        debiased_cka(x, x)


def test_it_agrees_with_the_published_implementation_where_that_is_sound():
    torch = pytest.importorskip("torch")
    hsic = pytest.importorskip("cka.hsic")
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(2, 30, 8))
    y = y + x
    xy, xx, yy = hsic.hsic(*(torch.tensor(a @ a.T)[None] for a in (x, y)))
    assert debiased_cka(x, y) == pytest.approx(float(xy / (xx * yy).sqrt()), rel=1e-9)
