"""Two networks' weights through the inputs that they see: a copy, a sibling, and refusals."""

import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from substrate.cli import app

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Write smooth pictures of random colours, each its own photograph."""
    rng = np.random.default_rng(0)
    root = tmp_path_factory.mktemp("pictures")
    for i in range(40):
        coarse = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8))
        coarse.resize((32, 32), Image.Resampling.BICUBIC).save(root / f"{i:02d}.png")
    return root


def command(*words):
    return CliRunner().invoke(app, ["weights", *map(str, words)])


def test_a_network_through_itself_is_aligned_without_error(pictures):
    done = command("matched_factorised", "matched_factorised", "--images", pictures, "--json")
    assert done.exit_code == 0, done.output
    layers = json.loads(done.stdout)["aligned"]["layers"]
    assert next(iter(layers)) == "features.0.pointwise" and len(layers) == 8
    for row in layers.values():
        assert row["error"] < min(row["error_permuted"])
    assert layers["features.2.pointwise"]["error"] < 1e-6  # more positions than channels
    last = layers["features.11.pointwise"]
    assert last["similarity"]["value"] > 2 * max(last["permuted"])


def test_another_seed_is_aligned_better_than_permuted_photographs(pictures):
    done = command("matched_factorised", "matched_factorised_bis", "--images", pictures)
    assert done.exit_code == 0, done.output
    assert "Inputs aligned on half of 40 images of 40 photographs" in done.stdout
    row = next(x for x in done.stdout.splitlines() if "features.5.pointwise" in x and "(" in x)
    error, permuted = (float(x.strip("()")) for x in row.split()[1:3])
    assert error < permuted


def test_what_cannot_be_is_one_sentence(pictures, tmp_path):
    for words, said in (
        (("vgg", "--images", pictures), "1 are named"),
        (("vgg", "vit", "--images", pictures), "no convolutions of one name and shape"),
        (("vgg", "vgg", "--images", tmp_path), "is empty"),
    ):
        done = command(*words)
        assert done.exit_code == 2 and said in " ".join(done.output.split()), done.output
