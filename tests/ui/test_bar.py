"""The bar under the title: a box of choices is as wide as its longest choice, within bounds."""

import pytest

from substrate.ui.bar import box_width


@pytest.mark.parametrize(
    ("titles", "width"),
    [
        ([], 150),
        (["ViT", "ResNet, SimCLR"], 150),
        (["ViT", "ResNet-50, supervised"], 191),
        (["A title of an encoder that goes on and on"], 230),
    ],
)
def test_a_box_has_room_for_its_longest_choice(titles, width):
    assert box_width(150, titles) == pytest.approx(width, abs=3)
