"""Pictures of the README: as many colours as fit, and those that are shown are there."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.conftest import ROOT
from tests.support.screenshots import FOLDER, MOST, PICTURES, WINDOW, reduced


def png(side, colours):
    rng = np.random.default_rng(0)
    levels = rng.integers(0, colours, (side, side, 1), dtype=np.uint8)
    picture = np.broadcast_to(levels * (255 // colours), (side, side, 3)).copy()
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue(), picture


def test_a_picture_that_fits_keeps_its_colours():
    data, picture = png(64, 8)
    back = np.asarray(Image.open(BytesIO(reduced(data))).convert("RGB"))
    assert np.array_equal(back, picture)


def test_colours_are_given_up_only_as_far_as_needed():
    data, _ = png(200, 200)
    whole, less = reduced(data), reduced(data, most=22_000)
    assert len(less) <= 22_000 < len(whole)
    count = len(np.unique(np.asarray(Image.open(BytesIO(less)).convert("L"))))
    assert 8 <= count <= 32
    with pytest.raises(ValueError, match="choose a smaller window"):
        reduced(data, most=500)


def test_every_picture_of_the_readme_is_there_and_light():
    shown = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in PICTURES:
        path = FOLDER / f"{name}.png"
        assert f"docs/images/{name}.png" in shown
        assert path.stat().st_size <= MOST
        with Image.open(path) as picture:
            assert picture.size == WINDOW
