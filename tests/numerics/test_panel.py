"""The shared subspace: laws, second implementations, limits, and what separates it from nulls."""

import numpy as np
import pytest

from substrate.numerics import panel
from substrate.numerics.metrics.cka import (
    debiased_cka,
    linear_cka,
)
from substrate.numerics.nulls import (
    random_basis,
    row_orders,
)
from substrate.numerics.whitening import (
    standardisation,
    standardised,
)

WIDTHS = (30, 20, 25)


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def encoders(rng, n, mixings, noise=2.0):
    """Features of several encoders of the same latents, each with its own noise."""
    latent = rng.normal(size=(n, mixings[0].shape[0])) * np.linspace(2, 1, mixings[0].shape[0])
    return [latent @ m + noise * rng.normal(size=(n, m.shape[1])) for m in mixings]


@pytest.fixture
def mixings(rng):
    return [rng.normal(size=(5, width)) for width in WIDTHS]


@pytest.fixture
def domains(rng, mixings):
    return [np.hstack(standardised(encoders(rng, n, mixings))) for n in (90, 70, 110)]


@pytest.fixture
def bases(domains):
    return [panel.substrate_basis([x], 12).vectors for x in domains]


def test_the_basis_is_that_of_the_singular_value_decomposition(rng, mixings):
    blocks = standardised(encoders(rng, 60, mixings))
    found = panel.substrate_basis(blocks, 6)
    vt = np.linalg.svd(np.hstack(blocks))[2]
    assert np.allclose(np.abs(np.sum(found.vectors * vt[:6].T, axis=0)), 1, atol=1e-9)
    shares = panel.loading_shares(found.vectors, WIDTHS)
    assert shares.shape == (3, 6)
    assert np.allclose(shares.sum(axis=0), 1)


def test_procrustes_cka_by_hand(domains, bases):
    (x, y, _), (b, c, _) = domains, bases
    first = linear_cka(x @ b, x @ c)
    second = linear_cka(y @ b, y @ c)
    assert np.isclose(panel.procrustes_cka(x, b, y, c), (first + second) / 2)
    assert np.isclose(panel.procrustes_cka(x, b, y, b), 1)
    assert np.isclose(panel.procrustes_cka(x, b, y, c), panel.procrustes_cka(y, c, x, b))


def test_procrustes_cka_ignores_a_rotation_of_either_basis(domains, bases, rng):
    (x, y, _), (b, c, _) = domains, bases
    turned = c @ random_basis(12, 12, rng)
    for debiased in (False, True):
        assert np.isclose(
            panel.procrustes_cka(x, b, y, turned, debiased=debiased),
            panel.procrustes_cka(x, b, y, c, debiased=debiased),
        )


def test_all_pairs_and_all_dimensions_agree_with_one_at_a_time(domains, bases):
    ks = (2, 5, 12)
    found = panel.procrustes_cka_all(domains, bases, ks)
    for c, k in enumerate(ks):
        for i in range(3):
            for j in range(3):
                pair = (domains[i], bases[i][:, :k], domains[j], bases[j][:, :k])
                assert np.isclose(found.biased[c, i, j], panel.procrustes_cka(*pair))
                free = panel.procrustes_cka(*pair, debiased=True)
                assert np.isclose(found.debiased[c, i, j], free)
    assert np.allclose(found.biased[:, range(3), range(3)], 1)


def test_cka_by_dimension_agrees_with_the_metric(rng):
    x, y = (m - m.mean(axis=0) for m in (rng.normal(size=(40, 6)), rng.normal(size=(40, 6))))
    biased, debiased = panel.cka_by_dimension(x, y, (1, 4))
    assert np.allclose(biased, [linear_cka(x[:, :k], y[:, :k]) for k in (1, 4)])
    assert np.allclose(debiased, [debiased_cka(x[:, :k], y[:, :k]) for k in (1, 4)])


def test_debiased_scores_without_a_scale_are_missing_not_wrong():
    x = np.eye(6) - 1 / 6
    assert np.isnan(panel.cka_by_dimension(x, x, (6,))[1, 0])


