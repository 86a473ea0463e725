"""The experiments' exhibits: page and report place the same ones, `every` leaves no view out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from substrate.analyses.experiments.catalogue import EXPERIMENTS, read_results
from substrate.analyses.experiments.choice import ExperimentsChoice, default_choice, domains, scopes
from substrate.exhibits.experiments.exhibits import FIGURES
from substrate.exhibits.experiments.section import QUESTION, experiments
from substrate.exhibits.experiments.weights_exhibits import _told, lacking
from substrate.exhibits.experiments.weights_words import (
    beyond_shuffled,
    by_network,
    errors_sentence,
    fewest,
    halves_sentence,
    pair_sentence,
)
from substrate.figures.experiments.weights import similarity_over_depth
from substrate.figures.theme import LIGHT
from substrate.numerics.weights.noise import leading_share
from substrate.wording import unbroken
from tests.support.experiment_files import write_all

FIRST = [
    "experiments-distill-differences",
    "experiments-modality-rows",
    "experiments-emergence-shares",
    "experiments-panel-domains",
    "experiments-stitching-rows",
    "experiments-weights-another-initialisation",
    "experiments-students-linear",
    "experiments-polarisation-encoders",
    "experiments-concepts-images",
]


@pytest.fixture
def results(tmp_path, monkeypatch):
    folder = tmp_path / "results"
    folder.mkdir()
    monkeypatch.setenv("SUBSTRATE_RESULTS", str(folder))
    return write_all(folder)


def test_the_report_lists_the_figure_that_answers_each_question(results):
    section = experiments(None, LIGHT)
    assert [item.key for item in section.items] == FIRST
    assert [item.title for item in section.items] == [e.question for e in EXPERIMENTS.values()]
    assert all(item.figure is not None and item.sentence and item.read for item in section.items)


@pytest.mark.parametrize("name", list(EXPERIMENTS))
def test_page_and_report_show_the_same(open_page, tmp_path, results, name):
    app = open_page("experiments.py", tmp_path, experiment=name)
    assert not app.exception and app.title[0].value == QUESTION
    listed = {item.key: item for item in experiments(None, LIGHT, every=True).items}
    placed = FIGURES[name](read_results(name), default_choice(), LIGHT)
    first = placed[0]
    said = [block.value for block in app.markdown]
    captions = [caption.value for caption in app.caption]
    assert unbroken(first.sentence) in [text.replace("\\", "") for text in said]
    assert unbroken(first.context) in [text.replace("\\", "") for text in captions]
    assert len(app.get("plotly_chart")) == len(placed)
    for exhibit in placed:
        report = listed[exhibit.key]
        assert exhibit.read in "".join(text.replace("\\", "") for text in (*said, *captions))
        assert exhibit.read == report.read
        assert (exhibit.sentence, exhibit.context) == (report.sentence, report.context)
        assert exhibit.trace == report.trace
        pd.testing.assert_frame_equal(exhibit.table, report.table)


def test_every_lists_all_figures_on_all_photographs_and_domains(results):
    assert scopes() == ("all", "natural") and domains() == ("rich", "few")
    every = experiments(None, LIGHT, every=True).items
    assert [item.key for item in every] == [
        "experiments-distill-differences",
        "experiments-distill-alignment",
        "experiments-modality-rows",
        "experiments-modality-rows-natural",
        "experiments-emergence-shares",
        "experiments-emergence-curves",
        "experiments-emergence-curves-few",
        "experiments-panel-domains",
        "experiments-panel-pairs",
        "experiments-stitching-rows",
        "experiments-stitching-r2",
        "experiments-weights-another-initialisation",
        "experiments-weights-other-labels",
        "experiments-weights-random-labels",
        "experiments-weights-other-classes",
        "experiments-weights-filters",
        "experiments-weights-rank",
        "experiments-weights-redrawn",
        "experiments-weights-training",
        "experiments-students-linear",
        "experiments-students-regression-labels",
        "experiments-students-regression-pixels",
        "experiments-students-classification-labels",
        "experiments-students-classification-pixels",
        "experiments-polarisation-encoders",
        "experiments-polarisation-training",
        "experiments-polarisation-units",
        "experiments-polarisation-encoders-few",
        "experiments-polarisation-training-few",
        "experiments-polarisation-units-few",
        "experiments-concepts-images",
        "experiments-concepts-firing",
        "experiments-concepts-pictures-noisy",
        "experiments-concepts-pictures-blurred",
    ]
    assert len({item.title for item in every}) == len(every)
    assert all(item.figure is not None and len(item.table) for item in every)
    curves = {item.key: item.table for item in every}
    assert set(curves["experiments-emergence-curves"]["low"].dropna()) == {0.0, 0.2, 0.4}
    assert curves["experiments-emergence-curves-few"]["low"].isna().all()


def of_weights(relation):
    """Return the layers of all pairs of a relation."""
    pairs = [one for one in read_results("weights").repeats if one.relation == relation]
    return [point for pair in pairs for point in pair.points]


def test_pairs_have_both_orders_and_ranks_beside_those_of_planted_samples(results):
    items = {item.key: item for item in experiments(None, LIGHT, every=True).items}
    pair = items["experiments-weights-another-initialisation"]
    row = pair.table.iloc[0]
    assert [row[c] for c in ("rank A", "rank B")] == [2.0, 3.0]
    assert [row[c] for c in ("rank of planted A", "rank of planted B")] == [1.5, 2.5]
    assert "in the mean 2.5; their estimator gives 2.0 for planted samples" in pair.context
    said = [
        point.value.value for point in of_weights("another initialisation") if point.value.value
    ]
    nulls = [
        np.mean(p.beside["permuted"]) for p in of_weights("another initialisation") if p.value.value
    ]
    assert pair.verdict.short == (
        f"Learned channels agree {np.mean(said) - np.mean(nulls):.2f} more in S than through "
        "shuffled alignments (another initialisation)"
    )
    assert [row[c] for c in ("against itself", "inputs carried")] == [1.03, 80]
    ranks = items["experiments-weights-rank"]
    assert ranks.verdict.short.startswith("On its first 4 eigenvectors ")
    assert ranks.verdict.short.endswith("keeps nine tenths of accuracy above guessing")
    white = [f"{100 * leading_share(4, n, d):.0f} %" for n, d in ((96, 960), (864, 96))]
    assert f"96 neurons over 960 inputs {white[0]} (random 0 %)" in ranks.context
    assert f"864 neurons over 96 inputs {white[1]} (random 4 %)" in ranks.context
    assert "(1, 4), the first to keep nine tenths" in ranks.sentence
    assert "(52 %) 4 first eigenvectors and all random directions." in ranks.sentence
    assert len(ranks.figure.data) == 3 and len(ranks.figure.layout.shapes) == 2
    drawn = items["experiments-weights-redrawn"]
    assert drawn.verdict.short.endswith("keep more accuracy than white ones in 1 network")
    file = read_results("weights")
    assert lacking(file) == ""
    asked = file.model_copy(update={"configuration": {"pairs": [["another width", "a", "b"]]}})
    assert lacking(asked).startswith("Not measured yet: 1 pair of another width. ")
    training = items["experiments-weights-training"]
    assert training.verdict.short.endswith("in 1 training")
    assert "from 0.30 (random bases 0.32) to 0.80 (0.32), beyond their 95 % level from step 10" in (
        training.sentence
    )
    assert "half way at step 100, accuracy at step 100 of 1,000" in training.sentence


def test_layers_whose_s_grows_with_images_have_open_markers(results):
    """S is planted .04 above that at half of the images, however wide its range."""
    pairs = [
        one for one in read_results("weights").repeats if one.relation == "another initialisation"
    ]
    grown = (
        pairs[0]
        .points[0]
        .model_copy(update={"beside": {**pairs[0].points[0].beside, "halved": (0.5,)}})
    )
    pair = pairs[0].model_copy(update={"points": (grown, *pairs[0].points[1:])})
    said = halves_sentence([pair])
    assert (
        f"a mean of {(0.5 + 6 * 0.854) / 7:.2f}; with all of them it changes by 0.04 to 0.39 by "
        "layer, by more than 0.02 in 7 of 7 layers. It may go on growing" in said
    )
    assert said.endswith("whose noise is the same too, have 1.03 in each layer.")
    symbols = similarity_over_depth([pair], LIGHT, "").data[2].marker.symbol
    assert tuple(symbols) == (*["circle-open"] * 7, "circle")


def test_alignments_worse_than_a_map_to_zero_are_counted(results):
    pairs = [one for one in read_results("weights").repeats if one.relation == "other labels"]
    poor = [
        point.model_copy(
            update={"beside": {**point.beside, "error": (1.05,), "error permuted": (1.6,)}}
        )
        for point in pairs[0].points[:3]
    ]
    pair = pairs[0].model_copy(update={"points": (*poor, *pairs[0].points[3:])})
    said = errors_sentence([pair])  # the first layer sees the image, whatever its error
    assert said.startswith("In 7 of 7 layers the alignment is better")
    assert said.endswith("no sign of learning.")
    assert "(by chance in 3); its error is below 1, that of a map to zero, in 5. First" in said
    assert "First layers (1), which see the image or frozen filters of it in any two" in said
    other = errors_sentence([pair.model_copy(update={"relation": "plain and factorised"})])
    assert other.startswith("In 8 of 8 layers") and "First layers" not in other


def test_agreement_that_a_further_shuffle_may_have_is_no_more_than_shuffled(results):
    pair = next(
        one for one in read_results("weights").repeats if one.relation == "another initialisation"
    )
    shuffled = [0.02, 0.03, 0.03, 0.04, 0.03]

    def with_s(value):
        point = next(one for one in pair.points if one.value.value)
        point = point.model_copy(
            update={
                "value": replace(point.value, value=value),
                "beside": {**point.beside, "permuted": shuffled},
            }
        )
        return [pair.model_copy(update={"points": (point,)})]

    assert beyond_shuffled(with_s(0.045)) == (pytest.approx(0.015), False)  # next: up to .052
    assert beyond_shuffled(with_s(0.06)) == (pytest.approx(0.03), True)
    assert _told(with_s(0.045)).short == (
        "Learned channels agree no more than through shuffled alignments in 1 layer (another "
        "initialisation)"
    )
    assert _told(with_s(0.06)).short.startswith("Learned channels agree 0.03 more in S than")


def test_networks_that_tie_at_the_fewest_eigenvectors_are_not_named_alone(results):
    networks = by_network([one for one in read_results("weights").repeats if one.part == "rank"])
    titles, count = fewest([*networks, *networks])
    assert count == 4 and titles == 2 * fewest(networks)[0]


def test_pairs_of_one_start_say_so_beside_what_is_alike_without_alignment(results):
    file = read_results("weights")
    for relation, shared in (("other labels", True), ("another initialisation", False)):
        pair = next(one for one in file.repeats if one.relation == relation)
        low = replace(pair.points[0].value, value=0.01)
        first = pair.points[0].model_copy(update={"value": low})
        said = pair_sentence([pair.model_copy(update={"points": (first, *pair.points[1:])})])
        assert "(0.01 to " in said and "by layer; without alignment 0.80, aligned" in said
        assert ("start from one initialisation" in said) == shared


def test_at_first_the_domain_of_many_photographs_is_shown(results):
    assert default_choice() == ExperimentsChoice("all", "rich", "rich")


def test_what_was_not_run_is_left_out_and_what_is_damaged_is_named(results):
    (results / "distill.json").unlink()
    (results / "panel.json").write_text("{")
    items = experiments(None, LIGHT).items
    assert [item.key for item in items] == [*FIRST[1:3], "experiments-panel", *FIRST[-5:]]
    damaged = items[-6]
    assert damaged.figure is None and "panel.json is damaged" in damaged.sentence


def test_untested_photographs_have_no_level_of_chance(results):
    whole, few = (
        FIGURES["modality"](read_results("modality"), ExperimentsChoice(scope=scope), LIGHT)[0]
        for scope in ("all", "natural")
    )
    assert "the tick its 95 % level" in whole.read
    assert "tick" not in few.read and "Cannot be tested here" in few.read
    assert "95 % level of chance" in [trace.name for trace in whole.figure.data]
    assert "95 % level of chance" not in [trace.name for trace in few.figure.data]


def test_mixed_units_are_weighed_against_twins_and_against_the_same_architecture(results):
    rich, few = (
        FIGURES["polarisation"](read_results("polarisation"), ExperimentsChoice(images=i), LIGHT)
        for i in ("rich", "few")
    )
    encoders, training, units = rich
    assert encoders.sentence == (
        "On Rich, of the 4 units of the last features of Vae 0 % (95 % CI [−5 %, 5 %]) are passive "
        "and 30 % (95 % CI [25 %, 35 %]) mixed; its untrained twins have 30 % and 10 % on average."
    )
    assert encoders.verdict.short == (
        "The VAE's mixed units are no more than other objectives': 0.30"
    )
    assert "The 1 encoder of the same architecture and other objectives has 40 % mixed" in (
        encoders.context
    )
    assert "lies outside theirs." in encoders.context
    assert "fewer passive units than untrained twins have in 2 of 2 layers" in training.sentence
    assert units.sentence == (
        "On Rich, 20 % of the units are passive at step 0 and 0 % at step 100; 10 % and 30 % are "
        "mixed."
    )
    assert len(units.table) == 4 and len(training.table) == 6 and len(encoders.table) == 3
    assert few[0].verdict.short == "The VAE's share of mixed units: 0.30 in these images"
    assert few[0].sentence.startswith("Within the 3 photographs of Few, of the 4 units")
    assert "Too few photographs." in few[0].context
    assert few[0].table["mixed, low"].isna().all()


def test_kept_images_are_weighed_against_twins_and_units(results):
    images, firing, noisy, blurred = FIGURES["concepts"](
        read_results("concepts"), default_choice(), LIGHT
    )
    assert images.sentence == (
        "A concept of ResNet keeps this much of its 10 photographs: 60 % when photographs are "
        "blurred and 20 % when photographs are noisy; shuffled photographs give 10 %."
    )
    assert images.verdict.short == (
        "Concepts keep more images than untrained twins' under 1 tested change"
    )
    assert "it keeps more under blurred and less under noisy, of 2 changes" in images.context
    assert "the code changes that by −10.0 to +30.0 points." in images.context
    assert "On 50 held-out photographs 80 % (95 % CI [75 %, 85 %]) of the 64 concepts" in (
        firing.sentence
    )
    assert firing.context.startswith("0 to 3 of 64 concepts are dead")
    assert "Of 12 photographs of 2 concepts 9 stay theirs" in blurred.sentence
    assert "0 stay theirs when photographs are noisy" in noisy.sentence
    assert len(blurred.figure.layout.shapes) == 18 and len(blurred.figure.layout.images) == 24
    assert images.table["units"].tolist() == [0.3, 0.3]
