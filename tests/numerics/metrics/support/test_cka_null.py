"""The closed-form null against every permutation there is, and against many random ones."""

from itertools import permutations

import numpy as np
import pytest

from substrate.numerics import nulls
from substrate.numerics.metrics import (
    METRICS,
    UndefinedScoreError,
    cka,
)
from substrate.numerics.metrics.support.cka_null import (
    gram_shape,
    permutation_moments,
    u_centred,
)


@pytest.mark.parametrize(("n", "p", "q"), [(6, 2, 3), (7, 3, 1), (7, 9, 2)])
def test_moments_are_those_of_all_permutations(n, p, q):
    rng = np.random.default_rng(n)
    a, b = cka.prepare(rng.normal(size=(n, p))), cka.prepare(rng.gamma(1.0, size=(n, q)))
    every = np.array(list(permutations(range(n))))
    products = cka.permuted_products_of(a, b, every)
    hsic = cka.debias(products, a.norms, b.norms[every])
    shapes = gram_shape(a), gram_shape(b)
    values = hsic / np.sqrt(shapes[0].squares * shapes[1].squares)
    moments = permutation_moments(*shapes)
    assert values.mean() == pytest.approx(moments.mean, abs=1e-12)
    assert values.std() == pytest.approx(moments.standard_deviation, rel=1e-9)
    third = (values**3).mean() / values.std() ** 3
    assert third == pytest.approx(moments.skewness, rel=1e-8, abs=1e-10)


@pytest.mark.parametrize("p", [5, 60])
def test_u_centred_rows_sum_to_zero_and_squares_are_the_debiased_energy(p):
    state = cka.prepare(np.random.default_rng(1).normal(size=(40, p)))
    centred = u_centred(state)
    np.testing.assert_allclose(centred.sum(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(np.diagonal(centred), 0)
    assert np.square(centred).sum() == pytest.approx(state.debiased_energy, rel=1e-10)


def test_fitted_tail_is_near_the_permuted_one():
    rng = np.random.default_rng(2)
    x, y = (rng.normal(size=(200, 30)) * np.geomspace(3, 0.1, 30) for _ in range(2))
    a, b = cka.prepare(x), cka.prepare(y)
    orders = nulls.group_permutations(np.arange(200), 4000, seed=0)
    null = METRICS["debiased_cka"].compare_permuted(a, b, orders)
    moments = permutation_moments(gram_shape(a), gram_shape(b))
    tau = nulls.threshold(null)
    assert moments.threshold() == pytest.approx(tau, rel=0.05)
    assert moments.p(tau) == pytest.approx(0.05, abs=0.01)


def test_too_few_samples_are_refused():
    with pytest.raises(UndefinedScoreError, match="at least 6"):
        gram_shape(cka.prepare(np.random.default_rng(3).normal(size=(5, 2))))
