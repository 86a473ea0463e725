"""Transfer's exhibits: page and report show the same ones, and every view can be had."""

import numpy as np
import pandas as pd
import pytest

from substrate.analyses.spec import obtain
from substrate.analyses.transfer import scores as transfer_scores
from substrate.analyses.transfer.all_domains import TRANSFER_DOMAINS, domains_params
from substrate.analyses.transfer.low_shot import (
    LOW_SHOT,
    SUBSTRATE,
    UNTRAINED,
    low_shot_params,
)
from substrate.analyses.transfer.scores import LINEAR, NEIGHBOURS, TRANSFER, transfer_params
from substrate.analyses.transfer.tables import NAMES
from substrate.exhibits.exhibit import titles
from substrate.exhibits.transfer import all_domains, exhibits, low_shot, words
from substrate.exhibits.transfer.section import transfer
from substrate.figures.theme import LIGHT
from substrate.numerics.transfer import TRANSFER_SCORES
from substrate.wording import percent, points, signed
from tests.support.placed import assert_same, said, watch_charts
from tests.support.planted import planted_run

DEFAULT = ("transfer-accuracy", "transfer-agreement", "transfer-seconds")
FURTHER = ("transfer-scatter", "transfer-scores")
FEW = ("transfer-low-shot-curves", "transfer-low-shot-differences")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = planted_run(tmp_path_factory.mktemp("exhibits"), untrained=1)
    for analysis, params in transfer_scores.defaults(run):
        obtain(analysis, run, params)
    obtain(TRANSFER_DOMAINS, run, domains_params(run, ("rich", "few")))
    for domain in ("rich", "few"):
        obtain(LOW_SHOT, run, low_shot_params(run, domain))
    return run


@pytest.fixture(scope="module")
def rich(run):
    return obtain(TRANSFER, run, transfer_params(run, "rich"))


def test_the_report_lists_three_figures_of_each_labelled_domain(run):
    section = transfer(run, LIGHT)
    assert [exhibit.key for exhibit in section.items] == [
        f"{key}-{domain}" for domain in ("rich", "few") for key in DEFAULT
    ]
    assert all(exhibit.figure is not None for exhibit in section.items)
    assert section.items[0].title == "Rich: what each encoder reaches"


def test_every_view_of_the_page_can_be_listed(run):
    shown = transfer(run, LIGHT, every=True).items
    expected = {
        f"{key}-{domain}" for domain in ("rich", "few") for key in (*DEFAULT, *FURTHER, *FEW)
    }
    assert {exhibit.key for exhibit in shown} == expected | {"transfer-domains", "transfer-means"}
    assert len({exhibit.key for exhibit in shown}) == len(shown)
    for exhibit in shown:
        assert (exhibit.figure is None) == (exhibit.shown is not None), exhibit.key
        assert exhibit.sentence and exhibit.table is not None and exhibit.trace


def test_the_page_places_what_the_report_lists(run, open_page, monkeypatch):
    placed = watch_charts(monkeypatch)
    app = open_page("transfer.py", run.store.root)
    assert not app.exception
    text, listed = (
        said(app),
        {e.key: e for e in transfer(run, LIGHT.of(run.encoders), every=True).items},
    )
    for key in (*DEFAULT, "transfer-scatter"):
        assert_same(listed[f"{key}-rich"], placed[key])
        assert listed[f"{key}-rich"].read in text
    for key in ("transfer-domains", "transfer-means"):
        assert_same(listed[key], placed[key])
        assert listed[key].read in text and listed[key].sentence in text
    opening = listed["transfer-accuracy-rich"]
    assert opening.sentence in text and opening.context in text
    assert listed["transfer-seconds-rich"].sentence in text
    assert listed["transfer-scatter-rich"].sentence in text
    table = listed["transfer-scores-rich"]
    assert table.sentence in text
    pd.testing.assert_frame_equal(app.dataframe[0].value, table.shown, check_dtype=False)


def test_few_labels_are_the_same_on_page_and_in_the_report(run, open_page, monkeypatch):
    placed = watch_charts(monkeypatch)
    app = open_page("transfer.py", run.store.root, view="Few labels")
    assert not app.exception
    theme = LIGHT.of(run.encoders)  # the page gives each encoder its look
    listed = {e.key: e for e in transfer(run, theme, every=True).items}
    for key in FEW:
        assert_same(listed[f"{key}-rich"], placed[key])
        assert listed[f"{key}-rich"].read in said(app)
    assert listed["transfer-low-shot-curves-rich"].sentence in said(app)


