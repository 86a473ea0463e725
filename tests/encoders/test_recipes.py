"""Families, paradigms and recipes: from cards and timm's registry, never from a title's letters."""

import pytest

from substrate import catalogue
from substrate.encoder_ref import EncoderRef
from substrate.encoders import timm_hub
from substrate.encoders.bundled import recipe_of
from substrate.runs import Run
from substrate.study import StudyError


def test_timm_families_are_the_modules_of_timm():
    same = timm_hub.family_of("resnet50")
    assert same == timm_hub.family_of("resnet101.tv_in1k") == timm_hub.family_of("wide_resnet50_2")
    assert timm_hub.family_of("vit_tiny_patch16_224") == "vit" == timm_hub.family_of("test_vit")
    assert timm_hub.family_of("maxvit_tiny_tf_224") not in ("vit", same)
    assert timm_hub.family_of("convnext_tiny") == "convnext"


def bundled():
    return {info.name: info for info in catalogue.encoders()}


def test_a_bundled_recipe_is_architecture_and_objective_whatever_seed_and_width():
    recipes = {name: info.recipe for name, info in bundled().items()}
    assert recipes["resnet"] == recipes["resnet_seed1"] == recipes["resnet_half"]
    assert recipes["vit"] == recipes["vit_seed1"] != recipes["mae"]
    assert recipes["vgg"] == recipes["vgg_factorised"] == recipes["vgg_factorised_bis"]
    assert len({recipes[name] for name in ("resnet", "simclr", "rotation", "autoencoder")}) == 4
    assert bundled()["vgg_factorised"].family == bundled()["vgg"].family == "vgg"


def test_two_objectives_of_one_paradigm_are_two_recipes():
    card = {"paradigm": "autoencoding", "recipe": {"architecture": {"kind": "resnet"}}}
    recipes = {
        recipe_of(card | {"recipe": card["recipe"] | {"objective": {"name": name}}})
        for name in ("autoencoder", "vae")
    }
    assert recipes == {"resnet, autoencoder", "resnet, vae"}


def run_of(*encoders):
    """Return the record of a run with encoders of (name, recipe, paradigm)."""
    records = [
        {
            "name": name,
            "title": name.upper(),
            "source": "bundled",
            "family": "f",
            "paradigm": paradigm,
            "recipe": recipe,
            "weights_digest": name,
            "layers": [],
        }
        for name, recipe, paradigm in encoders
    ]
    return Run("0", None, {"encoders": records, "domains": [], "pairs": {}, "study": {}})


def test_the_panel_is_one_encoder_of_each_recipe_and_none_of_random_labels():
    run = run_of(
        ("a", "r", "supervised"),
        ("b", "s", "masked"),
        ("a2", "r", "supervised"),
        ("n", "r", "random labels"),
        ("c", "", "supervised"),
    )
    assert run.panel == ("a", "b", "c")
    assert run.left_out == {"a2": "it is of one recipe with A", "n": "it learnt random labels"}
    assert run.recipe(EncoderRef("c", twin=1)) == "c"


def test_a_network_of_random_labels_is_not_the_first_of_its_recipe():
    run = run_of(("n", "r", "random labels"), ("a", "r", "supervised"), ("b", "s", "supervised"))
    assert run.panel == ("a", "b")


def test_a_study_of_copies_alone_has_all_of_them_in_its_panel():
    run = run_of(("a", "r", "supervised"), ("a2", "r", "supervised"), ("n", "r", "random labels"))
    assert run.panel == ("a", "a2", "n")
    assert run.left_out == {}


def test_a_recipe_that_is_no_text_is_refused_in_a_sentence():
    encoder = {"source": "timm", "architecture": "test_resnet", "recipe": ["x"]}
    with pytest.raises(StudyError, match="recipe"):
        catalogue.parse_study({"encoders": [encoder], "domains": ["face"]})
