"""Rows about rankings carry what the photographs add; halves of them give a rank's variance."""

import numpy as np
import pytest
from scipy import stats

from substrate.analyses.claims import questions as claims_questions
from substrate.analyses.claims.transfer import compute_transfer_claims
from substrate.analyses.claims.transfer_replicates import too_few_of
from substrate.analyses.shared.replicates import (
    Replicates,
    as_left_out,
    encoders_left_out,
    halves_of_photographs,
    photographs_left_out,
)
from substrate.numerics.transfer.consensus import (
    consensus_of_rows,
    consensus_score,
)
from substrate.numerics.transfer.ranking import kendall
from tests.support.claims_store import many_encoders


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """Nine encoders on three classes of twelve photographs each."""
    return many_encoders(tmp_path_factory.mktemp("transfer"), n=72, groups=36, untrained=0)


@pytest.fixture(scope="module")
def claims(wide):
    (_, params), *_ = claims_questions.QUESTIONS["transfer"](wide)
    return params, compute_transfer_claims(wide, params)


def variance(values):
    m = len(values)
    return (m - 1) / m * np.square(values - values.mean()).sum()


def test_the_interval_of_a_rank_agreement_adds_photographs_to_encoders(claims):
    params, found = claims
    assert params.domains == ("rich",)
    assert [len(s) for s in found.left_out] == [9, 20]

    def lead(q):
        return q["consensus"] - q["logme"]

    encoders, photographs = (variance(found.per_row(lead, s[:, 0])) for s in found.left_out)
    assert photographs > 0.1 * encoders > 0
    one = found.estimate(lead)
    df = (encoders + photographs) ** 2 / (encoders**2 / 8 + photographs**2 / 19)
    assert (one.standard_error, one.df) == pytest.approx((np.sqrt(encoders + photographs), df))
    assert one.high - one.value == pytest.approx(stats.t.ppf(0.975, df) * one.standard_error)


def test_photographs_vary_no_wall_time(claims):
    _, found = claims
    at = found.quantities.index("seconds")
    assert np.ptp(found.left_out[1][:, :, at]) == pytest.approx(0, abs=1e-12)


def test_a_class_of_few_photographs_gives_no_interval(wide, tmp_path):
    few = many_encoders(tmp_path, untrained=0)  # 20 photographs in three classes
    words = "The class class2 of Rich has 6 photographs, and at least 10 are needed."
    assert too_few_of(few, "rich") == words and not too_few_of(wide, "rich")
    (_, params), *_ = claims_questions.QUESTIONS["transfer"](few)
    assert "rich" in params.domains  # nothing better is there
    found = compute_transfer_claims(few, type(params)(params.encoders, ("rich",), (), 0))
    assert found.reason == words and not found.left_out


def test_halves_hold_whole_photographs_and_every_class():
    groups, classes = np.arange(60) // 3, np.repeat([0, 1], [54, 6])
    halves = halves_of_photographs(groups, 20, classes=classes)
    assert len(halves) == 20
    for first, second in zip(halves[::2], halves[1::2], strict=True):
        assert np.array_equal(np.sort(np.concatenate([first, second])), np.arange(60))
        assert len(np.unique(groups[first])) == len(np.unique(groups[second])) == 10
        assert len(np.unique(classes[first])) == len(np.unique(classes[second])) == 2
    assert len(halves_of_photographs(groups[:33], 20)) == 10  # 11 photographs


def test_halves_give_the_variance_of_a_mean():
    rng = np.random.default_rng(0)
    ratios = []
    for _ in range(300):
        values = rng.normal(size=30)
        halves = halves_of_photographs(np.arange(30), 20, seed=int(rng.integers(1 << 30)))
        means = np.array([[[values[h].mean()]] for h in halves])
        ratios.append(variance(as_left_out(means, np.array([[values.mean()]]))[:, 0, 0]) * 30)
    assert np.mean(ratios) == pytest.approx(20 / 19, abs=0.08)


