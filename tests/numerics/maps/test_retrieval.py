"""Finding partners and telling classes apart: by hand, by chance, and by ties."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from substrate.numerics.maps.retrieval import (
    RetrievalError,
    equal_error,
    hits,
    similarities,
    verification,
)

#: Five samples of four groups: rows are queries, columns candidates.
SCORES = np.array(
    [
        [0.9, 0.8, 0.1, 0.2, 0.3],  # found at once
        [0.7, 0.5, 0.1, 0.6, 0.2],  # 0 is of its own group and does not count; 3 is nearer
        [0.4, 0.4, 0.4, 0.1, 0.0],  # as good as 0 and 1
        [0.9, 0.8, 0.7, 0.1, 0.6],  # last
        [0.1, 0.2, 0.3, 0.5, 0.4],  # second
    ]
)
GROUPS = np.array(["a", "a", "b", "c", "d"])


def test_five_points_by_hand():
    found, chance = hits(SCORES, GROUPS, 1)
    np.testing.assert_allclose(found, [1, 0, 1 / 3, 0, 0])
    np.testing.assert_allclose(chance, [1 / 4, 1 / 4, 1 / 5, 1 / 5, 1 / 5])
    found, chance = hits(SCORES, GROUPS, 2)
    np.testing.assert_allclose(found, [1, 1, 2 / 3, 0, 1])
    np.testing.assert_allclose(chance, [2 / 4, 2 / 4, 2 / 5, 2 / 5, 2 / 5])
    assert hits(SCORES, GROUPS, 5)[0].tolist() == [1] * 5


def test_constant_scores_give_chance_exactly():
    groups = np.repeat(np.arange(6), [1, 2, 3, 1, 4, 2])
    for top in (1, 5):
        found, chance = hits(np.zeros((13, 13)), groups, top)
        np.testing.assert_allclose(found, chance)
    with pytest.raises(RetrievalError, match="1 sample"):
        hits(np.zeros((1, 1)), np.array(["a"]), 1)


def test_cosines_do_not_see_length_and_nothing_is_like_nothing():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    y = np.array([[6.0, 8.0], [-4.0, 3.0]])
    np.testing.assert_allclose(similarities(x, y), [[1, 0], [0, 0]], atol=1e-15)
    np.testing.assert_allclose(similarities(7 * x, y), similarities(x, y), atol=1e-15)


def test_verification_by_hand_on_five_points():
    labels = np.array([0, 0, 0, 1, 1])
    result = verification(SCORES, labels, GROUPS)
    # pairs of other groups, both ways; a with a (0-1, 1-0) is left out
    same = [SCORES[i, j] for i, j in ((0, 2), (1, 2), (2, 0), (2, 1), (3, 4), (4, 3))]
    different = [SCORES[i, j] for i in range(5) for j in range(5) if labels[i] != labels[j]]
    assert (result.same, result.different) == (6, 12)
    truth = [1] * 6 + [0] * 12
    area = np.trapezoid(result.accepted, result.false_accepted)
    assert area == pytest.approx(roc_auc_score(truth, same + different))
    # the threshold .4 accepts same .4 .4 .6 .5 and different .6 .9 .8 .7: errors 2/6 and 4/12
    assert result.equal_error == pytest.approx(1 / 3)


def test_the_equal_error_lies_between_two_points_of_the_curve():
    assert equal_error(np.array([0, 0, 0.5, 1]), np.array([0, 0.5, 0.75, 1])) == pytest.approx(
        1 / 3
    )  # from (0, .5) to (.5, .75): fa = 1 - acc at fa = 1/3
    assert equal_error(np.array([0, 0, 1.0]), np.array([0, 1.0, 1.0])) == 0
    assert equal_error(np.array([0, 1.0, 1.0]), np.array([0, 0.0, 1.0])) == 1


def test_similarity_of_planted_classes_is_told_apart_and_noise_is_not():
    rng = np.random.default_rng(0)
    labels, groups = np.repeat([0, 1], 60), np.arange(120)
    centres = np.array([[3.0, 0], [0, 3.0]])
    planted = centres[labels] + rng.normal(size=(120, 2))
    assert verification(similarities(planted, planted), labels, groups).equal_error < 0.2
    noise = rng.normal(size=(120, 2))
    found = verification(similarities(noise, noise), labels, groups).equal_error
    assert found == pytest.approx(0.5, abs=0.05)
    with pytest.raises(RetrievalError, match="one class and of two"):
        verification(similarities(noise, noise), np.zeros(120), groups)
