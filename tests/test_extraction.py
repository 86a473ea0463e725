"""Models' inputs are the same whether they are kept or read anew."""

import subprocess
import sys
import weakref
from dataclasses import replace

import numpy as np
import pytest
import torch

import substrate.encoders.torchvision_guard  # noqa: F401  (before timm)

# isort: split
import timm
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save_file
from timm.data import create_transform, resolve_model_data_config
from torchvision.transforms import functional as transforms

from substrate.domains import packaged
from substrate.encoders import ENCODER_SOURCES, blocks, readout
from substrate.encoders.spec import Preprocessing
from substrate.extraction import (
    LARGEST_BATCH,
    WORK,
    Inputs,
    extract,
    framed,
    images_at_once,
    memory_needed,
    preprocess,
)
from substrate.study import parse

HOW = Preprocessing(32, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))


@pytest.fixture(scope="module")
def domain():
    return packaged.load("digit", tile=32, limit=70, seed=0)


def test_batches_are_all_images_in_order(domain):
    whole = torch.cat(list(Inputs().batches(domain, HOW)))
    one = preprocess(domain.read(41), HOW)
    assert whole.shape == (70, 3, 32, 32)
    np.testing.assert_array_equal(whole[41], one)


def test_images_are_read_once_for_one_way_of_seeing(domain):
    read = []
    counted = replace(domain, read=lambda row: read.append(row) or domain.read(row))
    inputs = Inputs()
    first = torch.cat(list(inputs.batches(counted, HOW)))
    again = torch.cat(list(inputs.batches(counted, HOW)))
    assert len(read) == 70
    assert torch.equal(first, again)
    list(inputs.batches(counted, replace(HOW, size=16)))
    assert len(read) == 140


@pytest.mark.parametrize("order", ["RGB", "BGR"])
def test_inputs_are_kept_as_bytes_and_scaled_as_torchvision_scales_them(domain, order):
    """As the model's floats they took four times the memory."""
    how = replace(HOW, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.1), channel_order=order)
    inputs = Inputs()
    found = torch.cat(list(inputs.batches(domain, how, 32)))
    (kept,) = inputs._kept.values()
    assert kept.nbytes == 70 * 3 * 32**2
    channels = [0, 1, 2] if order == "RGB" else [2, 1, 0]
    for row in (0, 40, 69):
        seen = transforms.to_tensor(framed(domain.read(row), how))[channels]
        expected = transforms.normalize(seen, list(how.mean), list(how.std))
        torch.testing.assert_close(found[row], expected, atol=0, rtol=0)


def test_what_is_too_large_is_not_kept_and_the_oldest_goes_first(domain):
    size = 70 * 3 * 32**2
    small = Inputs(limit=size - 1)
    assert sum(len(b) for b in small.batches(domain, HOW)) == 70
    assert not small._kept
    one = Inputs(limit=size)
    other = replace(domain, name="other")
    for each in (domain, other):
        list(one.batches(each, HOW))
    assert [key[0].name for key in one._kept] == ["other"]
    one.forget()
    assert not one._kept


def picture(height, width):
    return np.random.default_rng(height * width).integers(256, size=(height, width, 3), dtype="u1")


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(8, 90),
    width=st.integers(8, 90),
    size=st.sampled_from([16, 32, 37]),
    fraction=st.sampled_from([0.5, 0.875, 0.9, 0.95, 1.0]),
    mode=st.sampled_from(["center", "squash", "border"]),
    interpolation=st.sampled_from(["bilinear", "bicubic", "nearest", "lanczos"]),
)
def test_an_image_of_any_size_is_seen_as_timm_shows_it(
    height, width, size, fraction, mode, interpolation
):
    how = Preprocessing(size, (0.4, 0.5, 0.6), (0.2, 0.3, 0.1), fraction, mode, interpolation)
    image = picture(height, width)
    timms = create_transform(
        (3, size, size),
        mean=how.mean,
        std=how.std,
        crop_pct=fraction,
        crop_mode=mode,
        interpolation=interpolation,
    )
    torch.testing.assert_close(
        preprocess(image, how), timms(Image.fromarray(image)), atol=0, rtol=0
    )


def test_an_image_of_the_models_size_is_cropped_as_every_other():
    """One domain must not be seen at two magnifications."""
    how = replace(HOW, crop_fraction=0.5)
    edge = np.zeros((32, 32, 3), dtype="u1")
    edge[0] = 255
    assert np.asarray(framed(edge, how)).max() == 0
    assert np.asarray(framed(edge.repeat(2, 0).repeat(2, 1), how)).max() == 0


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "own.safetensors"
    save_file(timm.create_model("test_efficientnet", num_classes=5).state_dict(), path)
    return path


def timm_encoder(weights, **more):
    item = {"source": "timm", "architecture": "test_efficientnet", "weights": str(weights), **more}
    study = parse({"name": "A", "encoders": [item], "domains": ["digit"]})
    (config,) = study.encoders
    return ENCODER_SOURCES["timm"].load(config.model_dump(mode="json", exclude_none=True))


def test_a_timm_encoder_sees_what_timms_own_transform_gives(weights):
    encoder = timm_encoder(weights)
    timms = create_transform(**resolve_model_data_config(encoder.model), is_training=False)
    size = encoder.preprocessing.size
    for sides in ((size, size), (size + 5, size - 20), (300, 201)):
        image = picture(*sides)
        seen = preprocess(image, encoder.preprocessing)
        torch.testing.assert_close(seen, timms(Image.fromarray(image)), atol=0, rtol=0)


