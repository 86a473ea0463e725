"""Metrics: page and report show the same exhibits, and the report can list the page's tables."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from substrate.analyses.metrics.all_metrics import METRICS_PAIR, MetricRow, MetricsResult, defaults
from substrate.exhibits.metrics.exhibits import metrics
from substrate.exhibits.metrics.words import sentence
from substrate.figures.theme import LIGHT
from substrate.numerics.estimates import Estimate, Null
from substrate.numerics.metrics import METRICS
from substrate.runs import open_run, save_record
from substrate.store import digest
from substrate.ui import charts
from substrate.wording import TILES
from tests.support.placed import said
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    planted = planted_run(tmp_path_factory.mktemp("metrics"), n=60, groups=20, untrained=0)
    record = json.loads(json.dumps(planted.record))
    record["study"]["permutations"] = 20
    return saved(planted, record)


def saved(run, record):
    record.pop("seal", None)
    save_record(run.store, {**record, "run_id": digest(json.dumps(record))[:16]})
    return open_run(run.store, digest(json.dumps(record))[:16])


@pytest.fixture(scope="module")
def every(run):
    return metrics(run, LIGHT, every=True).items


def test_the_page_and_the_section_say_the_same(run, every, open_page, inline, monkeypatch):
    exported = {}

    def note(_figure, key, table, _run, trace):
        exported[key] = (table, trace)

    monkeypatch.setattr(charts, "_exports", note)
    app = open_page("metrics.py", run.store.root, run=run.run_id)
    assert not app.exception
    text = said(app)
    [pair] = metrics(run, LIGHT).items
    assert pair.sentence in text
    assert pair.read in text
    table, trace = exported[pair.key]
    pd.testing.assert_frame_equal(table, pair.table)
    assert trace == pair.trace
    shown = [frame.value for frame in app.dataframe]
    for exhibit, frame in zip(every[1:], shown, strict=True):
        assert list(frame.columns) == list(exhibit.shown.columns)
        assert len(frame) == len(exhibit.shown)
        assert exhibit.sentence in text


def test_every_view_of_the_page_is_an_exhibit(run, every):
    assert [e.key for e in every] == ["metrics-pair", "metrics-numbers", "metrics-definitions"]
    pair, numbers, definitions = every
    assert pair.figure is not None and pair.trace["permutations"] == 20
    assert list(definitions.shown["key"]) == list(METRICS)
    pd.testing.assert_frame_equal(numbers.shown, pair.table.drop(columns="key"))
    assert set(pair.table["key"]) == {k for k, m in METRICS.items() if m.output == "scalar"}


def test_one_encoder_leaves_what_the_metrics_are(run):
    alone = json.loads(json.dumps(run.record))
    alone["encoders"] = alone["encoders"][:1]
    one = saved(run, alone)
    assert metrics(one, LIGHT).items == ()
    assert [e.key for e in metrics(one, LIGHT, every=True).items] == ["metrics-definitions"]


def test_the_default_pair_is_read_from_its_last_layers(run):
    record = json.loads(json.dumps(run.record))
    record["encoders"][0]["layers"] = record["encoders"][0]["layers"][:3]
    [(analysis, params)] = defaults(saved(run, record))
    assert analysis is METRICS_PAIR
    assert (params.first_layer, params.second_layer) == ("block.2", "penultimate")


NULL = Null(mean=0.1, level=0.2, p=0.04)
ROW = MetricRow(
    key="a",
    label="A",
    direction="",
    estimate=Estimate(0.5, null=NULL),
    calibrated=0.25,
    permutations=20,
)
WITHOUT_P = Estimate(0.5, null=replace(NULL, p=None))


def result(*rows, groups=20):
    return MetricsResult(rows, 60, groups, (4, 4), 20, 0, 60, TILES)


def test_the_sentence_counts_what_was_tested_and_gives_the_range_of_all():
    near = replace(ROW, estimate=Estimate(0.5, null=replace(NULL, p=0.05)), calibrated=-0.104)
    above = replace(ROW, estimate=Estimate(0.5, null=replace(NULL, p=0.06)), calibrated=0.9)
    undefined = replace(ROW, estimate=WITHOUT_P, calibrated=None)
    assert sentence(result(ROW, near, above, undefined)) == (
        "2 of 3 metrics are above what shuffled photographs give (p ≤ 0.05, each on its own); on "
        "one scale, where these give 0 and identity 1, calibrated values run from "
        "\u22120.10 to 0.90."
    )


def test_the_sentence_says_why_nothing_is_tested():
    few = result(replace(ROW, estimate=WITHOUT_P), groups=3)
    reason = "No comparison with chance: 3 photographs, and at least 10 are needed."
    assert sentence(few).endswith(f"from 0.25 to 0.25. {reason}")
    assert "where tiles shuffled inside each photograph give 0" in sentence(few)
    assert "chance: 1 photograph, and" in sentence(
        result(replace(ROW, estimate=WITHOUT_P), groups=1)
    )
    assert "No metric has a value" in sentence(
        result(replace(ROW, estimate=WITHOUT_P, calibrated=None))
    )
