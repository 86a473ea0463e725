"""Images needed: at the study's own size what is expected is what the study has."""

from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.claims.images_needed import DOMAINS, POWER, SHARING, needed
from substrate.analyses.claims.questions import QUESTIONS
from substrate.analyses.spec import obtain, stored
from substrate.exhibits.theory import needed_words
from substrate.exhibits.theory.run_exhibits import encoders, photographs
from substrate.figures.theme import LIGHT
from tests.support.training_store import training_run

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return training_run(tmp_path_factory.mktemp("needed"), n=120, groups=30, few=24, untrained=6)


@pytest.fixture(scope="module")
def found(run):
    return needed(run, obtain)


def test_at_the_present_size_it_is_the_interval_that_the_study_has(run, found):
    each, _ = found
    sharing = next(one for one in each if one.name == SHARING)
    ((analysis, params), *_) = QUESTIONS["sharing"](run)
    replicates = obtain(analysis, run, params)
    setting = int(np.argmin(replicates.whole[:, 0] - replicates.whole[:, 1]))
    estimate = replicates.estimate(lambda q: q["trained"] - q["untrained"], setting)
    assert sharing.value == pytest.approx(estimate.value)
    assert sharing.half_width == pytest.approx((estimate.high - estimate.low) / 2, rel=0.02)
    assert sharing.present == run.domains[params.domains[setting]].photographs
    assert sharing.most == sharing.present == sharing.marked


def test_domains_of_unequal_size_count_with_their_own_photographs(tmp_path):
    run = training_run(tmp_path, n=120, groups=40, few=12, untrained=6)
    one = next(one for one in needed(run, obtain)[0] if one.name == DOMAINS)
    ((analysis, params), *_) = QUESTIONS["domains"](run)
    estimate = obtain(analysis, run, params).estimate(lambda q: q["trained"] - q["untrained"], 0)
    assert one.half_width == pytest.approx((estimate.high - estimate.low) / 2, rel=0.02)
    assert (one.present, one.most) == (12, 40) and one.size.startswith("12 to 40 ")
    assert 12 < one.marked < 40
    wide, at = one.half_widths, np.log(one.photographs)
    assert np.interp(np.log(one.marked), at, wide) == pytest.approx(one.half_width, rel=0.05)


def test_more_photographs_are_surer_and_enough_has_the_power(found):
    each, missing = found
    assert {one.name for one in each} <= {SHARING, DOMAINS}
    assert len(each) + len(missing) == 2
    for one in each:
        # Where the draw of twins rules, fewer degrees of freedom outweigh the last of the gain.
        assert (np.diff(one.half_widths) < 1e-4).all() and one.half_widths[-1] < one.half_widths[0]
        if one.value > 0:
            assert (np.diff(one.powers) >= -1e-3).all()
        if one.enough:
            powers = np.interp(np.log(one.enough), np.log(one.photographs), one.powers)
            assert powers == pytest.approx(POWER, abs=0.08) or one.enough == 10
        if one.encoders:
            assert one.encoders[0] == 8 and (np.diff(one.encoder_half_widths) < 0).all()
            assert one.encoder_half_widths[-1] > 0


def test_what_is_said_is_what_was_found(found):
    each, missing = found
    made = photographs(each, missing, LIGHT)
    for one in each:
        assert f"{one.name} lies {abs(one.value):.2f} ± {one.half_width:.2f}" in made.sentence
        assert f"± {one.half_width:.2f} with {one.size}" in needed_words.short_form(each, "X")
    lines = {t.name for t in made.figure.data}
    assert lines == {*(one.name for one in each), "the present study"}
    with_encoders = next(one for one in each if one.encoders)
    assert len(encoders(with_encoders, LIGHT).table) == len(with_encoders.encoders)


def test_the_opening_says_how_often_it_is_told_and_what_never_is(found):
    one = replace(found[0][0], name=SHARING, value=0.2, enough=43, unit="photographs")
    other = replace(one, name=DOMAINS, value=-0.1, enough=None)
    assert POWER == 0.8
    assert needed_words.verdict((one, other)).short == (
        "43 photographs tell Sharing from twins four times in five; Procrustes-CKA has no lead"
    )
    assert needed_words.verdict((one,)).short == (
        "43 photographs per domain tell Sharing from twins four times in five"
    )


def test_what_is_missing_is_said(tmp_path):
    bare = training_run(tmp_path, n=48, groups=8, few=8, untrained=0)
    each, missing = needed(bare, stored)
    assert not each and len(missing) == 2
    assert all("not been computed yet" in reason for reason in missing)
    computed, reasons = needed(bare, obtain)
    assert not computed and any("ten photographs" in r or "photographs" in r for r in reasons)
    said = photographs((), reasons, LIGHT)
    assert said.figure is None and said.sentence == " ".join(reasons)