def test_random_bases_follow_their_law(rng):
    n, d, k = 300, 400, 8
    x = rng.normal(size=(n, d)) * np.linspace(3, 0.1, d)
    x -= x.mean(axis=0)
    values = np.linalg.eigvalsh(x.T @ x)
    expected = panel.random_basis_expectation(k, values.sum() ** 2 / np.sum(values**2))
    found = np.mean(
        [linear_cka(x @ random_basis(d, k, rng), x @ random_basis(d, k, rng)) for _ in range(40)]
    )
    assert np.isclose(found, expected, rtol=0.1)


def test_subspace_distances_at_their_limits_and_between(rng):
    b = random_basis(20, 3, rng)
    turned = b @ random_basis(3, 3, rng)
    assert np.isclose(panel.grassmann_similarity(b, turned), 1)
    apart = np.linalg.qr(rng.normal(size=(20, 6)))[0]
    assert np.isclose(panel.grassmann_similarity(apart[:, :3], apart[:, 3:]), 0, atol=1e-12)
    other = random_basis(20, 3, rng)
    residual = b - other @ (other.T @ b)
    assert np.isclose(1 - panel.grassmann_similarity(b, other), np.square(residual).sum() / 3)


def split(features, rows, whitening="z-score"):
    learnt = [standardisation(x[:rows], whitening) for x in features]
    return tuple(
        [s.apply(part) for s, part in zip(learnt, parts, strict=True)]
        for parts in ([x[:rows] for x in features], [x[rows:] for x in features])
    )


def test_leave_encoder_out_by_hand(rng, mixings):
    fit, test = split(encoders(rng, 120, mixings), 60)
    found = panel.leave_encoder_out(fit, test, 4).correlations
    vt = np.linalg.svd(np.hstack(fit))[2][:4]
    parts = [test[0] @ vt[:, :30].T, test[1] @ vt[:, 30:50].T, test[2] @ vt[:, 50:].T]
    for e in range(3):
        for k in range(4):
            others = sum(parts[j][:, k] for j in range(3) if j != e)
            assert np.isclose(found[e, k], np.corrcoef(parts[e][:, k], others)[0, 1])


def test_leave_encoder_out_separates_what_is_shared_from_what_is_not(rng, mixings):
    features = encoders(rng, 600, mixings)
    shared = panel.leave_encoder_out(*split(features, 300), 5).correlations
    assert shared.min() > 0.5
    orders = row_orders(np.arange(600), 3, 0)
    shuffled = panel.desynchronised(np.hstack(features), WIDTHS, orders)
    apart = np.split(shuffled, np.cumsum(WIDTHS)[:-1], axis=1)
    assert np.abs(panel.leave_encoder_out(*split(apart, 300), 5).correlations).max() < 0.25
    alone = [rng.normal(size=(600, w)) @ rng.normal(size=(w, w)) for w in WIDTHS]
    assert np.abs(panel.leave_encoder_out(*split(alone, 300), 5).correlations).max() < 0.25


def test_leave_encoder_out_is_one_for_one_noiseless_latent_and_does_not_care_for_scale(
    rng, mixings
):
    one = encoders(rng, 400, [m[:1] for m in mixings], noise=1e-3)
    assert panel.leave_encoder_out(*split(one, 200), 1).correlations.min() > 0.999
    noisy = encoders(rng, 400, mixings)
    plain = panel.leave_encoder_out(*split(noisy, 200), 5).correlations
    moved = [x * s + 1e4 for x, s in zip(noisy, (1, 50, 0.01), strict=True)]
    assert np.allclose(
        panel.leave_encoder_out(*split(moved, 200), 5).correlations, plain, atol=1e-6
    )


def test_the_prepared_null_agrees_with_shuffling_the_features(rng, mixings):
    fit, test = split(encoders(rng, 90, mixings), 50)
    orders = row_orders(np.arange(50), 3, 1), row_orders(np.arange(40), 3, 2)
    quick = panel.LeaveEncoderOutNull.of(fit, test).correlations(*orders, 4)
    slow = panel.leave_encoder_out(
        *(
            [x[o] for x, o in zip(part, order, strict=True)]
            for part, order in zip((fit, test), orders, strict=True)
        ),
        4,
    ).correlations
    assert np.allclose(quick, slow)


