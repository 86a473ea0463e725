import pytest
import yaml

from substrate.encoders.architectures import KINDS
from substrate.zoo.errors import ZooInputError
from substrate.zoo.recipe import load_recipe, panel_recipes, parse_recipe

TINY = {
    "name": "tiny",
    "architecture": {"kind": "resnet", "kwargs": {"channels": [4, 4, 4, 4]}},
    "optimiser": {"learning_rate": 0.05},
    "epochs": 1,
}


def test_the_panel_is_complete_and_its_names_differ():
    recipes = panel_recipes()
    assert len({recipe.name for recipe in recipes}) == len(recipes) >= 25
    assert {recipe.architecture.kind for recipe in recipes} == set(KINDS)
    objectives = {recipe.objective.name for recipe in recipes}
    assert objectives == {
        "supervised", "simclr", "dino", "mae", "autoencoder", "vae", "rotation",
    }  # fmt: skip
    assert sum(recipe.trajectory for recipe in recipes) >= 4
    assert all(recipe.title for recipe in recipes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epoch": 3}, "unknown key 'epoch'; the nearest known one is 'epochs'"),
        (
            {"optimiser": {"learning_rate": 0.1, "weight_deacy": 0}},
            "unknown key 'optimiser.weight_deacy'; the nearest known one is 'weight_decay'",
        ),
        ({"labels": "shuffled"}, "labels is 'shuffled'; write true, random:SEED"),
        ({"epochs": 0}, "epochs: Input should be greater than or equal to 1"),
        ({"name": "a/b"}, "name: String should match pattern"),
    ],
)
def test_a_wrong_recipe_is_refused_in_one_sentence(change, message):
    with pytest.raises(ZooInputError, match="made by hand: .*") as refusal:
        parse_recipe(TINY | change, "made by hand")
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_recipe_can_be_read_from_a_card(tmp_path):
    card = tmp_path / "tiny.yaml"
    card.write_text(yaml.safe_dump({"accuracy": {"value": 0.5}, "recipe": TINY}))
    assert load_recipe(card) == parse_recipe(TINY, "x")


@pytest.mark.parametrize(
    ("content", "message"),
    [("- 1", "is not a recipe"), ("{", "is not valid YAML"), (None, "There is no recipe")],
)
def test_a_file_that_is_no_recipe_is_refused(tmp_path, content, message):
    path = tmp_path / "recipe.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ZooInputError, match=message):
        load_recipe(path)


def test_classes_label_seeds_and_outputs_follow_from_the_recipe():
    plain = parse_recipe(TINY, "x")
    assert (plain.classes, plain.label_seed) == (tuple(range(10)), None)
    assert plain.model_kwargs["num_classes"] == 10
    some = parse_recipe(TINY | {"labels": "classes:5,7"}, "x")
    assert (some.classes, some.model_kwargs["num_classes"]) == ((5, 7), 2)
    assert parse_recipe(TINY | {"labels": "random:4"}, "x").label_seed == 4
    blind = parse_recipe(TINY | {"objective": {"name": "rotation"}}, "x")
    assert blind.model_kwargs["num_classes"] == 0


def test_the_digest_changes_with_the_training_and_not_with_its_name():
    plain = parse_recipe(TINY, "x")
    assert plain.digest == parse_recipe(TINY | {"name": "other", "title": "Other"}, "x").digest
    assert plain.digest != parse_recipe(TINY | {"seed": 1}, "x").digest