def test_a_domain_without_a_result_is_listed_with_its_reason(tmp_path):
    run = planted_run(tmp_path, n=48, groups=12, untrained=0)
    for path in (tmp_path / "objects").rglob("*.safetensors"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 255
        path.write_bytes(content)
    shown = transfer(run, LIGHT, every=True).items
    assert shown and all(exhibit.figure is None for exhibit in shown)
    assert all("damaged" in exhibit.sentence for exhibit in shown)


def test_the_agreement_names_the_rank_correlations(run, rich):
    for against in (LINEAR, NEIGHBOURS):
        exhibit = exhibits.agreement(rich, against, LIGHT, titles(run), "Rich")
        sentence = exhibit.sentence
        assert "4 encoders, and at least 8 are needed" in exhibit.context
        assert all(line in exhibit.context for line in words.missing_lines(rich, titles(run)))
        assert f"with the accuracy of the {against}" in sentence
        for key in words.NAMED:
            tau = rich.agreement(key, against).kendall
            value = "no value" if tau is None else signed(tau.value)
            assert f"{NAMES[key]} {value}" in sentence


@pytest.mark.parametrize("score", TRANSFER_SCORES)
def test_one_score_has_its_own_rank_correlation_and_meaning(run, rich, score):
    exhibit = exhibits.one_score(rich, score, NEIGHBOURS, LIGHT, titles(run), "Rich")
    agreement = rich.agreement(score, NEIGHBOURS)
    if agreement.kendall is None:
        assert agreement.reason in exhibit.sentence
    else:
        assert f"orders {len(agreement.encoders)} encoders" in exhibit.sentence
        assert f"τ = {signed(agreement.kendall.value)}" in exhibit.sentence
        assert "at least 8 are needed" in exhibit.context
    assert exhibit.read.startswith(f"{NAMES[score]}: {TRANSFER_SCORES[score].definition}")
    assert exhibit.trace["score"] == score


def test_seconds_are_medians_over_encoders(rich):
    seconds = np.median([row.seconds["logme"] for row in rich.rows])
    probe = np.median([row.seconds[LINEAR] for row in rich.rows])
    sentence = words.seconds_sentence(rich)
    assert f"LogME {seconds:.2g} s" in sentence and f"Linear probe {probe:.2g} s" in sentence


def test_the_best_of_several_has_a_wider_interval(rich):
    best = rich.ordered(LINEAR)[0].linear
    assert words.of_the_best(best, 1) == (
        f"{percent(best.value)} (95 % CI [{percent(best.low)}, {percent(best.high)}])"
    )
    wider = best.picked_from(4)
    assert wider.low < best.low
    assert words.of_the_best(best, 4) == (
        f"{percent(best.value)} (95 % CI [{percent(wider.low)}, {percent(wider.high)}], "
        "the best of 4 picked)"
    )


def test_rank_correlations_span_the_domains(run):
    together = obtain(TRANSFER_DOMAINS, run, domains_params(run, ("rich", "few")))
    exhibit = all_domains.heatmap(together, LINEAR, LIGHT, {"rich": "Rich", "few": "Few"})
    taus = together.taus[LINEAR][together.scores.index("size")]
    low, high = signed(taus.min()), signed(taus.max())
    assert f"Size {low if low == high else f'{low} to {high}'}" in exhibit.sentence
    mean = together.means[LINEAR][together.scores.index("size")]
    sentence = all_domains.means(together, LINEAR, LIGHT).sentence
    assert f"Size {signed(mean.value)}" in sentence


def test_few_labels_count_the_encoders_that_are_behind(run):
    result = obtain(LOW_SHOT, run, low_shot_params(run, "rich"))
    others = [space for space in result.spaces if space.name not in (SUBSTRATE, UNTRAINED)]
    ours = result.space(SUBSTRATE).accuracies[0].value
    ahead = sum(ours > space.accuracies[0].value for space in others)
    sentence = low_shot.differences_sentence(result)
    assert f"{result.shots[0]} labels per class" in sentence
    assert f"full features of {ahead} of 4 encoders" in sentence
    apart = sum(space.differences[0].high < 0 for space in others)
    assert f"excludes zero for {apart} of these" in sentence
    assert points(-others[0].differences[0].value) in low_shot.gain(others[0], 0)


def test_few_labels_within_photographs_claim_no_interval(run):
    result = obtain(LOW_SHOT, run, low_shot_params(run, "few"))
    assert result.within and "interval" not in low_shot.differences_sentence(result)
