"""Moments against features: merging, streaming, and every quantity that they suffice for."""

import tracemalloc

import numpy as np
import pytest

from substrate.numerics.metrics import (
    METRICS,
    UndefinedScoreError,
    score,
)
from substrate.numerics.moments import (
    Moments,
    MomentsError,
)
from substrate.numerics.spectra import principal_directions

WIDTHS = {"a/layer1": 6, "a/layer2": 6, "b/layer1": 9}
SUFFICIENT = [key for key, metric in METRICS.items() if metric.from_moments is not None]


@pytest.fixture
def features():
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(300, 4))
    return {
        name: shared @ rng.normal(size=(4, width)) + rng.normal(size=(300, width))
        for name, width in WIDTHS.items()
    }


def moments_of(features, batch=64, offset=0.0):
    out = Moments(WIDTHS)
    for start in range(0, 300, batch):
        out.update({name: x[start : start + batch] + offset for name, x in features.items()})
    return out


@pytest.mark.parametrize("batch", [1, 7, 64, 300])
@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_streaming_equals_the_covariance_of_all_samples(features, batch, offset):
    moments = moments_of(features, batch, offset)
    x = np.hstack(list(features.values()))
    np.testing.assert_allclose(moments.covariance, np.cov(x.T), atol=1e-10)
    np.testing.assert_allclose(moments.mean, x.mean(0) + offset, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(
        moments.block("a/layer1", "b/layer1"), np.cov(x.T)[:6, 12:], atol=1e-10
    )
    np.testing.assert_allclose(
        moments.block("b/layer1", "a/layer1"), np.cov(x.T)[12:, :6], atol=1e-10
    )


def test_shards_add_up_in_any_order(features):
    x = np.hstack(list(features.values())) + 50
    parts = []
    for rows in np.array_split(np.arange(300), [10, 11, 200]):
        part = Moments(WIDTHS)
        part.update(x[rows])
        parts.append(part)
    whole = moments_of(features, 300, 50)
    forward = parts[0].merge(parts[1]).merge(parts[2]).merge(parts[3])
    backward = parts[3].merge(parts[2].merge(parts[1].merge(parts[0])))
    for merged in (
        forward,
        backward,
        forward.merge(Moments(WIDTHS)),
        Moments(WIDTHS).merge(forward),
    ):
        assert merged.count == 300
        np.testing.assert_allclose(merged.covariance, whole.covariance, rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(merged.mean, whole.mean, rtol=1e-13)
    assert parts[0].count == 10


def test_they_can_be_stored(features):
    moments = moments_of(features)
    again = Moments.from_arrays(WIDTHS, moments.arrays())
    np.testing.assert_array_equal(again.covariance, moments.covariance)
    again.update(np.ones((1, 21)))
    assert (again.count, moments.count) == (301, 300)


def test_float32_batches_are_summed_in_double(features):
    single = {name: x.astype(np.float32) for name, x in features.items()}
    x = np.hstack(list(single.values())).astype(np.float64)
    np.testing.assert_allclose(moments_of(single).covariance, np.cov(x.T), rtol=1e-6, atol=1e-10)
    moments = Moments({"all": 21})
    moments.update(np.hstack(list(single.values())))
    np.testing.assert_allclose(moments.covariance, np.cov(x.T), atol=1e-12)


@pytest.mark.parametrize("key", SUFFICIENT)
@pytest.mark.parametrize("offset", [0.0, 1e4])
@pytest.mark.parametrize("other", ["a/layer2", "b/layer1"])
def test_scores_equal_those_of_features(key, offset, other, features):
    moments = moments_of(features, offset=offset)
    if METRICS[key].same_width and other == "b/layer1":
        with pytest.raises(UndefinedScoreError, match="shared coordinates"):
            moments.score(key, "a/layer1", other)
        return
    expected = score(key, features["a/layer1"], features[other])
    assert moments.score(key, "a/layer1", other) == pytest.approx(expected, abs=1e-9)
    assert moments.score(key, other, "a/layer1") == pytest.approx(
        score(key, features[other], features["a/layer1"]), abs=1e-9
    )


def test_what_suffices_is_what_is_documented():
    assert set(SUFFICIENT) == {
        "linear_cka",
        "mean_cca",
        "r2_cca",
        "procrustes_angular",
        "procrustes_normalised",
        "procrustes_size_and_shape",
        "nuclear_similarity",
        "bures",
        "bures_cosine",
    }


@pytest.mark.parametrize("key", [k for k in METRICS if k not in SUFFICIENT])
def test_other_metrics_refuse_with_their_reason(key, features):
    with pytest.raises(MomentsError, match=f"{key} cannot be had from moments: .{{15,}}"):
        moments_of(features).score(key, "a/layer1", "a/layer2")


def test_cca_refuses_ill_conditioned_covariances():
    rng = np.random.default_rng(1)
    moments = Moments({"x": 4, "y": 3})
    moments.update(rng.normal(size=(50, 7)) * [1, 1, 1, 1e-3, 1, 1, 1])
    with pytest.raises(UndefinedScoreError, match="first side has condition number above 10000"):
        moments.score("mean_cca", "x", "y")


def test_fewer_samples_than_units_gives_the_same_numbers():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(2, 25, 40))
    moments = Moments({"x": 40, "y": 40})
    moments.update(np.hstack([x, y]))
    for key in ("linear_cka", "procrustes_angular", "nuclear_similarity", "bures", "bures_cosine"):
        assert moments.score(key, "x", "y") == pytest.approx(score(key, x, y), abs=1e-9)
    directions = moments.principal_directions(5)
    expected = principal_directions(np.hstack([x, y]), 5)
    np.testing.assert_allclose(directions.vectors, expected.vectors, atol=1e-9)
    np.testing.assert_allclose(directions.variances, expected.variances, rtol=1e-9)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (np.ones((5, 20)), r"shape \(5, 20\), expected \(samples, 21\)"),
        (np.where(np.arange(42).reshape(2, 21) == 30, np.nan, 1.0), "Unit 9 .* NaN"),
        ({"a/layer1": np.ones((5, 6))}, "expected .*a/layer1.*b/layer1"),
    ],
)
def test_unsound_batches_are_refused(batch, message):
    with pytest.raises(MomentsError, match=message):
        Moments(WIDTHS).update(batch)


def test_misuse_is_named(features):
    moments = moments_of(features)
    with pytest.raises(MomentsError, match="no block 'c'"):
        moments.block("c")
    with pytest.raises(MomentsError, match="same features"):
        moments.merge(Moments({"a": 21}))
    with pytest.raises(MomentsError, match="0 samples"):
        _ = Moments(WIDTHS).covariance
    moments = Moments({"x": 2})
    moments.update(np.array([[1.0, 2], [3, 2]]))
    with pytest.raises(MomentsError, match="Unit 1 is constant"):
        _ = moments.correlation


def test_memory_does_not_grow_with_samples():
    batch = np.random.default_rng(4).normal(size=(500, 60))
    peaks = []
    for batches in (2, 40):
        moments = Moments({"x": 60})
        tracemalloc.start()
        for _ in range(batches):
            moments.update(batch)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.05 * peaks[0]
