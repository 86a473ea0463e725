import re
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from substrate.encoders.networks.architectures import build
from substrate.encoders.networks.factorised_filters import FILTERS
from substrate.zoo.card import header, initial_sums, load_card, load_weights, sha256, untrained
from substrate.zoo.data import CLASSES, load_cifar
from substrate.zoo.errors import ZooInputError
from substrate.zoo.evaluate import evaluate
from substrate.zoo.filters import leading_filters, random_filters
from substrate.zoo.recipe import panel_recipes
from substrate.zoo.train import ENCODERS

CARDS = sorted(ENCODERS.glob("*.yaml"))
RECIPES = {recipe.name: recipe for recipe in panel_recipes()}
MEGABYTE = 1_000_000

each_card = pytest.mark.parametrize("path", CARDS, ids=[path.stem for path in CARDS])


@each_card
def test_the_weights_are_those_of_the_card(path):
    card, recipe = load_card(path)
    weights = path.with_suffix(".safetensors")
    assert sha256(weights) == card["sha256"]
    floating = {v.dtype for v in load_file(weights).values() if v.is_floating_point()}
    assert floating == {torch.float16}
    model = load_weights(recipe, weights)
    assert sum(p.numel() for p in model.parameters()) == card["parameters"]
    assert all(bool(torch.isfinite(p).all()) for p in model.parameters())
    with torch.inference_mode():
        assert bool(torch.isfinite(model(torch.zeros(1, 3, 32, 32))).all())


@each_card
def test_the_card_tells_what_the_recipe_of_the_panel_says(path):
    card, recipe = load_card(path)
    assert recipe.name == card["name"] == path.stem
    known = RECIPES[recipe.name]
    kwargs = known.architecture.model_copy(update={"kwargs": known.model_kwargs})
    assert recipe.digest == known.model_copy(update={"architecture": kwargs}).digest
    told = header(known, load_weights(recipe, path.with_suffix(".safetensors")))
    assert {key: card.get(key) for key in told} == told
    assert ("untrained" in card["accuracy"]) == (card["accuracy"]["kind"] == "linear probe")
    assert card["training"]["steps"] > 0
    assert len(card["training"]["data_sha256"]) == 64


def assert_same_to_the_last_digit(stored, made):
    """Processors round their random numbers differently: by one step of half precision at most."""
    assert stored.keys() <= made.keys()
    for key, value in stored.items():
        torch.testing.assert_close(
            value.double(), made[key].double(), rtol=2**-10, atol=2**-24, msg=lambda m, k=key: k + m
        )


@each_card
def test_the_trajectory_is_complete(path):
    card, recipe = load_card(path)
    if not recipe.trajectory:
        assert "trajectory" not in card
        return
    steps = [entry["step"] for entry in card["trajectory"]]
    assert steps == sorted(set(steps))
    assert len(steps) >= 11
    assert (steps[0], steps[-1]) == (0, card["training"]["steps"])
    assert card["parameters"] <= 500_000
    for entry in card["trajectory"]:
        assert sha256(path.parent / entry["file"]) == entry["sha256"]
    architecture = recipe.architecture
    twin = build(architecture.kind, seed=recipe.seed, **recipe.model_kwargs).state_dict()
    first = load_file(path.parent / card["trajectory"][0]["file"])
    assert_same_to_the_last_digit(first, twin)


LAYERS_2_TO_6 = tuple(f"features.{index}.weight" for index in (4, 8, 11, 15, 18))


def test_the_frozen_filters_are_those_of_the_bundled_vgg():
    weights = load_file(ENCODERS / "vgg.safetensors")
    layers = [weights[name].double().numpy() for name in LAYERS_2_TO_6]
    np.testing.assert_allclose(leading_filters(layers), FILTERS["universal"], atol=1e-4)


def test_the_control_filters_are_made_again():
    before = build("vgg", seed=RECIPES["vgg"].seed, **RECIPES["vgg"].model_kwargs).state_dict()
    layers = [before[name].double().numpy() for name in LAYERS_2_TO_6]
    np.testing.assert_allclose(leading_filters(layers), FILTERS["untrained"], atol=1e-4)
    np.testing.assert_allclose(random_filters(0), FILTERS["random"], atol=1e-4)


@each_card
def test_the_initial_weights_are_made_again_from_the_card(path):
    card, recipe = load_card(path)
    made = initial_sums(recipe)
    assert made["norm"] == pytest.approx(card["initial"]["norm"], rel=1e-5)
    assert made["cosine"] == pytest.approx(card["initial"]["cosine"], abs=1e-5)
    other = initial_sums(recipe.model_copy(update={"seed": recipe.seed + 1}))
    assert abs(other["cosine"] - made["cosine"]) > 1e-4


@pytest.mark.parametrize("name", sorted(p.name for p in (ENCODERS / "trajectories").iterdir()))
def test_the_first_checkpoint_of_a_trajectory_holds_the_initial_weights_made_again(name):
    """The training wrote it: what the recipe gives today is what was trained."""
    stored = load_file(ENCODERS / "trajectories" / name / "step-000000.safetensors")
    again = untrained(RECIPES[name]).state_dict()
    assert stored
    assert_same_to_the_last_digit(stored, again)


def test_everything_bundled_stays_below_120_megabytes():
    assert sum(path.stat().st_size for path in ENCODERS.rglob("*")) < 120 * MEGABYTE


def test_no_weights_lie_there_without_a_card():
    assert {path.stem for path in ENCODERS.glob("*.safetensors")} == {path.stem for path in CARDS}


def test_a_file_that_is_no_card_is_refused(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("name: x\n")
    with pytest.raises(ZooInputError, match="is not the card of a finished encoder"):
        load_card(path)


def test_an_encoder_that_is_not_bundled_cannot_be_evaluated(tmp_path):
    with pytest.raises(ZooInputError, match="has no card nobody; there are: "):
        evaluate(names=("nobody",))
    with pytest.raises(ZooInputError, match="has no card at all"):
        evaluate(tmp_path)


def test_real_cifar_is_read_with_its_classes(shared_data: Path):
    cifar = load_cifar(shared_data / "cifar10")
    assert cifar.train.images.shape == (50_000, 32, 32, 3)
    assert np.bincount(cifar.test.labels).tolist() == [1000] * len(CLASSES)
    cards = [load_card(path)[0] for path in CARDS]
    assert {card["training"]["data_sha256"] for card in cards} <= {cifar.digest}


def test_the_page_on_the_panel_names_every_recipe_and_says_which_has_no_weights():
    page = (ENCODERS.parents[1] / "docs" / "panel.md").read_text(encoding="utf-8")
    told = _named(page)
    assert [name for name in RECIPES if name not in told] == []
    sentence = re.search(r"Not yet trained, though their recipes are there: ([^.]*)\.", page)
    pending = re.findall(r"`(\w+)`", sentence[1]) if sentence else []
    assert pending == [name for name in RECIPES if not (ENCODERS / f"{name}.yaml").is_file()]


def _named(page):
    """Return the names in the page's tables; `_b` after `a_x` stands for what begins like it."""
    told: set[str] = set()
    for line in page.splitlines():
        names = re.findall(r"`(\w+)`", line)
        full = [name for name in names if not name.startswith("_")]
        told.update(full)
        for ending in (name for name in names if name.startswith("_")):
            told.update(RECIPES.keys() & {f"{name}{ending}" for name in _stems(full)})
    return told


def _stems(names):
    """Return every beginning of the names that ends before an underscore, and the names."""
    return {
        "_".join(parts[:count])
        for parts in (name.split("_") for name in names)
        for count in range(1, len(parts) + 1)
    }