def test_leave_encoder_out_of_copies_is_one(rng):
    x = rng.normal(size=(80, 12)) * np.linspace(2, 1, 12)
    found = panel.leave_encoder_out(*split([x, x, x[:, ::-1]], 40), 6).correlations
    assert np.allclose(found, 1)


def test_a_copy_is_none_of_the_others(rng, mixings):
    """With recipes, the correlation is that of a panel without the copy on the same basis."""
    fit, test = split(encoders(rng, 90, mixings), 60)
    fit, test = [*fit, fit[0]], [*test, test[0]]
    copied = panel.leave_encoder_out(fit, test, 4)
    recipes = (*map(str, range(len(mixings))), "0")
    found = panel.part_correlations(copied.parts, recipes)
    alone = panel.part_correlations(copied.parts[:-1])
    assert np.allclose(found[0], alone[0]) and np.allclose(found[-1], alone[0])
    assert np.allclose(panel.panel_parts(copied.basis, test, recipes).correlations, found)
    assert (copied.correlations[0] > found[0]).all()


def test_in_a_panel_of_copies_alone_the_copies_are_the_others(rng):
    parts = rng.normal(size=(3, 20, 2))
    found = panel.part_correlations(parts, ("a", "a", "a"))
    assert np.allclose(found, panel.part_correlations(parts))


def test_one_encoder_cannot_be_left_out(rng):
    x = rng.normal(size=(20, 5))
    with pytest.raises(panel.PanelError, match="two encoders"):
        panel.leave_encoder_out([x], [x], 2)


def test_the_ceiling_predicts_what_encoders_of_one_latent_reach(rng):
    one = [rng.normal(size=(1, width)) for width in (40, 50, 60)]
    for noise, reach in ((1e-3, 1e-3), (2.0, 0.03), (6.0, 0.15)):
        fit, test = split(encoders(rng, 1200, one, noise=noise), 600)
        basis = panel.substrate_basis(fit, 1).vectors
        ceiling = panel.split_half_ceiling(test, basis, halvings=8, seed=0)
        reached = panel.leave_encoder_out(fit, test, 1).correlations
        assert np.allclose(ceiling, reached, atol=reach)
        again = panel.split_half_ceiling(test, basis, halvings=8, seed=0)
        assert np.array_equal(ceiling, again)


def test_the_ceiling_is_above_encoders_that_each_know_something_else(rng):
    apart = []
    for width in (40, 50, 60):
        latents = rng.normal(size=(800, 2))
        apart.append(latents @ rng.normal(size=(2, width)) + rng.normal(size=(800, width)))
    fit, test = split(apart, 400)
    basis = panel.substrate_basis(fit, 2).vectors
    ceiling = panel.split_half_ceiling(test, basis, halvings=4, seed=0)
    reached = panel.leave_encoder_out(fit, test, 2).correlations
    assert (ceiling > reached + 0.3).all()


def test_directions_without_agreement_between_units_have_no_ceiling(rng):
    noise = [rng.normal(size=(400, w)) for w in WIDTHS]
    fit, test = split(noise, 200)
    basis = panel.substrate_basis(fit, 12).vectors
    ceiling = panel.split_half_ceiling(test, basis, halvings=4, seed=0)
    assert np.isnan(ceiling).any()


def test_the_shuffled_null_follows_rows_that_repeat():
    """Photographs of unequal size stand in for one another, so that rows may repeat."""
    rng = np.random.default_rng(4)
    fit = [rng.normal(size=(24, 6)), rng.normal(size=(24, 9))]
    test = [rng.normal(size=(20, 6)), rng.normal(size=(20, 9))]
    orders = rng.integers(0, 24, size=(2, 24))
    places = rng.integers(0, 20, size=(2, 20))
    found = panel.LeaveEncoderOutNull.of(fit, test).correlations(orders, places, 4)
    taken_fit = [x[o] for x, o in zip(fit, orders, strict=True)]
    taken_test = [z[o] for z, o in zip(test, places, strict=True)]
    expected = panel.leave_encoder_out(taken_fit, taken_test, 4).correlations
    # The Gram side does not centre the shuffled rows again; neither does the basis here.
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-8)
