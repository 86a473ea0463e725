"""The Home page: what was found as cards, of the shipped run or of one's own."""

import pytest

from substrate.analyses.spec import NotYetError
from substrate.claims.verdict import AGREEING
from substrate.exhibits.findings import Finding, findings, headline
from substrate.exhibits.verdict import WORDS, Badge
from substrate.figures.theme import LIGHT
from substrate.gallery.shown import shipped_run
from substrate.ui import declared
from tests.pages.test_pages import said

pytestmark = pytest.mark.filterwarnings("ignore")
PAGES = ("wall", "subspace", "subspace", "transfer", "claims")


@pytest.fixture(scope="module")
def shipped() -> tuple[Finding, ...]:
    run = shipped_run()
    return findings(run, LIGHT.of(run.encoders))


def test_the_shipped_run_has_five_findings_each_with_a_figure_and_a_verdict(shipped):
    assert tuple(finding.page for finding in shipped) == PAGES
    for finding in shipped:
        assert finding.exhibit.figure is not None
        assert len(finding.exhibit.verdict.short.split()) <= WORDS
        assert finding.exhibit.read


def test_every_address_of_a_card_is_one_that_its_page_knows(shipped):
    for finding in shipped:
        known = {field.name for field in declared.fields_of(declared.PAGES[finding.page])}
        assert set(finding.address) <= known


def test_the_published_score_is_higher_for_untrained_networks(shipped):
    """The finding that the program was made for, from the numbers that the figure shows."""
    published = shipped[1].exhibit
    at = {
        row: x
        for trace in published.figure.data
        for row, x in zip(trace.y, trace.x, strict=True)
        if len(trace.x) < 5
    }
    assert at["Untrained panels"] > at["Trained panel"] > at["Shuffled between encoders"]
    assert "Untrained twins score higher" in published.verdict.short


def test_the_detector_loses_on_new_photographs_what_the_published_split_gave_it(shipped):
    figure = shipped[3].exhibit.figure
    at = {row: x for trace in figure.data for row, x in zip(trace.y, trace.x, strict=True)}
    lost = round(100 * (at["As published"] - at["New photographs"]))
    assert lost > 0
    assert f"flatters the detector by {lost} points" in shipped[3].exhibit.verdict.short


def test_the_images_are_of_the_most_shared_directions(shipped):
    images, badge = shipped[0].exhibit.figure.layout.images, shipped[0].exhibit.verdict.badge
    assert len(images) == 2 * len(shipped_run().panel)
    assert badge in (Badge.BOTH, Badge.SHUFFLING, Badge.UNTOLD)


def test_what_is_not_computed_is_left_out_and_nothing_is_computed(real_run):
    def nothing(analysis, _run, _params):
        raise NotYetError(analysis.key)

    assert findings(real_run, LIGHT, nothing) == ()
    assert headline(real_run, nothing) == ""


def test_a_headline_is_one_short_sentence(real_run):
    assert headline(real_run).startswith("Sharedness ")
    assert headline(shipped_run()).endswith("0.37")


def test_the_page_shows_the_cards_of_the_shipped_run(open_page, tmp_path):
    app = open_page("home.py", tmp_path)
    assert not app.exception
    assert len(app.get("plotly_chart")) == len(PAGES)
    assert "The shipped run" in said(app)


def test_the_page_shows_the_cards_of_a_run_of_ones_own(open_page, real_run):
    app = open_page("home.py", real_run.store.root)
    assert not app.exception
    assert len(app.get("plotly_chart")) == len(PAGES)
    assert "The shipped run" not in said(app)


def test_the_card_of_the_claims_draws_what_its_headline_counts(shipped):
    exhibit = shipped[4].exhibit
    [bars] = [trace for trace in exhibit.figure.data if trace.type == "bar"]
    drawn = dict(zip(bars.y, bars.x, strict=True))
    agreeing = sum(int(n) for name, n in drawn.items() if name in AGREEING)
    assert exhibit.verdict.short.startswith(f"{agreeing} tested claim")
