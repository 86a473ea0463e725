"""A copy that a study does not declare is named; seeds of one recipe and relatives are not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.panel_choice import default_choice
from substrate.analyses.sharedness.copies import (
    ALIKE,
    COPIES,
    TWO_SEEDS,
    Copies,
    copies_sentence,
)
from substrate.analyses.spec import obtain
from substrate.exhibits.exhibit import titles
from substrate.exhibits.panel_page import shared_on, subspace
from substrate.figures.theme import LIGHT
from substrate.numerics.metrics import METRICS
from substrate.report.page import _panel
from substrate.runs import Run, open_run, runs_directory
from substrate.store import digest
from tests.support.planted import planted_run

RNG = np.random.default_rng(3)
TURN = np.linalg.qr(RNG.normal(size=(40, 40)))[0]
ORDER = RNG.permutation(40)
#: What a copy of alpha (40 units) may look like.
COPIED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "exact": lambda x: x,
    "permuted": lambda x: x[:, ORDER],
    "scaled": lambda x: 37.0 * x,
    "each unit scaled": lambda x: x * np.exp(np.linspace(-3, 3, 40)) + np.arange(40.0),
    "turned": lambda x: x @ TURN,
}


def with_copy(root, change: Callable[[np.ndarray], np.ndarray], **said: str) -> Run:
    """Plant a store in which delta's features are alpha's, changed."""
    run = planted_run(root, n=96, groups=24, few=12, untrained=0)
    record = json.loads(json.dumps(run.record))
    for domain in run.domains:
        arrays = {
            layer.name: run.representation("alpha", domain, layer.name).features
            for layer in run.encoders["alpha"].layers
        }
        arrays["penultimate"] = change(arrays["penultimate"]).astype(np.float32)
        key = digest(["copy", domain, str(arrays["penultimate"][:2].tolist())])
        run.store.put(key, arrays=arrays, meta={"kind": "features"})
        record["pairs"][f"delta/{domain}"] = key
    next(e for e in record["encoders"] if e["name"] == "delta").update(said)
    path = runs_directory(run.store) / f"{run.run_id}.json"
    path.write_text(json.dumps(record))
    return open_run(run.store, run.run_id)


def copies_in(run: Run) -> Copies:
    return obtain(COPIES, run, default_choice(run).copies())


@pytest.mark.parametrize("how", COPIED)
def test_a_copy_is_found_however_its_units_are_turned_or_scaled(tmp_path, how):
    run = with_copy(tmp_path, COPIED[how])
    (pair,) = copies_in(run).pairs
    assert (pair.first, pair.second, pair.same) == ("alpha", "delta", "features")
    assert pair.similarity > 0.999
    said = copies_sentence(copies_in(run), titles(run))
    assert said.startswith("Alpha and Delta have the same features (debiased CKA of 1.00 or more")
    assert f"reach {TWO_SEEDS:.2f} at most" in said and "one `recipe`" in said


def test_equal_weights_are_enough(tmp_path):
    run = planted_run(tmp_path, n=48, groups=12, few=12, untrained=0)
    assert not copies_in(run).pairs
    record = json.loads(json.dumps(run.record))
    record["encoders"][3]["weights_digest"] = record["encoders"][1]["weights_digest"]
    same = Run(run.run_id, run.store, record)
    (pair,) = copies_in(same).pairs
    assert (pair.first, pair.second, pair.same) == ("beta", "delta", "weights")
    assert "Beta and Delta have the same weights" in copies_sentence(copies_in(same), titles(same))


def test_a_noisy_relative_and_a_declared_copy_are_not_named(tmp_path):
    def noisy(x):
        return x + 0.5 * x.std() * np.random.default_rng(5).normal(size=x.shape)

    assert not copies_in(with_copy(tmp_path / "noisy", noisy)).pairs
    declared = with_copy(tmp_path / "declared", COPIED["exact"], recipe="alpha")
    assert not copies_in(declared).pairs and "delta" not in declared.panel
    # Chosen into the panel all the same, it is still declared.
    chosen = declared.with_panel(tuple(declared.encoders))
    assert not copies_in(chosen).pairs


def test_a_copy_has_to_be_one_on_every_domain(tmp_path):
    run = with_copy(tmp_path, COPIED["exact"])
    choice = default_choice(run)
    record = json.loads(json.dumps(run.record))
    original = planted_run(tmp_path / "original", n=96, groups=24, few=12, untrained=0)
    features = {
        layer.name: original.representation("delta", "few", layer.name).features
        for layer in original.encoders["delta"].layers
    }
    run.store.put("0" * 64, arrays=features, meta={"kind": "features"})
    record["pairs"]["delta/few"] = "0" * 64
    other = Run(run.run_id, run.store, record)
    assert not obtain(COPIES, other, choice.copies()).pairs
    rich = replace(choice, domains=("rich",))
    assert len(obtain(COPIES, other, rich.copies()).pairs) == 1


def test_headline_and_report_name_the_copies(tmp_path):
    run = with_copy(tmp_path, COPIED["permuted"])
    choice = default_choice(run)
    assert "Alpha and Delta have the same features" in shared_on(run, choice, "rich").sentence
    assert "Alpha and Delta have the same features" in subspace(run, LIGHT).items[0].sentence
    clean = planted_run(tmp_path / "clean", n=96, groups=24, few=12, untrained=0)
    assert "same features" not in shared_on(clean, default_choice(clean), "rich").sentence


def test_one_loud_unit_that_two_encoders_share_makes_no_copy(tmp_path):
    """Raw features are all but that unit, so only z-scores tell that the others differ."""
    own = np.random.default_rng(5)

    def loud(x):
        other = own.normal(size=x.shape)
        other[:, 0] = 300 * np.linspace(-1, 1, len(x))
        return other

    run = with_copy(tmp_path, loud)
    record = json.loads(json.dumps(run.record))
    for domain in run.domains:
        arrays = {
            layer.name: run.representation("alpha", domain, layer.name).features.copy()
            for layer in run.encoders["alpha"].layers
        }
        last = arrays["penultimate"]
        last[:, 0] = 300 * np.linspace(-1, 1, len(last))
        key = digest(["loud", domain])
        run.store.put(key, arrays=arrays, meta={"kind": "features"})
        record["pairs"][f"alpha/{domain}"] = key
    path = runs_directory(run.store) / f"{run.run_id}.json"
    path.write_text(json.dumps(record))
    run = open_run(run.store, run.run_id)
    first, second = (
        run.representation(name, "rich", "penultimate").features for name in ("alpha", "delta")
    )
    assert METRICS["debiased_cka"].score(first, second) >= ALIKE
    assert obtain(COPIES, run, default_choice(run).copies()).pairs == ()


def test_two_seeds_of_one_recipe_are_no_copies(shared_seeds):
    """Declared as different recipes, so that nothing but their features speaks."""
    found = copies_in(shared_seeds)
    assert not found.pairs
    assert TWO_SEEDS < ALIKE


@pytest.fixture(scope="module")
def shared_seeds(tmp_path_factory):
    """ResNet and its second seed, ViT and its second seed, run for real."""
    from substrate import catalogue, jobs
    from substrate.pipeline import Pipeline
    from substrate.progress import Progress
    from substrate.store import Store

    names = ["resnet", "resnet_seed1", "vit", "vit_seed1"]
    if not set(names) <= set(catalogue.names()["bundled"]):
        pytest.skip("the second seeds are not shipped")
    study = catalogue.parse_study(
        {"encoders": names, "domains": ["face", "texture"], "samples": 96, "untrained": 0}
    )
    store = Store(tmp_path_factory.mktemp("seeds"))
    progress = Progress(store, jobs.new_job(store, study))
    run_id = Pipeline(study, store, progress, lambda _message: None, analyses=False).run()
    progress.close("done")
    record = json.loads(json.dumps(open_run(store, run_id).record))
    for encoder in record["encoders"]:
        encoder["recipe"] = encoder["name"]
    run = Run(run_id, store, record)
    assert run.panel == tuple(names)
    return run


def test_the_report_names_them_where_it_states_the_panel(tmp_path):
    run = with_copy(tmp_path, COPIED["scaled"])
    head = _panel(run)
    assert "Panel: Alpha, Beta, Gamma, Delta." in head
    assert "Alpha and Delta have the same features" in head
