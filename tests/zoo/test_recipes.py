import re

import numpy as np
import pytest
import yaml

from substrate.encoders.networks.architectures import KINDS
from substrate.zoo.card import load_card
from substrate.zoo.data import LabelledImages, select
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
        "supervised",
        "simclr",
        "dino",
        "mae",
        "autoencoder",
        "vae",
        "rotation",
    }
    assert sum(recipe.trajectory for recipe in recipes) >= 4
    assert all(recipe.title for recipe in recipes)


CONTROLS = {recipe.name: recipe for recipe in panel_recipes() if recipe.control_of}


#: What a training is called and kept for, which is no part of it.
NO_PART = {"name", "title", "preset", "control_of", "differs_in", "trajectory"}


def flat(content, prefix=""):
    """Return the leaves of nested mappings by dotted key."""
    leaves = {}
    for key, value in content.items():
        nested = isinstance(value, dict)
        leaves |= flat(value, f"{prefix}{key}.") if nested else {f"{prefix}{key}": value}
    return leaves


def differences(*recipes):
    """Return the dotted keys, in order, in which two trainings differ."""
    one, other = (flat(recipe.model_dump(exclude=NO_PART)) for recipe in recipes)
    return tuple(k for k in sorted({*one, *other}) if one.get(k) != other.get(k))


@pytest.mark.parametrize("name", CONTROLS)
def test_a_control_differs_from_its_recipe_in_what_it_declares(name):
    control = CONTROLS[name]
    known = {recipe.name: recipe for recipe in panel_recipes()}
    assert control.control_of in known
    assert differences(control, known[control.control_of]) == tuple(sorted(control.differs_in))


def test_the_matched_networks_differ_in_one_thing_and_are_of_one_protocol():
    matched = [recipe for recipe in panel_recipes() if recipe.preset == "weights"]
    assert len(matched) >= 14
    assert [recipe.name for recipe in matched if not recipe.control_of] == ["matched_factorised"]
    assert all(len(recipe.differs_in) == 1 for recipe in matched if recipe.control_of)
    protocol = {
        (
            r.images,
            r.epochs,
            r.batch,
            r.augmentation,
            r.optimiser,
            r.schedule,
            r.objective.kwargs["label_smoothing"],
        )
        for r in matched
    }
    assert len(protocol) == 1
    assert matched[0].optimiser.weight_decay == 0
    assert matched[0].augmentation.name == "none"


def test_four_networks_of_one_recipe_differ_in_their_seed():
    units = [recipe for recipe in panel_recipes() if recipe.preset == "units"]
    assert [recipe.control_of for recipe in units] == [None, *[units[0].name] * 3]
    assert len({recipe.seed for recipe in units}) == 4
    assert all(differences(units[0], recipe) == ("seed",) for recipe in units[1:])


def test_the_matched_networks_see_the_same_images(tmp_path):
    rng = np.random.default_rng(0)
    data = LabelledImages(
        np.arange(60_000, dtype=np.uint16).view(np.uint8).reshape(60_000, 1, 1, 2),
        rng.integers(10, size=60_000),
    )
    known = {recipe.name: recipe for recipe in panel_recipes() if recipe.preset == "weights"}
    chosen = {name: select(data, recipe, training=True) for name, recipe in known.items()}
    whole = {n: c for n, c in chosen.items() if "cifar5" not in n}
    first = whole["matched_factorised"].images
    assert len(first) == 4000
    assert all(np.array_equal(c.images, first) for c in whole.values())
    labels = [whole[f"matched_factorised{n}"].labels for n in ("", "_random_a", "_random_b")]
    agreement = [np.mean(labels[i] == labels[j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert all(0.07 < share < 0.13 for share in agreement)
    assert np.array_equal(labels[1], whole["matched_vgg_random_a"].labels)
    halves = [chosen[f"matched_factorised_cifar5{n}"] for n in "ab"]
    assert [len(half.labels) for half in halves] == [4000, 4000]
    rows = [set(half.images.reshape(-1, 2).copy().view(np.uint16).ravel()) for half in halves]
    assert not rows[0] & rows[1]


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


ODD_FILES = {
    "bombs of aliases": ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "is an alias"),
    "a file too large": ("# " + "x" * 300_000, "bytes; at most 262,144 are read"),
    "a repeated key": ("name: a\nname: b\n", "'name' stands twice"),
    "an object": ("!!python/object:os.system x", "is not valid YAML"),
    "a number too large": ("seed: 99999999999999999999", "above 2^53"),
    "no text": (b"\xff\xfe\x00\x01", "UTF-8"),
    "a folder": (None, "is a directory"),
}


@pytest.mark.parametrize("kind", ODD_FILES)
@pytest.mark.parametrize("read", [load_recipe, load_card])
def test_a_recipe_or_card_is_plain_data_of_bounded_size(tmp_path, kind, read):
    content, message = ODD_FILES[kind]
    path = tmp_path / "odd.yaml"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ZooInputError, match=re.escape(message)) as refusal:
        read(path)
    assert "odd.yaml" in str(refusal.value) and "\n" not in str(refusal.value)


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
