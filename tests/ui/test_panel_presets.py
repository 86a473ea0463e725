"""Panels by one click: what differs in them, and that a click puts them into the address."""

import json

import pytest

from substrate.runs import Run, save_record
from substrate.ui.panel_presets import presets
from tests.support.planted import planted_run

pytestmark = pytest.mark.filterwarnings("ignore")

KINDS = {
    "a": ("resnet", "supervised", "a"),
    "b": ("vgg", "supervised", "b"),
    "c": ("resnet", "contrastive", "c"),
    "d": ("resnet", "supervised", "a"),
    "e": ("vit", "supervised", "e"),
    "f": ("vit", "random labels", "f"),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    planted = planted_run(
        tmp_path_factory.mktemp("presets"),
        n=24,
        groups=12,
        few=12,
        untrained=0,
        encoders=dict.fromkeys(KINDS, 24),
    )
    record = json.loads(json.dumps(planted.record))
    for encoder in record["encoders"]:
        kind = KINDS[encoder["name"]]
        encoder["family"], encoder["paradigm"], encoder["recipe"] = kind
    save_record(planted.store, record)
    return Run(planted.run_id, planted.store, record)


def test_each_preset_differs_in_one_respect(run):
    assert presets(run) == {
        "Default": ("a", "b", "c", "e"),
        "Architectures": ("a", "b", "e"),
        "Objectives": ("a", "c"),
        "Seeds": ("a", "d"),
        "All": tuple(KINDS),
    }


def test_a_run_of_one_kind_offers_no_preset_that_it_cannot_fill(tmp_path):
    one = planted_run(tmp_path, n=24, groups=12, few=12, untrained=0)
    found = presets(one)
    assert "Seeds" not in found
    assert all(len(panel) >= 2 for panel in found.values())


def test_a_click_puts_the_panel_into_the_address(run, open_page, inline):
    app = open_page("subspace.py", run.store.root)
    assert not app.exception
    button = next(b for b in app.button if b.label == "Architectures (3)")
    button.click().run()
    assert not app.exception
    assert app.query_params["panel"] == ["a", "b", "e"]
    again = next(b for b in app.button if b.label == "Architectures (3)")
    assert again.disabled
