"""Rows about pairs of encoders carry what the photographs add, by as much as they vary."""

import numpy as np
import pytest
from scipy import stats

from substrate.analyses.claims import questions as claims_questions
from substrate.analyses.claims.pair_replicates import (
    BLOCKS,
    KEYS,
    Chance,
    similarities_without,
)
from substrate.analyses.claims.pairs import compute_pair_claims
from substrate.analyses.encoders.neighbourhoods import (
    neighbour_overlap,
    neighbours_of,
    neighbours_without,
    shared_counts,
)
from substrate.analyses.encoders.pairs import (
    ENCODER_PAIRS,
    EncoderPairsParams,
    mean_of_pairs,
)
from substrate.analyses.shared.grid_scores import score
from substrate.analyses.shared.replicates import (
    Replicates,
    encoders_left_out,
)
from substrate.analyses.spec import obtain
from substrate.numerics.nulls import row_orders
from tests.support.claims_store import many_encoders


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    return many_encoders(tmp_path_factory.mktemp("pairs"))


@pytest.fixture(scope="module")
def claims(many):
    (_, params), *_ = claims_questions.QUESTIONS["pairs"](many)
    return compute_pair_claims(many, params)


def variance(stratum):
    m = len(stratum)
    return (m - 1) / m * np.square(stratum - stratum.mean()).sum()


def test_the_interval_adds_photographs_to_encoders(claims):
    good, _, photographs = claims.left_out
    assert [len(s) for s in claims.left_out] == [5, 4, 20]  # 20 photographs, each left out
    at = claims.quantities.index("discriminative cka")
    parts = [variance(s[:, 0, at]) for s in claims.left_out]
    assert parts[1] == 0 and parts[2] > parts[0] > 0
    found = claims.estimate(lambda q: q["discriminative cka"])
    df = sum(parts) ** 2 / (parts[0] ** 2 / 4 + parts[2] ** 2 / 19)
    assert found.df == pytest.approx(df)
    reach = stats.t.ppf(0.975, df) * np.sqrt(parts[0] + parts[2])
    assert found.high - found.value == pytest.approx(reach)
    encoders_alone = stats.t.ppf(0.975, 4) * np.sqrt(parts[0])
    assert reach > 1.3 * encoders_alone
    assert good.shape == (5, 2, len(claims.quantities)) and photographs[:, 1, at].std() > 0


def test_photographs_vary_the_difference_from_untrained_twins_too(claims):
    def lead(q):
        return q["discriminative cka"] - q["discriminative cka untrained"]

    parts = [variance(claims.per_row(lead, s[:, 0])) for s in claims.left_out]
    draws = claims.per_row(lead, claims.draws[:, 0])
    between = np.var(draws, ddof=1) * (1 + 1 / len(draws))
    assert claims.estimate(lead).standard_error == pytest.approx(np.sqrt(sum(parts) + between))


def test_few_photographs_give_no_interval(many):
    (_, params), *_ = claims_questions.QUESTIONS["pairs"](many)
    few = compute_pair_claims(many, type(params)(params.encoders, ("few",), params.seeds, 20))
    assert not few.left_out
    assert few.reason == "Few has 3 photographs, and at least 10 are needed."


def test_replicates_without_a_block_are_the_pairs_of_the_others(many):
    """What is held fixed, the null's mean, changes a calibrated value by less than .01."""
    names, groups = tuple(many.encoders), many.groups("rich")
    xs = [many.representation(e, "rich", "penultimate").features for e in names]
    found = similarities_without(xs, groups, 0)
    whole = obtain(ENCODER_PAIRS, many, EncoderPairsParams(names, "rich"))
    chance = Chance.of(whole, slice(len(names)))
    first = np.flatnonzero(groups != groups[0])
    anew = score(
        "linear_cka",
        [x[first] for x in xs],
        [x[first] for x in xs],
        groups[first],
        permutations=200,
        seed=0,
    )
    assert found[0, 0] == pytest.approx(anew.values)
    apart = ~np.eye(len(names), dtype=bool)
    ours = chance.calibrated("cka", found[0, 0], 40 / 38)
    near = neighbours_of([x[first] for x in xs], groups[first], [10])[10]
    overlap = neighbour_overlap(near, row_orders(groups[first], 200, 0))
    assert found[0, 1] == pytest.approx(overlap.values)
    assert np.isnan(found[:, 3]).all()  # 100 neighbours of 40 samples
    theirs = Chance.of(whole, slice(len(names))).calibrated("knn10", found[0, 1], 40 / 38)
    assert np.abs(theirs - overlap.calibrated)[apart].max() < 0.02
    means = [np.mean(v[apart]) for v in (ours, _calibrated(anew, names))]
    assert means[0] == pytest.approx(means[1], abs=0.01)