def test_a_study_may_say_how_images_are_cropped_resized_and_ordered(weights):
    given = {
        "mean": [0.1, 0.2, 0.3],
        "std": [0.5, 0.5, 0.5],
        "size": 48,
        "crop_pct": 0.75,
        "interpolation": "bicubic",
        "channel_order": "BGR",
    }
    encoder = timm_encoder(weights, **given)
    image = picture(80, 100)
    as_stored = create_transform(
        (3, 48, 48), mean=(0, 0, 0), std=(1, 1, 1), crop_pct=0.75, interpolation="bicubic"
    )
    turned = as_stored(Image.fromarray(image)).flip(0)
    expected = (turned - torch.tensor(given["mean"])[:, None, None]) / 0.5
    torch.testing.assert_close(preprocess(image, encoder.preprocessing), expected)


def test_what_timm_assumes_for_local_weights_is_said(weights):
    assumed = timm_encoder(weights).info.assumed
    assert "mean (0.485, 0.456, 0.406); std (0.229, 0.224, 0.225) as timm has for" in assumed
    assert "symmetric padding" in assumed and "pad_type: same" in assumed
    told = {"mean": [0.1, 0.2, 0.3], "kwargs": {"pad_type": "same"}}
    assert timm_encoder(weights, **told).info.assumed == (
        "Assumed, since the study does not say: std (0.229, 0.224, 0.225) as timm has for "
        "test_efficientnet."
    )
    assert timm_encoder(weights, std=[1, 1, 1], **told).info.assumed == ""


def bundled(name):
    return ENCODER_SOURCES["bundled"].load({"name": name, "layers": "all"})


def test_the_bytes_of_an_image_are_those_of_the_busiest_module():
    model = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.Conv2d(8, 2, 3, padding=1)
    )
    model.forward_features = model.forward
    # The first reads 3 and writes 8 maps of 10 x 10 in float32, the second 8 and 2.
    assert blocks.image_bytes(model, 10) == 4 * 100 * (3 + 8)


def test_a_batch_fits_the_work_and_the_memory_at_hand(weights):
    small, large = bundled("resnet"), timm_encoder(weights, size=256)
    assert images_at_once(small, free=2**34) == LARGEST_BATCH
    count = images_at_once(large, free=2**34)
    assert 1 < count < LARGEST_BATCH
    assert count * large.image_bytes <= WORK < (count + 1) * large.image_bytes
    assert images_at_once(large, free=2**28) * large.image_bytes <= 2**28 // 16
    assert images_at_once(large, free=0) == 1
    assert memory_needed(large) > count * large.image_bytes


@pytest.mark.parametrize("name", ["resnet", "vgg", "convnext", "vit", "swin", "mixer"])
def test_features_do_not_depend_on_the_batch(name, domain, monkeypatch):
    encoder = bundled(name)
    whole = extract(encoder, domain, progress=lambda _: None)
    monkeypatch.setattr("substrate.extraction.WORK", 3 * encoder.image_bytes)
    seen = []
    few = extract(encoder, domain, progress=seen.append)
    assert seen[:2] == [3, 6] and seen[-1] == 70
    for layer, values in whole.items():
        np.testing.assert_allclose(few[layer], values, rtol=1e-3, atol=1e-5 * np.abs(values).max())


def test_one_pass_holds_no_maps_of_earlier_blocks(weights, monkeypatch):
    encoder = timm_encoder(weights)
    maps, most, pool = [], [], readout.pooled

    def watched(model, output, pooling):
        maps.append(weakref.ref(output))
        most.append(sum(one() is not None for one in maps))
        return pool(model, output, pooling)

    monkeypatch.setattr(readout, "pooled", watched)
    readout.read(encoder.model, torch.zeros(2, 3, 160, 160), encoder.layers)
    assert len(maps) == len(encoder.layers) > 5
    assert max(most) <= 2


SIDE_BY_SIDE = """
import resource
from functools import partial
import numpy as np
from substrate.cli import _keep_freed_memory
_keep_freed_memory()
import torch
import substrate.encoders.torchvision_guard
import timm
from substrate.encoder_pool import EncoderPool
from substrate.domains import packaged
from substrate.encoders import readout
from substrate.encoders.spec import Encoder, EncoderInfo, Preprocessing
from substrate.extraction import Inputs, extract

torch.set_num_threads(2)
domain = packaged.load("digit", tile=32, limit=64, seed=0)
how = Preprocessing(224, (0.5,) * 3, (0.5,) * 3)
def encoder(name):
    model = timm.create_model("mobilenetv2_100").eval()
    layers = readout.find_layers(model, 224, which="all", pooling="auto", logits=True)
    return Encoder(EncoderInfo(name, name, "timm", "", "", ""), model, how, layers, name)
encoders, inputs = [encoder("a"), encoder("b")], Inputs()
list(inputs.batches(domain, how))
before = resource.getrusage(resource.RUSAGE_SELF)
run = partial(extract, domain=domain, progress=lambda _: None, inputs=inputs)
EncoderPool(2).work(partial(run, one) for one in encoders)
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_maxrss - before.ru_maxrss, after.ru_minflt - before.ru_minflt)
"""


def test_two_large_encoders_side_by_side_need_little_more_than_their_arrays():
    """Batches of 64 took 1,500 MB more, and mapped 10,000 pages anew for every image."""
    done = subprocess.run(
        [sys.executable, "-c", SIDE_BY_SIDE], capture_output=True, text=True, check=True
    )
    kilobytes, faults = map(int, done.stdout.split())
    assert kilobytes < 600_000
    assert faults / 128 < 2_500
