"""Receptive fields, measured, against those that arithmetic gives."""

import pytest
import torch
from torch import nn

from substrate.encoders import ENCODER_SOURCES
from substrate.encoders.fields import ReceptiveField, receptive_field
from substrate.encoders.spec import Layer


class Plain(nn.Module):
    """Three convolutions and a pooling whose fields are known."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3, padding=1)
        self.b = nn.MaxPool2d(2)
        self.c = nn.Conv2d(4, 4, 3, padding=1, stride=2)

    def forward_features(self, x):
        return self.c(self.b(torch.relu(self.a(x))))

    def forward_head(self, x, pre_logits=False):
        return x.mean((2, 3))


# Field of a convolution of 3: 3. After pooling by 2: 4, step 2. Then 3 of stride 2: 4 + 2 * 2 = 8.
@pytest.mark.parametrize(("name", "side", "step"), [("a", 3, 1.0), ("b", 4, 2.0), ("c", 8, 4.0)])
def test_by_arithmetic(name, side, step):
    torch.manual_seed(1)
    found = receptive_field(Plain().eval(), 64, Layer(name, name, 0.5, "spatial", 4))
    assert (found.side, found.step) == (side, step)
    row = 32 // int(step)
    left, top, right, bottom = found.box(row, row, 64)
    assert right - left == bottom - top == side and left == top
    assert found.box(0, 0, 64)[:2] == (0, 0)  # cut at the image's edge


def test_a_transformer_sees_the_whole_image_and_a_resnet_less_early_on():
    vit = ENCODER_SOURCES["bundled"].load({"name": "vit", "layers": "all"})
    resnet = ENCODER_SOURCES["bundled"].load({"name": "resnet", "layers": "all"})
    whole = receptive_field(vit.network, 32, vit.layers[1])
    assert whole.side == 32 and whole.step == 32 / 8
    fields = [receptive_field(resnet.network, 32, layer).side for layer in resnet.layers[:-2]]
    assert fields == sorted(fields) and fields[0] < 32
    assert receptive_field(resnet.network, 32, resnet.layers[-1]).side == 32


def test_boxes_by_hand():
    field = ReceptiveField(side=8, step=4.0, start=2.0)
    assert field.box(2, 1, 32) == (2, 6, 10, 14)
    assert field.box(0, 7, 32) == (26, 0, 32, 6)
