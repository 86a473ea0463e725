"""The domain detector: what a naive split hides, domains set apart, images from elsewhere."""

import numpy as np
import pytest

from substrate.domains.splits import blocks
from substrate.numerics.detector import (
    NONE,
    DetectorError,
    evaluate,
    evaluate_held_out,
    evaluate_within,
    fit_detector,
    pooled_basis,
    sweep,
)
from substrate.numerics.imagestats import battery
from tests.support.domains import load_domain
from tests.support.refusals import refused


def domains_apart(seed=0, photographs=12, tiles=6, kinds=3, apart=1.5, d=20):
    """Domains with means of their own, photographs that vary around them."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(kinds * photographs), tiles)
    kind = groups % kinds
    x = (
        apart * rng.normal(size=(kinds, d))[kind]
        + 0.5 * rng.normal(size=(kinds * photographs, d))[groups]
        + 0.5 * rng.normal(size=(len(groups), d))
    )
    return [x[:, :12], x[:, 12:]], np.array(["sky", "text", "skin"])[kind], groups.astype(str)


def photographs_alone(seed=0, photographs=12, tiles=8, d=24):
    """Photographs that differ, in domains that do not."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(2 * photographs), tiles)
    looks = 6 * rng.normal(size=(2 * photographs, d))
    x = looks[groups] + 0.2 * rng.normal(size=(len(groups), d))
    return [x], np.array(["a", "b"])[groups % 2], groups


def test_domains_that_differ_are_told_apart_on_new_photographs():
    found = evaluate(*domains_apart(), components=8, seed=0)
    accuracy = found.by_photograph
    assert accuracy.overall.value > 0.95 and accuracy.overall.low is not None
    assert accuracy.classes == ("skin", "sky", "text") and found.apart == ()
    assert accuracy.confusion.sum() == 216 and len(found.decided) == 216
    assert len(found.strengths) == 5


def test_a_naive_split_is_perfect_where_a_grouped_one_is_at_chance():
    found = evaluate(*photographs_alone(), components=16, seed=0)
    assert found.naive.overall.value > 0.99
    assert found.by_photograph.overall.low < 0.5 < found.by_photograph.overall.high
    assert found.naive.overall.low is None  # the naive figure gets no interval


def test_domains_of_few_photographs_are_set_apart():
    blocks_, domains, groups = domains_apart()
    few = (domains != "skin") | np.isin(groups, ["2", "5"])
    found = evaluate([x[few] for x in blocks_], domains[few], groups[few], components=6, seed=0)
    assert found.apart == ("skin",) and found.by_photograph.classes == ("sky", "text")
    assert (domains[few][found.rows] != "skin").all()


def test_a_sweep_is_the_same_as_one_by_one():
    data = domains_apart(apart=0.5)
    together = sweep(*data, components=[2, 8], seed=3)
    alone = evaluate(*data, components=2, seed=3)
    assert [e.components for e in together] == [2, 8]
    assert np.array_equal(together[0].decided, alone.decided)
    assert together[1].by_photograph.overall.value > together[0].by_photograph.overall.value


def test_held_out_alone_is_the_same_without_the_naive_split():
    data = domains_apart(apart=0.5)
    alone = evaluate_held_out(*data, components=6, seed=1, basis_without="sky")
    both = evaluate(*data, components=6, seed=1, basis_without="sky").by_photograph
    assert np.array_equal(alone.confusion, both.confusion)
    assert alone.balanced.low == both.balanced.low


def test_the_basis_can_be_made_without_a_domain():
    features, domains, groups = domains_apart()
    # Only the sky varies along the last direction: a basis without it cannot see it.
    features = [np.hstack([x, np.zeros((len(x), 1))]) for x in features]
    sky = domains == "sky"
    features[0][sky, -1] = 50 * np.random.default_rng(0).normal(size=sky.sum())
    without = evaluate(features, domains, groups, components=4, seed=0, basis_without="sky")
    assert without.by_photograph.overall.value > 0.6
    with refused(DetectorError, "no domain 'sea'"):
        evaluate(features, domains, groups, seed=0, basis_without="sea")