def _calibrated(anew, names):
    values = anew.calibrated.copy()
    for i in range(len(names)):
        values[i, i] = 1.0
    return values


def test_neighbours_that_are_left_need_no_new_search():
    rng = np.random.default_rng(3)
    x, groups = rng.normal(size=(60, 5)), np.arange(60) // 3
    wide = neighbours_of([x], groups, [30])[30][0]
    rows = np.flatnonzero(groups >= 2)
    expected = neighbours_of([x[rows]], groups[rows], [8])[8][0]
    assert np.array_equal(neighbours_without(wide, rows, 8), expected)
    assert shared_counts([expected], np.arange(len(rows))[None])[0, 0, 0] == len(rows) * 8
    assert neighbours_without(wide, np.arange(0, 60, 12), 30) is None


def world(rng, encoders=9, photographs=20, tiles=2):
    """Draw photographs, some louder than others, and encoders of them alike by chance."""
    groups = np.repeat(np.arange(photographs), tiles)
    loud = np.exp(0.4 * rng.normal(size=(photographs, 1)))
    latent = (rng.normal(size=(photographs, 5)) * loud)[groups] + 0.3 * rng.normal(
        size=(len(groups), 5)
    )
    xs = []
    for _ in range(encoders):
        noise = rng.normal(size=(len(groups), 20)) * rng.uniform(1.4, 1.6)
        xs.append(latent @ rng.normal(size=(5, 20)) / np.sqrt(5) + noise)
    return xs, groups


def replicates(xs, groups, *, photographs):
    """Mean CKA over the pairs of five encoders of one kind and of four of the other."""
    kinds = np.arange(len(xs)) < 5, np.arange(len(xs)) >= 5

    def means(values, kept):
        inner = values[np.ix_(kept, kept)]
        return np.array([[mean_of_pairs(inner, k[kept], k[kept]) for k in kinds]])

    every = np.arange(len(xs))
    whole = score("linear_cka", xs, xs, groups, permutations=0, seed=0).values
    strata = encoders_left_out(
        lambda kept: means(whole, kept), [[[0], [1], [2], [3], [4]], [[5], [6], [7], [8]]], len(xs)
    )
    if photographs:
        without = similarities_without(xs, groups, 0)[:, KEYS.index("cka")]
        strata = (*strata, np.array([means(v, every) for v in without]))
    return Replicates(
        settings=("default",),
        quantities=("good", "poor"),
        whole=means(whole, every),
        left_out=strata,
        unit="encoders",
        units=9,
        counted="",
        reason="",
        missing={},
    )


def test_intervals_cover_where_photographs_and_encoders_are_drawn_anew():
    """Of 60 worlds; a difference between kinds that are alike is found in 5 % at most."""
    rng = np.random.default_rng(11)
    worlds = [world(rng) for _ in range(60)]
    rates = {}
    for photographs in (False, True):
        found = [replicates(*w, photographs=photographs) for w in worlds]
        means = [f.estimate(lambda q: q["good"]) for f in found]
        truth = np.mean([m.value for m in means])
        leads = [f.estimate(lambda q: q["good"] - q["poor"]) for f in found]
        rates[photographs] = (
            np.mean([m.low <= truth <= m.high for m in means]),
            np.mean([one.low > 0 or one.high < 0 for one in leads]),
        )
        if photographs:
            spread = np.std([m.value for m in means], ddof=1)
            errors = np.sqrt(np.mean([m.standard_error**2 for m in means]))
            assert 0.85 < errors / spread < 1.35
    assert rates[False][0] < 0.8  # encoders alone say too much
    assert rates[True][0] >= 0.9
    assert rates[True][1] <= 0.05
    assert BLOCKS == 20
