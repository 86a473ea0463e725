"""Every metric is held to what it declares; a new one is tested by being registered."""

import numpy as np
import pytest
from scipy.stats import ortho_group

from substrate.numerics.metrics import (
    METRICS,
    FeaturesError,
    Invariance,
    UndefinedScoreError,
    score,
)
from tests.support.refusals import refused

N, P = 72, 20

TRANSFORMS = {
    Invariance.TRANSLATION: lambda y, rng: y + rng.normal(size=P),
    Invariance.SCALING: lambda y, rng: 1e-3 * y,
    Invariance.UNIT_SCALING: lambda y, rng: y * rng.uniform(0.3, 3, size=P),
    Invariance.SIGN: lambda y, rng: y * rng.permutation([1.0, -1.0] * (P // 2)),
    Invariance.PERMUTATION: lambda y, rng: y[:, rng.permutation(P)],
    Invariance.ORTHOGONAL: lambda y, rng: y @ ortho_group.rvs(P, random_state=rng),
    Invariance.LINEAR: lambda y, rng: y @ rng.normal(size=(P, P)),
}

each_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
each_invariance = pytest.mark.parametrize("invariance", Invariance, ids=lambda i: i.name.lower())
scalar = pytest.mark.parametrize(
    "metric",
    [m for m in METRICS.values() if m.output == "scalar"],
    ids=[m.key for m in METRICS.values() if m.output == "scalar"],
)
paired = pytest.mark.parametrize(
    "metric",
    [m for m in METRICS.values() if m.needs_pairing],
    ids=[m.key for m in METRICS.values() if m.needs_pairing],
)


@pytest.fixture
def rng():
    return np.random.default_rng(4)


@pytest.fixture
def pair(rng):
    x = rng.normal(size=(N, P)) * np.geomspace(4, 0.5, P) + 0.3 * rng.normal(size=P)
    y = x @ (np.eye(P) + 0.2 * rng.normal(size=(P, P))) + 0.7 * rng.normal(size=(N, P))
    return x, y


def test_registry_keys_are_the_metrics_own():
    assert all(key == metric.key for key, metric in METRICS.items())


@each_metric
@each_invariance
def test_declared_invariances_of_the_second_side_are_the_true_ones(metric, invariance, pair, rng):
    x, y = pair
    before, after = metric.score(x, y), metric.score(x, TRANSFORMS[invariance](y, rng))
    assert np.allclose(before, after, rtol=1e-7, atol=1e-9) == (invariance in metric.invariances)


@each_metric
@each_invariance
def test_declared_invariances_of_the_first_side_are_the_true_ones(metric, invariance, pair, rng):
    x, y = pair
    declared = metric.first_invariances or metric.invariances
    before, after = metric.score(x, y), metric.score(TRANSFORMS[invariance](x, rng), y)
    assert np.allclose(before, after, rtol=1e-7, atol=1e-9) == (invariance in declared)


@each_metric
def test_declared_symmetry_is_the_true_one(metric, pair):
    x, y = pair
    there, back = metric.score(x, y), metric.score(y, x)
    back = back.T if metric.output == "matrix" else back
    assert np.allclose(there, back, rtol=1e-9, atol=1e-12) == metric.symmetric


@scalar
def test_identical_representations_score_what_is_declared(metric, pair):
    x, _ = pair
    value = metric.score(x, x.copy())
    if metric.identical is None:
        assert metric.identical_note
    else:
        assert value == pytest.approx(metric.identical, abs=1e-7)


@scalar
def test_closer_points_the_right_way(metric, pair, rng):
    x, y = pair
    unrelated = y[rng.permutation(N)] if metric.needs_pairing else y * rng.uniform(0.1, 4, P)
    sign = 1 if metric.closer == "higher" else -1
    assert sign * metric.score(x, x + 0.01 * y) > sign * metric.score(x, unrelated)


@pytest.mark.parametrize(
    "metric", [m for m in METRICS.values() if m.is_metric], ids=lambda m: m.key
)
def test_metrics_obey_the_triangle_inequality(metric, rng):
    for _ in range(5):
        x, y, z = (rng.normal(size=(12, 4)) for _ in range(3))
        assert metric.score(x, z) <= metric.score(x, y) + metric.score(y, z) + 1e-12


@each_metric
def test_taking_a_permutation_equals_preparing_it(metric, pair, rng):
    x, y = pair
    rows = rng.permutation(N)
    taken = metric.compare(metric.prepare(x), metric.take_rows(metric.prepare(y), rows))
    assert taken == pytest.approx(metric.score(x, y[rows]), rel=1e-9, abs=1e-9)


@each_metric
@pytest.mark.parametrize("width", [P, 2 * N], ids=["n>p", "n<p"])
def test_taking_a_subset_equals_preparing_it(metric, width, rng):
    x, y = rng.normal(size=(2, N, width)) * np.geomspace(3, 0.3, width) + 2
    rows = np.sort(rng.choice(N, 50, replace=False))
    if metric.key == "pwcca" and width > N:
        with refused(UndefinedScoreError, "not identified"):
            metric.score(x[rows], y[rows])
        return
    taken = metric.compare(
        metric.take_rows(metric.prepare(x), rows), metric.take_rows(metric.prepare(y), rows)
    )
    assert taken == pytest.approx(metric.score(x[rows], y[rows]), rel=1e-9, abs=1e-9)


@paired
def test_permuted_comparisons_equal_single_ones(metric, pair, rng):
    x, y = pair
    permutations = np.stack([np.arange(N), *(rng.permutation(N) for _ in range(3))])
    together = metric.compare_permuted(metric.prepare(x), metric.prepare(y), permutations)
    single = [metric.score(x, y[rows]) for rows in permutations]
    np.testing.assert_allclose(together, single, rtol=1e-9, atol=1e-9)


@paired
def test_orders_that_repeat_rows_equal_preparing_them(metric, pair, rng):
    x, y = pair
    orders = rng.integers(0, N, size=(2, N))
    together = metric.compare_permuted(metric.prepare(x), metric.prepare(y), orders)
    single = [metric.score(x, y[rows]) for rows in orders]
    np.testing.assert_allclose(together, single, rtol=1e-7, atol=1e-9)


@paired
def test_permuted_comparisons_with_more_units_than_samples(metric, rng):
    x, y = rng.normal(size=(N, 90)), rng.normal(size=(N, P))
    if metric.key == "pwcca":
        pytest.skip("not identified with more units than samples, which is tested on its own")
    permutations = np.stack([rng.permutation(N) for _ in range(2)])
    for a, b in ((x, y), (y, x)):
        together = metric.compare_permuted(metric.prepare(a), metric.prepare(b), permutations)
        single = [metric.score(a, b[rows]) for rows in permutations]
        np.testing.assert_allclose(together, single, rtol=1e-9, atol=1e-9)


@scalar
def test_all_pairs_equal_single_comparisons(metric, pair, rng):
    x, y = pair
    states = [metric.prepare(a) for a in (x, y, rng.normal(size=(N, P)))]
    expected = [[metric.compare(a, b) for b in states] for a in states]
    np.testing.assert_allclose(metric.compare_all(states, states), expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        metric.compare_all(states[:1], states[1:]), [expected[0][1:]], rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("offset", [1e4, -1e4])
@pytest.mark.parametrize(
    "metric",
    [m for m in METRICS.values() if Invariance.TRANSLATION in m.invariances],
    ids=lambda m: m.key,
)
def test_an_offset_changes_nothing_where_translation_does_not(metric, offset, pair):
    x, y = pair
    shifted = metric.score(x + offset, y + offset)
    assert shifted == pytest.approx(metric.score(x, y), abs=1e-9, rel=1e-9)


@pytest.mark.parametrize("key", ["rsa_correlation_spearman", "rsa_correlation_pearson"])
def test_an_offset_common_to_all_units_changes_no_pattern_correlation(key, pair):
    x, y = pair
    assert score(key, x + 1e4, y + 1e4) == pytest.approx(score(key, x, y), rel=1e-9)


@pytest.mark.parametrize("key", ["mutual_knn", "jaccard_knn", "cknna"])
def test_an_offset_makes_cosines_alike_but_keeps_their_digits(key, pair):
    # With cosines within 1e-7 of one, they still follow 1 - d²/2 of the extended-precision rays.
    x, y = (a.astype(np.longdouble) + 1e4 for a in pair)
    rays = [a / np.sqrt((a * a).sum(axis=1, keepdims=True)) for a in (x, y)]
    rays = [(a - a.mean(axis=0)).astype(np.float64) for a in rays]
    gaps = [((a[:, None] - a) ** 2).sum(axis=2) for a in rays]
    near = [np.argsort(g + np.diag(np.full(N, 9.0)), axis=1)[:, :10] for g in gaps]
    shared = np.array([len(set(a) & set(b)) for a, b in zip(*near, strict=True)])
    expected = {"mutual_knn": shared.mean() / 10, "jaccard_knn": (shared / (20 - shared)).mean()}
    value = score(key, *(a + 1e4 for a in pair))
    assert np.isfinite(value) if key == "cknna" else value == pytest.approx(expected[key])


@each_metric
def test_float32_features_score_as_their_float64_values(metric, pair):
    x, y = (a.astype(np.float32) for a in pair)
    expected = metric.score(x.astype(np.float64), y.astype(np.float64))
    assert metric.score(x, y) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@each_metric
def test_inputs_are_left_as_they_were(metric, pair):
    x, y = pair
    kept = x.copy(), y.copy()
    metric.score(x, y)
    np.testing.assert_array_equal((x, y), kept)


@each_metric
def test_more_units_than_samples_gives_a_finite_value(metric, rng):
    x, y = rng.normal(size=(2, 30, 90))
    if metric.key == "pwcca":
        with refused(UndefinedScoreError, "not identified"):
            metric.score(x, y)
        return
    assert np.isfinite(metric.score(x, y)).all()


@scalar
def test_declared_bounds_hold(metric, rng):
    """Over unlike shapes, tails and offsets; identical features lie at one of the bounds."""
    low, high = metric.bounds
    for trial in range(40):
        n, p = int(rng.integers(5, 40)), int(rng.integers(2, 12))
        x, y = rng.standard_t(3, size=(2, n, p)) * rng.lognormal(size=p) + trial % 3
        for pair in ((x, y), (x, -y), (x, x**3)):
            try:
                value = metric.score(*pair)
            except UndefinedScoreError:
                continue
            assert low - 1e-9 <= value <= high + 1e-9
    assert metric.identical in (low, high, None)
    assert metric.value_range.startswith(("[", "("))


@pytest.mark.parametrize("key", ["mean_cca", "r2_cca", "svcca"])
def test_correlations_that_are_one_by_necessity_are_counted(key, rng):
    metric = METRICS[key]
    x, y = rng.normal(size=(20, 12)), rng.normal(size=(20, 10))
    a, b = metric.prepare(x), metric.prepare(y)
    found = np.linalg.svd(a.basis.T @ b.basis, compute_uv=False)
    count = np.count_nonzero(found > 1 - 1e-9)
    assert count == (2 if key == "svcca" else 3)  # 99 % of the variance lie in 11 of 12
    said = f"{count} of 10 canonical correlations are 1 for any features"
    assert metric.caveat(a, b).startswith(said)
    assert metric.caveat(metric.prepare(x[:, :9]), b) == ""


def test_the_weights_of_pwcca_are_arbitrary_where_it_is_refused(rng):
    """Turning the tied variates changes what the weighted mean would be."""
    x, y = rng.normal(size=(20, 12)), rng.normal(size=(20, 10))
    metric = METRICS["pwcca"]
    a, b = metric.prepare(x), metric.prepare(y)
    with refused(UndefinedScoreError, "3 of 10 canonical correlations are 1 for any features"):
        metric.compare(a, b)
    u, s, _ = np.linalg.svd(a.basis.T @ b.basis, full_matrices=False)
    turned = u.copy()
    turned[:, :3] = u[:, :3] @ ortho_group.rvs(3, random_state=rng)
    weights = [np.abs(side.T @ a.coordinates).sum(axis=1) for side in (u, turned)]
    means = [w @ s / w.sum() for w in weights]
    assert abs(means[0] - means[1]) > 1e-3
    assert np.isfinite(metric.score(x[:, :9], y))


@each_metric
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.full((20, 3), np.nan), "hold nan at sample 0, unit 0"),
        (np.where(np.arange(60).reshape(20, 3) == 7, np.inf, 1.0), "hold inf at sample 2, unit 1"),
        (np.where(np.arange(60).reshape(20, 3) % 2, np.inf, -np.inf), "hold -inf at sample 0"),
        (np.ones((3, 3)), "at least 4 samples"),
        (np.ones((20, 3, 2)), r"expected \(samples, units\)"),
        (np.ones((20, 3), dtype=complex), "expected real numbers"),
    ],
    ids=["nan", "inf", "both", "n=3", "3-d", "complex"],
)
def test_unsound_features_are_refused(metric, bad, message):
    with refused(FeaturesError, message):
        metric.prepare(bad)


@each_metric
def test_features_without_variance_are_refused(metric, rng):
    varied = rng.normal(size=(20, 3))
    with pytest.raises(UndefinedScoreError, match=r"constant|alike"):
        metric.score(np.full((20, 3), 5.3), varied)


@each_metric
def test_every_declaration_is_filled_in(metric):
    for text in (metric.label, metric.definition, metric.reference, metric.value_range):
        assert text
    assert metric.undersampled
    assert metric.misleads
    assert (metric.from_moments is None) == bool(metric.needs_samples)


def test_unknown_keys_and_unequal_samples_are_refused(pair):
    x, y = pair
    with pytest.raises(KeyError, match="There are: linear_cka"):
        score("cka", x, y)
    with refused(FeaturesError, "72 and 70 samples"):
        score("linear_cka", x, y[:70])
