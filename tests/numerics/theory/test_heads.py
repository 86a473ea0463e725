"""Heads on features: Gaussian features give what the theory says, groups are never learned."""

import numpy as np
import pytest

from substrate.numerics.theory.heads import HeadFold, explained_share, head_pairs, relabelled
from substrate.numerics.theory.linear_students import (
    StudentSetting,
    TheoryError,
    expected_alignment,
)
from substrate.numerics.theory.subset_students import expected_apart, expected_with_misfit

D, CLASSES = 12, 4


def planted(n=2400, noise=1.0, seed=0):
    """Gaussian features and classes, the largest of linear functions of them with noise."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, D))
    y = x @ rng.standard_normal((D, CLASSES)) / np.sqrt(D) + noise * rng.standard_normal(
        (n, CLASSES)
    )
    return x, y.argmax(axis=1)


@pytest.fixture(scope="module")
def world():
    x, classes = planted()
    held = np.arange(0, len(x), 5)
    return HeadFold.of(x, held, D), classes


def measured(world, samples, share, *, apart=False, draws=60):
    fold, classes = world
    found = head_pairs(
        fold,
        classes,
        samples,
        share,
        apart=apart,
        draws=draws,
        rng=np.random.default_rng(1),
    )
    return found.alignment(np.arange(len(fold.test))), found.wrong.mean()


def test_axes_have_equal_variance_and_held_out_rows_take_no_part(world):
    fold, _ = world
    np.testing.assert_allclose(fold.fitted.std(axis=0), 1, atol=1e-6)
    assert not set(fold.train) & set(fold.test)
    np.testing.assert_allclose(fold.tested.std(axis=0), 1, atol=0.1)


@pytest.mark.parametrize("samples", [6, 24, 48, 120])
@pytest.mark.parametrize("share", [0.5, 0.8])
def test_noisy_labels_of_gaussian_features_follow_the_theory(world, samples, share):
    explained = explained_share([world[0]], world[1])
    kept = (1 - share) ** 2
    at = StudentSetting(samples=samples, dimension=D, snr=kept * explained / (1 - kept))
    expected = expected_with_misfit(at, (1 - explained) / explained)
    found, _ = measured(world, samples, share)
    assert found == pytest.approx(expected, abs=0.08)


@pytest.mark.parametrize("samples", [6, 24, 48, 120])
def test_samples_of_their_own_follow_the_theory(world, samples):
    explained = explained_share([world[0]], world[1])
    at = StudentSetting(samples=samples, dimension=D, snr=explained / (1 - explained))
    found, _ = measured(world, samples, 0.0, apart=True)
    assert found == pytest.approx(expected_apart(at), abs=0.08)


def test_samples_of_their_own_agree_less_and_more_labels_teach_more(world):
    same, errs = measured(world, 60, 0.0)
    apart, _ = measured(world, 60, 0.0, apart=True)
    assert same == pytest.approx(1) and apart < 0.95
    assert measured(world, 800, 0.0)[1] < errs < 1 - 1 / CLASSES


def test_the_explained_share_is_that_of_new_samples(world):
    x, classes = planted(n=60_000, seed=0)
    y = np.eye(CLASSES)[classes] - np.eye(CLASSES)[classes].mean(axis=0)
    truth = np.square(x @ np.linalg.lstsq(x, y, rcond=None)[0]).sum() / np.square(y).sum()
    assert explained_share([world[0]], world[1]) == pytest.approx(truth, abs=0.06)


def test_labels_are_drawn_anew_from_all_of_them():
    classes = np.repeat([0, 1], [3000, 1000])
    found = relabelled(classes, 0.4, np.random.default_rng(0))
    assert (found != classes).mean() == pytest.approx(0.4 * 2 * 0.75 * 0.25, abs=0.02)
    np.testing.assert_array_equal(relabelled(classes, 0.0, np.random.default_rng(0)), classes)


def test_the_theory_with_a_misfit_lies_between_none_and_all_shared():
    at = StudentSetting(samples=40, dimension=20, snr=2.0)
    assert expected_with_misfit(at, 0.0) == pytest.approx(expected_alignment(at))
    assert expected_with_misfit(at, 1e6) == pytest.approx(1, abs=1e-4)
    threshold = StudentSetting(samples=20, dimension=20, snr=2.0)
    assert expected_with_misfit(threshold, 0.5) == pytest.approx(0.5)
    assert expected_apart(StudentSetting(samples=5, dimension=20, snr=1e12)) == pytest.approx(0.25)
    with pytest.raises(TheoryError, match="misfit"):
        expected_with_misfit(at, -1.0)


def test_features_of_too_few_directions_are_refused():
    x = np.repeat(np.random.default_rng(0).standard_normal((40, 3)), 2, axis=1)
    with pytest.raises(TheoryError, match="3 directions, and 5"):
        HeadFold.of(x, np.arange(8), 5)