def test_fewer_than_ten_photographs_of_a_domain_have_no_interval():
    found = evaluate(*domains_apart(photographs=4), components=4, seed=0)
    overall = found.by_photograph.overall
    assert overall.low is None and "4 groups" in overall.reason


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f, d, g: (f, d, d), "0 of 3 domains come from 3 groups or more"),
        (lambda f, d, g: (f, np.full(len(d), "x"), g), "1 of 1 domains"),
        (lambda f, d, g: ([x[:10] for x in f], d, g), "features of 10 samples, and 216 domains"),
        (lambda f, d, g: ([f[0][:, :2]], d, g), "pooled basis cannot be found"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(change, message):
    with refused(DetectorError, message):
        evaluate(*change(*domains_apart()), seed=0)


def test_within_photographs_is_marked():
    features, domains, _ = domains_apart()
    strip = np.arange(len(domains)) % 4 - 1
    found = evaluate_within(features, domains, strip, components=6, seed=0)
    assert found.confusion.sum() == (strip >= 0).sum()
    assert found.overall.low is None and "same groups" in found.overall.reason
    with refused(DetectorError, "one block"):
        evaluate_within(features, domains, np.zeros(len(domains), dtype=int), seed=0)


def test_the_pooled_basis_gives_new_images_the_scores_of_old_ones():
    features, _, _ = domains_apart()
    basis = pooled_basis(features, 5)
    scores = basis.scores(features)
    assert np.allclose(basis.scores([x[7:8] for x in features]), scores[7:8])
    z = np.hstack([(x - x.mean(axis=0)) / x.std(axis=0) for x in features])
    left, singular, _ = np.linalg.svd(z, full_matrices=False)
    assert np.allclose(np.abs(scores), np.abs(left * singular)[:, :5])
    with refused(DetectorError, "1 encoders arrived; the basis is of 2"):
        basis.scores(features[:1])


@pytest.fixture(scope="module")
def detector():
    features, domains, groups = domains_apart()
    basis = pooled_basis(features, 8)
    scores = basis.scores(features)
    return fit_detector(scores, domains, groups, seed=0), scores, domains


def test_a_known_image_is_recognised_with_itself_as_the_nearest(detector):
    fitted, scores, domains = detector
    found = fitted.detect(scores[3])
    assert found.domain == domains[3] and found.nearest[0] == 3 and found.distances[0] == 0
    assert np.isclose(sum(found.probabilities.values()), 1)
    assert (np.diff(found.distances) >= 0).all() and len(found.nearest) == 12


def test_an_image_from_elsewhere_is_none_of_these(detector):
    fitted, scores, domains = detector
    centre = scores[domains == "sky"].mean(axis=0)
    far = fitted.detect(20 * centre)
    assert far.domain == NONE and far.distance > far.threshold
    assert max(far.probabilities.values()) > 0.9  # a classifier alone would be sure


def test_nearly_all_images_of_new_photographs_are_inside_the_support():
    features, domains, groups = domains_apart(photographs=24)
    known = groups.astype(int) < 36
    basis = pooled_basis([x[known] for x in features], 8)
    scores = basis.scores(features)
    fitted = fit_detector(scores[known], domains[known], groups[known], seed=0)
    found = [fitted.detect(s).domain for s in scores[~known]]
    assert np.mean([f != NONE for f in found]) > 0.9
    assert np.mean([f == d for f, d in zip(found, domains[~known], strict=True)]) > 0.85


def test_a_domain_of_one_photograph_is_named_as_such():
    features, domains, groups = domains_apart()
    groups = np.where(domains == "skin", "one", groups)
    fitted = fit_detector(features[0], domains, groups, seed=0)
    assert fitted.within == ("skin",)
    with refused(DetectorError, "12 finite numbers are needed"):
        fitted.detect(np.zeros(3))
    with refused(DetectorError, "one domain"):
        fit_detector(features[0], np.full(len(domains), "x"), groups, seed=0)


def test_on_packaged_tiles_the_naive_split_flatters():
    """Real photographs, low-level statistics: seven, three and a hundred photographs."""
    loaded = [
        load_domain({"source": "packaged", "name": n}, limit=98)
        for n in ("natural", "texture", "face", "histology")
    ]
    features = np.vstack([battery(d.images())[1] for d in loaded])
    domains = np.concatenate([np.full(len(d), d.name) for d in loaded])
    groups = np.concatenate([d.groups for d in loaded])
    found = evaluate([features], domains, groups, components=12, seed=0)
    assert found.apart == ("histology",)
    assert found.naive.balanced.value > found.by_photograph.balanced.value
    assert found.by_photograph.overall.low is None
    strips = np.concatenate([blocks(d.samples, count=2) for d in loaded])
    within = evaluate_within([features], domains, strips, components=12, seed=0)
    assert within.recalls[within.classes.index("histology")].value > 0.5
