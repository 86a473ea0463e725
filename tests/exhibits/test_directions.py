"""Directions: page and report show the same exhibits, and the report can list every view."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from substrate.analyses.directions import embedding
from substrate.analyses.directions.basis import BASIS, BasisParams
from substrate.analyses.directions.choice import (
    DOMAINS_VIEW,
    default_choice,
    default_two_domains,
    pair_params,
    partners_params,
)
from substrate.analyses.directions.kinds import KINDS, NO_COMMON_COORDINATES, RAW
from substrate.analyses.directions.partners import MATCHED
from substrate.analyses.spec import obtain
from substrate.exhibits.directions import card_words, cards
from substrate.exhibits.directions.section import directions
from substrate.figures.theme import LIGHT
from substrate.ui import charts
from substrate.ui.directions import drawer
from substrate.wording import TILES, number, percent
from tests.support.placed import said
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("exhibits"))


@pytest.fixture(scope="module")
def default(run):
    return directions(run, LIGHT).items


@pytest.fixture(scope="module")
def every(run):
    patch = pytest.MonkeyPatch()
    patch.setattr(embedding, "umap_places", lambda x, _seed: x[:, :2])
    yield directions(run, LIGHT, every=True).items
    patch.undo()


@pytest.fixture
def page(open_page, inline, run, monkeypatch):
    """Return what the default page says, and every figure's table and trace by its key."""
    exported, texts = {}, []

    def note(_figure, key, table, _run, trace):
        exported[key] = (table, trace)

    monkeypatch.setattr(charts, "_exports", note)
    app = open_page("directions.py", run.store.root)
    for part in drawer.PARTS[1:]:
        app.segmented_control(key="directions.more").set_value(part).run()
        assert not app.exception
        texts.append(said(app))
    return " ".join(texts), exported


def test_the_page_and_the_section_say_the_same_of_the_same_choice(page, run, default):
    text, exported = page
    ours = [exhibit for exhibit in default if exhibit.key.endswith("-rich")]
    assert {"directions-heatmap-rich", "directions-angles-rich"} < {e.key for e in ours}
    for exhibit in ours:
        assert exhibit.sentence in text
        assert exhibit.read in text
        table, trace = exported[exhibit.key.removesuffix("-rich")]
        pd.testing.assert_frame_equal(table, exhibit.table)
        assert trace == exhibit.trace
    assert ours[0].context in text


def test_the_section_shows_the_scale_that_the_page_opens_with(run, default):
    assert {e.trace["whitening"] for e in default if "whitening" in e.trace} == {"z-score"}
    assert pair_params(run, default_choice(run, "rich")).a.scaling == "z-score"


def _figure_of(key, figures):
    """Return the figure of the page that an exhibit shows: its name begins the exhibit's."""
    return max((one for one in figures if key.startswith(f"{one}-")), key=len, default=key)


def test_every_view_of_the_page_is_an_exhibit(page, run, default, every):
    keys = [exhibit.key for exhibit in every]
    assert len(set(keys)) == len(keys)
    assert [e.key for e in every[: len(default)]] == [e.key for e in default]
    figures = set(page[1])
    assert {_figure_of(key, figures) for key in keys} == figures
    assert set(keys[len(default) :]) >= {
        *(f"directions-heatmap-rich-{kind.replace(' ', '-')}" for kind in KINDS[1:]),
        *(f"directions-card-{s}-{what}-rich" for s in "ab" for what in ("histogram", "partners")),
        "directions-points-rich-scores",
        *(f"directions-points-rich-{m}-{s}" for m in embedding.METHODS for s in "ab"),
        *(f"directions-{what}-rich-few" for what in ("heatmap", "angles", "spectra")),
    }
    without = [exhibit for exhibit in every if exhibit.figure is None]
    assert [(e.key, e.sentence) for e in without] == [
        ("directions-heatmap-rich-raw-cosine", NO_COMMON_COORDINATES)
    ]
    for exhibit in every:
        if exhibit.figure is not None:
            assert exhibit.sentence and exhibit.read and exhibit.trace
            assert exhibit.table is not None and len(exhibit.table)