def ranks(right, merit, kept):
    return np.array([[kendall(merit, right[:, kept].mean(axis=1))]])


def test_halves_cover_a_rank_agreement_where_blocks_are_four_times_too_uncertain():
    """Ten encoders whose merit is fixed; their accuracies are those of 60 photographs each time."""
    rng = np.random.default_rng(5)
    merit = np.linspace(0.55, 0.75, 10)
    groups, observed = np.arange(60), []
    by = {"halves": [], "blocks": []}
    for _ in range(80):
        right = (rng.random((10, 60)) < merit[:, None]).astype(float)
        right += 1e-6 * rng.random((10, 60))  # no two encoders are tied
        whole = ranks(right, merit, groups)
        halves = np.array([ranks(right, merit, h) for h in halves_of_photographs(groups, 20)])
        blocks = photographs_left_out(
            lambda kept, r=right: ranks(r, merit, kept), groups, blocks=20
        )
        observed.append(whole[0, 0])
        by["halves"].append(estimate(whole, as_left_out(halves, whole)))
        by["blocks"].append(estimate(whole, blocks))
    truth, spread = np.mean(observed), np.var(observed)
    found = {k: np.mean([e.standard_error**2 for e in each]) / spread for k, each in by.items()}
    assert 0.9 < found["halves"] < 2.0
    assert found["blocks"] > 1.5 * found["halves"]
    covered = np.mean([e.low <= truth <= e.high for e in by["halves"]])
    assert covered >= 0.92


def test_a_lead_of_nothing_is_seldom_found():
    """Two scores follow the merit of ten encoders equally well; encoders and photographs vary."""
    rng = np.random.default_rng(6)
    every, photographs, wrong = np.arange(10), np.arange(40), 0
    halves = halves_of_photographs(photographs, 20)
    for _ in range(60):
        merit = rng.uniform(0.5, 0.9, size=10)
        scores = merit + 0.15 * rng.normal(size=(2, 10))
        right = (rng.random((10, 40)) < merit[:, None]) + 1e-6 * rng.random((10, 40))

        def leads(kept, rows, scores=scores, right=right):
            told = right[np.ix_(kept, rows)].mean(axis=1)
            return np.array([[kendall(scores[0][kept], told) - kendall(scores[1][kept], told)]])

        whole = leads(every, photographs)
        strata = (
            *encoders_left_out(
                lambda kept, f=leads: f(kept, photographs), [[[e] for e in every]], 10
            ),
            as_left_out(np.array([leads(every, h) for h in halves]), whole),
        )
        found = estimate(whole, *strata)
        wrong += found.low > 0 or found.high < 0
    assert wrong / 60 <= 0.05


def estimate(whole, *strata):
    return Replicates(
        settings=("default",),
        quantities=("tau",),
        whole=whole,
        left_out=strata,
        unit="",
        units=20,
        counted="",
        reason="",
        missing={},
    ).estimate(lambda q: q["tau"])


def consensus_scores(panel):
    """Score every encoder against the others, one fit at a time."""
    others = [[y for y in panel if y is not x] for x in panel]
    return [consensus_score(x, rest, components=8) for x, rest in zip(panel, others, strict=True)]


def test_consensus_of_parts_is_the_consensus_where_nothing_is_held():
    rng = np.random.default_rng(2)
    latent = rng.normal(size=(80, 6))
    panel = [latent @ rng.normal(size=(6, d)) + rng.normal(size=(80, d)) for d in (20, 30, 24, 12)]
    part = np.arange(60)
    found = consensus_of_rows(panel, [np.arange(80), part], components=8)
    assert found[0] == pytest.approx(consensus_scores(panel))
    anew = consensus_scores([x[part] for x in panel])
    assert np.abs(found[1] - anew).max() < 0.02  # deviations of all samples, not of the part
