"""Untrained twins: repeatable, of the same architecture, and never one network for two encoders."""

from itertools import combinations

import numpy as np
import pytest
import torch

from substrate.encoders import ENCODER_SOURCES, readout
from substrate.encoders.spec import twin_origins, twin_seed

BUNDLED = ENCODER_SOURCES["bundled"]
NAMES = [info.name for info in BUNDLED.infos()]
IMAGES = torch.randn(8, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def penultimate(encoder):
    return readout.read(encoder.model.eval(), IMAGES, encoder.layers)["penultimate"].numpy()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """Local weights of a tiny timm architecture."""
    import substrate.encoders.torchvision_guard  # noqa: F401  (before timm)

    # isort: split
    from safetensors.torch import save_file
    from timm import create_model

    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_file(create_model("test_resnet", num_classes=7).state_dict(), path)
    return path


def timm(name, weights, **more):
    return {
        "source": "timm",
        "architecture": "test_resnet",
        "name": name,
        "size": 32,
        "weights": str(weights),
        **more,
    }


def test_no_two_bundled_encoders_have_one_network_as_their_twin():
    """Simclr and rotation are of one architecture, as are both seeds of every recipe."""
    found = {name: penultimate(BUNDLED.untrained({"name": name}, 0)) for name in NAMES}
    for a, b in combinations(NAMES, 2):
        if found[a].shape == found[b].shape:
            assert not np.allclose(found[a], found[b], rtol=0.01), f"{a} and {b}"


def test_two_entries_of_one_timm_file_have_twins_of_their_own(tiny):
    """Identical weights under two names: a counter keeps their twins apart, whatever the names."""
    source = ENCODER_SOURCES["timm"]
    digests = {name: source.load(timm(name, tiny)).weights_digest for name in ("a", "b")}
    assert digests["a"] == digests["b"]
    origins = twin_origins(digests)
    first, second = (source.untrained(timm(name, tiny), 0, origins[name]) for name in ("a", "b"))
    assert first.weights_digest != second.weights_digest
    assert not np.allclose(penultimate(first), penultimate(second), rtol=0.01)


def test_a_name_changes_no_twin(tiny):
    made = [ENCODER_SOURCES["timm"].untrained(timm(name, tiny), 1) for name in ("a", "other")]
    assert made[0].weights_digest == made[1].weights_digest
    np.testing.assert_array_equal(penultimate(made[0]), penultimate(made[1]))


def test_origins_are_the_digests_and_count_repeats_in_the_order_of_the_study():
    assert twin_origins({"a": "x", "b": "y", "c": "x", "d": "x"}) == {
        "a": "x",
        "b": "y",
        "c": "x+1",
        "d": "x+2",
    }


@pytest.mark.parametrize("source", ["bundled", "timm"])
def test_a_twin_is_the_same_each_time_and_another_with_another_seed(source, tiny):
    config = {"name": "vit"} if source == "bundled" else timm("a", tiny)
    made = [ENCODER_SOURCES[source].untrained(config, seed) for seed in (1, 1, 2)]
    assert made[0].weights_digest == made[1].weights_digest != made[2].weights_digest
    np.testing.assert_array_equal(penultimate(made[0]), penultimate(made[1]))
    assert not np.allclose(penultimate(made[0]), penultimate(made[2]), rtol=0.01)


def test_twins_have_the_layers_of_their_encoders():
    for name in ("resnet", "vit"):
        twin, own = BUNDLED.untrained({"name": name}, 3), BUNDLED.load({"name": name})
        assert twin.layers == own.layers


def test_seeds_of_twins_fit_torch_and_do_not_collide():
    digests = [BUNDLED.card(name)["sha256"] for name in NAMES]
    seeds = {twin_seed(digest, seed) for digest in digests for seed in range(100)}
    assert len(seeds) == 100 * len(NAMES)
    assert min(seeds) >= 0 and max(seeds) < 2**63
