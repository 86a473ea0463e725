import numpy as np
import pytest
import torch

from substrate.encoders.blocks import blocks
from substrate.encoders.networks.architectures import KINDS, UnknownKindError, build
from substrate.encoders.networks.factorised import FactorisedVgg, FrozenDepthwise

each_kind = pytest.mark.parametrize("kind", list(KINDS))
IMAGES = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def parameters(model) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in model.parameters()])


@each_kind
def test_every_kind_has_timms_interface(kind):
    model = build(kind, seed=0).eval()
    with torch.inference_mode():
        features = model.forward_features(IMAGES)
        pooled = model.forward_head(features, pre_logits=True)
        assert pooled.shape == (3, model.num_features)
        torch.testing.assert_close(model.forward_head(features), model(IMAGES))
        assert model(IMAGES).shape == (3, 10)


@each_kind
def test_every_kind_is_small(kind):
    assert 2e5 < parameters(build(kind, seed=0)).numel() < 1.5e6


@each_kind
def test_a_seed_fixes_the_weights_and_another_changes_them(kind):
    first, again, other = (parameters(build(kind, seed=seed)) for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_building_leaves_the_global_random_state_alone():
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    build("vit", seed=5)
    build("vit")
    assert torch.equal(torch.rand(2), expected)


def test_without_a_seed_two_networks_differ():
    assert not torch.equal(parameters(build("vit")), parameters(build("vit")))


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(UnknownKindError, match="No architecture is called 'resnext'.*resnet"):
        build("resnext")


@pytest.mark.parametrize("kind", ["resnet", "vit", "mixer", "vgg", "convnext"])
def test_without_classes_the_pooled_features_come_out(kind):
    model = build(kind, seed=0, num_classes=0).eval()
    with torch.inference_mode():
        assert model(IMAGES).shape == (3, model.num_features)


@pytest.mark.parametrize(
    ("kind", "count", "first", "last"),
    [
        ("resnet", 4, "layer1.0", "layer4.0"),
        ("convnext", 6, "stages.0.blocks.0", "stages.3.blocks.0"),
        ("vgg", 8, "features.2", "features.27"),
        ("mobilenetv2", 8, "blocks.0.0", "blocks.4.0"),
        ("vit", 6, "blocks.0", "blocks.5"),
        ("swin", 5, "layers.0.blocks.0", "layers.2.blocks.2"),
        ("mixer", 6, "blocks.0", "blocks.5"),
        ("vgg_factorised", 8, "features.0", "features.11"),
    ],
)
def test_the_blocks_of_every_kind(kind, count, first, last):
    names = blocks(build(kind, seed=0))
    assert (len(names), names[0], names[-1]) == (count, first, last)


@pytest.mark.parametrize(
    ("name", "count", "first", "last"),
    [
        ("resnet18", 8, "layer1.0", "layer4.1"),
        ("vit_tiny_patch16_224", 12, "blocks.0", "blocks.11"),
        ("mobilenetv2_100", 17, "blocks.0.0", "blocks.6.0"),
        ("mobilenetv1_100", 13, "blocks.0.0", "blocks.4.1"),
        ("convnext_atto", 12, "stages.0.blocks.0", "stages.3.blocks.1"),
        ("swin_tiny_patch4_window7_224", 12, "layers.0.blocks.0", "layers.3.blocks.1"),
        ("mixer_s32_224", 8, "blocks.0", "blocks.7"),
        ("maxvit_rmlp_pico_rw_256", 11, "stages.0.blocks.0", "stages.3.blocks.1"),
    ],
)
def test_the_blocks_of_timm_networks(name, count, first, last):
    import timm

    with torch.device("meta"):
        names = blocks(timm.create_model(name, pretrained=False))
    assert (len(names), names[0], names[-1]) == (count, first, last)


def test_frozen_filters_respond_as_worked_out_by_hand():
    edge, mean = torch.zeros(2, 3, 3)
    edge[1, 0], edge[1, 2] = -1, 1
    mean[1, 1] = 1
    ramp = torch.arange(4.0).repeat(4, 1)[None, None]
    response = FrozenDepthwise(torch.stack([edge, mean]))(ramp)
    assert response.shape == (1, 4, 4, 4)
    # Columns 0 1 2 3 with a border of zeros: right minus left neighbour is 1 2 2 -2.
    expected = np.array([[1, 2, 2, 0], [0, 1, 2, 3], [0, 0, 0, 2], [0, 0, 0, 0]], dtype=np.float32)
    np.testing.assert_array_equal(response[0, :, 1].numpy(), expected)


def test_a_factorised_block_never_trains_its_filters():
    model = FactorisedVgg(10)
    learned = {name.split(".")[-2] for name, _ in model.named_parameters()}
    assert learned == {"pointwise", "fc"}
    assert any(name.endswith("spatial.filters") for name in model.state_dict())


def test_a_vgg_with_larger_filters_keeps_its_shapes():
    small, large = build("vgg", seed=0), build("vgg", seed=0, kernel_size=7)
    assert large.features[0].weight.shape[-2:] == (7, 7)
    for model in (small, large):
        assert model.eval().forward_features(IMAGES).shape == (3, 160, 1, 1)