def test_the_cards_are_those_of_the_cell_that_the_page_shows_first(page, run, every):
    text, exported = page
    by_key = {exhibit.key: exhibit for exhibit in every}
    for side in "ab":
        for what in ("histogram", "partners"):
            exhibit = by_key[f"directions-card-{side}-{what}-rich"]
            table, trace = exported[f"directions-card-{side}-{what}"]
            pd.testing.assert_frame_equal(table, exhibit.table)
            assert trace == exhibit.trace
            assert exhibit.read in text
        assert by_key[f"directions-card-{side}-partners-rich"].sentence in text
    scatter = by_key["directions-points-rich-scores"]
    table, trace = exported["directions-points"]
    pd.testing.assert_frame_equal(table, scatter.table)
    assert (trace, scatter.read in text) == (scatter.trace, True)


def test_two_domains_are_one_encoders_raw_cosines(run, every):
    [panel] = [e for e in every if e.key == "directions-heatmap-rich-few"]
    assert panel.sentence.startswith("In Alpha, direction ") and "raw cosine" in panel.sentence
    assert panel.title == "Rich and Few: cosines"
    digests = [run.domains[name].samples_digest[:12] for name in ("rich", "few")]
    assert (panel.trace["cosine"], panel.trace["samples"]) == (RAW, ", ".join(digests))
    choice = default_two_domains(run, "rich")
    assert (choice.view, choice.first, choice.second) == (DOMAINS_VIEW, "alpha", "alpha")


def test_the_spectra_say_their_effective_ranks(default):
    [spectra] = [e for e in default if e.key == "directions-spectra-rich"]
    for encoder in ("alpha", "beta"):
        facts = spectra.trace[f"{encoder}/penultimate on rich"]
        rank = float(facts.split("effective rank ")[1].split(",")[0])
        assert f"{number(rank, 1)} (95 % CI [" in spectra.sentence
        assert f"for {encoder.title()} on Rich" in spectra.sentence
    [few] = [e for e in default if e.key == "directions-spectra-few"]
    assert "interval" not in few.sentence and "at least 10 are needed" in few.context


def test_partners_say_their_range_and_where_there_is_none_to_seek_in(run):
    choice = default_choice(run, "rich")
    basis = obtain(BASIS, run, pair_params(run, choice).sides[0])
    matched = obtain(MATCHED, run, partners_params(run, basis, 0))
    low, high = matched.values[:, 0].min(), matched.values[:, 0].max()
    sentence = card_words.partners_sentence(matched, 0)
    assert sentence == (
        f"Its partners in 3 other encoders correlate with it by |r| = {number(low)} "
        f"to {number(high)}."
    )
    alone = replace(matched, others=())
    exhibit = cards.partners(alone, basis, 0, LIGHT, side="A", name="Alpha", components=16)
    assert exhibit.figure is None
    assert exhibit.sentence.startswith("No other encoder of the panel")


def test_partners_are_sought_among_enough_directions(run):
    basis = obtain(BASIS, run, BasisParams("alpha", "penultimate", "rich", scaling="z-score"))
    reach = [partners_params(run, basis, k).components for k in (0, 15, 16, 40, 63)]
    assert reach == [16, 16, 32, 48, 64]


def test_a_plane_says_what_it_keeps_or_why_not(run):
    plane = embedding.embed(
        run, embedding.EmbeddingParams(BasisParams("alpha", "penultimate", "rich"))
    )
    assert card_words.plane_sentence(plane) == (
        f"The plane keeps {percent(plane.kept)} of 15 nearest neighbours among other photographs, "
        f"where random places keep {percent(plane.kept_by_chance)}."
    )
    unknown = replace(plane, kept=None, kept_by_chance=None, kept_reason="too few samples")
    assert card_words.plane_sentence(unknown).endswith("is not known: too few samples.")


def test_a_selection_is_counted_and_what_is_not_shown_is_said():
    assert card_words.selected_sentence(5, 2, TILES, 48) == "Selected: 5 tiles of 2 photographs."
    assert card_words.selected_sentence(50, 50, TILES, 48) == (
        "Selected: 50 photographs. The first 48 are shown."
    )
    assert "first" not in card_words.selected_sentence(48, 48, TILES, 48)


def test_an_unreliable_direction_is_said_to_be_one(run):
    basis = obtain(BASIS, run, BasisParams("alpha", "penultimate", "rich"))
    weak = replace(basis, reliability=np.full(basis.count, 0.2))
    sound = replace(basis, reliability=np.full(basis.count, 0.8))
    assert card_words.UNRELIABLE in card_words.card_sentence(weak, 0, "Rich")
    assert card_words.UNRELIABLE not in card_words.card_sentence(sound, 0, "Rich")
