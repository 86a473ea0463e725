import math

import numpy as np
import pytest
import torch

from substrate.encoders.networks.architectures import build
from substrate.zoo.augment import augment
from substrate.zoo.data import as_pixels, normalise
from substrate.zoo.errors import ZooInputError
from substrate.zoo.objectives import OBJECTIVES, build_objective
from substrate.zoo.recipe import Augmentation, parse_recipe
from tests.support.zoo_fixtures import coloured_images

RESNET = {"kind": "resnet", "kwargs": {"channels": [8, 8, 16, 16]}}
VIT = {
    "kind": "vit",
    "kwargs": {"embed_dim": 24, "depth": 2, "num_heads": 2, "global_pool": "avg", "fc_norm": False},
}


def objective(name, augmentation="none", **kwargs):
    recipe = parse_recipe(
        {
            "name": name,
            "architecture": VIT if name == "mae" else RESNET,
            "objective": {"name": name, "kwargs": kwargs},
            "augmentation": {"name": augmentation, "chunk": 4},
            "optimiser": {"learning_rate": 0.1},
            "epochs": 1,
        },
        "test",
    )
    torch.manual_seed(0)
    encoder = build(recipe.architecture.kind, seed=0, **recipe.model_kwargs)
    return build_objective(encoder, recipe)


@pytest.fixture(scope="module")
def batch():
    images, labels = coloured_images(24, 0)
    return as_pixels(images), torch.from_numpy(labels)


@pytest.mark.parametrize("name", list(OBJECTIVES))
def test_every_objective_learns(name, batch):
    # A moving teacher or centre moves the goal: the student is judged on a goal that stands still.
    still = {"momentum": 1.0, "center_momentum": 1.0} if name == "dino" else {}
    trained = objective(name, **still)
    optimiser = torch.optim.AdamW([p for p in trained.parameters() if p.requires_grad], 3e-3)
    losses = []
    for step in range(15):
        torch.manual_seed(step)
        optimiser.zero_grad()
        loss = trained(*batch)
        loss.backward()
        optimiser.step()
        trained.after_step(step / 15)
        losses.append(loss.item())
    assert np.mean(losses[-3:]) < 0.98 * np.mean(losses[:3])


def test_unknown_arguments_of_an_objective_are_refused():
    with pytest.raises(ZooInputError, match="objective simclr: .*temprature"):
        objective("simclr", temprature=0.1)


def test_simclr_of_equal_codes_is_the_entropy_of_guessing(batch):
    contrastive = objective("simclr")
    contrastive.projector = torch.nn.Sequential(
        torch.nn.Linear(16, 1, bias=False), torch.nn.Sigmoid()
    )
    # One-dimensional positive codes all become 1: the partner is one of 2 n - 1 equal others.
    assert contrastive(*batch).item() == pytest.approx(math.log(2 * 24 - 1), rel=1e-5)


def test_the_target_patches_of_the_mae_are_in_the_order_of_the_encoders_tokens(batch):
    masked = objective("mae")
    view = normalise(batch[0])
    embed = masked.encoder.patch_embed
    expected = masked._patches(view) @ embed.proj.weight.flatten(1).T + embed.proj.bias
    torch.testing.assert_close(embed(view), expected, atol=1e-5, rtol=1e-4)


def test_the_mae_with_everything_visible_encodes_what_the_encoder_does(batch):
    masked = objective("mae").eval()
    view = normalise(batch[0])
    kept = torch.arange(64).expand(len(view), -1)
    with torch.no_grad():
        whole = masked.encoder.forward_features(view)[:, 1:]
        torch.testing.assert_close(masked._encode(view, kept), whole, atol=1e-5, rtol=1e-4)


def test_the_teacher_of_dino_follows_and_stops_at_the_end():
    distilled = objective("dino", momentum=0.9)
    slow, fast = distilled.teacher[0].conv1.weight, distilled.encoder.conv1.weight
    before = slow.clone()
    with torch.no_grad():
        fast += 1
    distilled.after_step(1.0)
    torch.testing.assert_close(slow, before)
    distilled.after_step(0.0)
    torch.testing.assert_close(slow, before + 0.1)
    assert not any(p.requires_grad for p in distilled.teacher.parameters())


def test_chunks_share_a_draw_and_the_random_state_decides(batch):
    pixels = batch[0][:1].expand(8, -1, -1, -1)
    strong = Augmentation(name="strong", chunk=4)
    torch.manual_seed(0)
    first = augment(pixels, strong)
    torch.manual_seed(0)
    assert torch.equal(first, augment(pixels, strong))
    assert torch.equal(first[0], first[3])
    assert not torch.equal(first[0], first[4])
    assert augment(pixels, Augmentation(name="none")) is pixels
