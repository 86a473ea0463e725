"""Untrained twins: repeatable, of the same architecture, and never one network for two encoders."""

from itertools import combinations

import numpy as np
import pytest
import torch

from substrate.encoders import ENCODER_SOURCES, readout
from substrate.encoders.spec import twin_seed

BUNDLED = ENCODER_SOURCES["bundled"]
NAMES = [info.name for info in BUNDLED.infos()]
IMAGES = torch.randn(8, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def penultimate(encoder):
    return readout.read(encoder.model.eval(), IMAGES, encoder.layers)["penultimate"].numpy()


def timm(name, **more):
    return {"source": "timm", "architecture": "test_resnet", "name": name, "size": 32, **more}


def test_no_two_bundled_encoders_have_one_network_as_their_twin():
    """Simclr and rotation are of one architecture, as are both seeds of every recipe."""
    found = {name: penultimate(BUNDLED.untrained({"name": name}, 0)) for name in NAMES}
    for a, b in combinations(NAMES, 2):
        if found[a].shape == found[b].shape:
            assert not np.allclose(found[a], found[b], rtol=0.01), f"{a} and {b}"


def test_two_entries_of_one_timm_architecture_have_twins_of_their_own():
    first, second = (ENCODER_SOURCES["timm"].untrained(timm(name), 0) for name in ("a", "b"))
    assert first.weights_digest != second.weights_digest
    assert not np.allclose(penultimate(first), penultimate(second), rtol=0.01)


@pytest.mark.parametrize("source, config", [("bundled", {"name": "vit"}), ("timm", timm("a"))])
def test_a_twin_is_the_same_each_time_and_another_with_another_seed(source, config):
    made = [ENCODER_SOURCES[source].untrained(config, seed) for seed in (1, 1, 2)]
    assert made[0].weights_digest == made[1].weights_digest != made[2].weights_digest
    np.testing.assert_array_equal(penultimate(made[0]), penultimate(made[1]))
    assert not np.allclose(penultimate(made[0]), penultimate(made[2]), rtol=0.01)


def test_twins_have_the_layers_of_their_encoders():
    for name in ("resnet", "vit"):
        twin, own = BUNDLED.untrained({"name": name}, 3), BUNDLED.load({"name": name})
        assert twin.layers == own.layers


def test_seeds_of_twins_fit_torch_and_do_not_collide():
    seeds = {twin_seed(name, seed) for name in NAMES for seed in range(100)}
    assert len(seeds) == 100 * len(NAMES)
    assert min(seeds) >= 0 and max(seeds) < 2**63
