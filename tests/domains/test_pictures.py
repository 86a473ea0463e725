"""The small pictures of a domain, and how large its images are."""

import numpy as np

from substrate.domains import DOMAIN_SOURCES
from substrate.domains.pictures import shorter_side, small_pictures


def test_the_side_of_images_is_their_own_whatever_the_tile():
    """Faces have 25 x 25 pixels; tiles are cut at the side that is asked for."""
    sides = {}
    for name in ("face", "natural"):
        for tile in (32, 64):
            domain = DOMAIN_SOURCES["packaged"].load({"name": name}, limit=12, seed=0, tile=tile)
            sides[name, tile] = shorter_side(domain)
            assert small_pictures(domain)["pixels"].shape == (12, 32, 32, 3)
    assert sides == {
        ("face", 32): 25,
        ("face", 64): 25,
        ("natural", 32): 32,
        ("natural", 64): 64,
    }


def test_it_is_the_shorter_side_of_the_middle_image(tmp_path):
    from PIL import Image

    for index, size in enumerate([(40, 60), (90, 50), (200, 300)]):
        noise = np.random.default_rng(index).integers(0, 255, (size[1], size[0], 3))
        Image.fromarray(noise.astype(np.uint8)).save(tmp_path / f"{index}.png")
    domain = DOMAIN_SOURCES["folder"].load({"path": str(tmp_path)}, limit=9, seed=0, tile=32)
    assert shorter_side(domain) == 50
