"""The photographs inside the scikit-image and scikit-learn wheels, and how each one is read."""

import csv
import gzip
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image

from substrate.domains.spec import DomainError

FACES = 100  # lfw_subset holds 100 faces, then 100 patches of background


@dataclass(frozen=True)
class Photograph:
    """One photograph of a wheel.

    `reduction` is the factor by which it is averaged down before it is cut, so that a tile shows
    structure; a tile then covers `reduction` times its side in pixels of the photograph.
    """

    name: str
    package: str
    file: str
    licence: str
    label: str = ""
    reduction: int = 1

    @property
    def source(self) -> str:
        """Package and path inside it."""
        return f"{self.package}/{self.file}"


@dataclass(frozen=True)
class PackagedPhotographs:
    """A packaged domain: either photographs to cut, or `items` small images taken whole."""

    name: str
    title: str
    description: str
    photographs: tuple[Photograph, ...] = ()
    items: int = 0
    source: str = ""
    licence: str = ""


def _skimage(
    name: str, licence: str, *, label: str = "", file: str = "", reduction: int = 1
) -> Photograph:
    return Photograph(name, "skimage", f"data/{file or name + '.png'}", licence, label, reduction)


def _sklearn(name: str) -> Photograph:
    return Photograph(name, "sklearn", f"datasets/images/{name}.jpg", "CC-BY-2.0")


_MIDDLEBURY = "not stated (Middlebury stereo 2014)"
_PUBLIC = "public domain"
_UNSTATED = "not stated by scikit-image"

PACKAGED_DOMAINS = {
    d.name: d
    for d in (
        PackagedPhotographs(
            "natural",
            "Natural photographs",
            "Tiles of seven colour photographs: a person, a cat, a cup, a rocket, a motorcycle, "
            "a temple and a flower.",
            (
                _skimage("astronaut", _PUBLIC),
                _skimage("chelsea", "CC0-1.0"),
                _skimage("coffee", "CC0-1.0"),
                _skimage("rocket", _PUBLIC, file="rocket.jpg"),
                # The right view of the stereo pair shows the same scene and is left out.
                _skimage("motorcycle", _MIDDLEBURY, file="motorcycle_left.png"),
                _sklearn("china"),
                _sklearn("flower"),
            ),
        ),
        PackagedPhotographs(
            "fundus",
            "Fundus of the eye",
            "Tiles of one colour photograph of a retina, averaged 2 x 2, and of a close-up of "
            "microaneurysms.",
            (
                # 1411 pixels across: at full size a 32-pixel tile is narrower than most vessels.
                _skimage("retina", "CC0-1.0", file="retina.jpg", reduction=2),
                _skimage("microaneurysms", "CC0-1.0"),
            ),
        ),
        PackagedPhotographs(
            "histology",
            "Stained tissue",
            "Tiles of one microscope photograph of colonic glands, immunohistochemistry.",
            (_skimage("ihc", "no known restrictions"),),
        ),
        PackagedPhotographs(
            "astronomy",
            "Sky",
            "Tiles of the Hubble deep field and of the surface of the moon.",
            (
                _skimage("hubble_deep_field", _PUBLIC, file="hubble_deep_field.jpg"),
                _skimage("moon", _UNSTATED),
            ),
        ),
        PackagedPhotographs(
            "texture",
            "Textures",
            "Tiles of three grey photographs; the label is the kind of surface, which is also the "
            "photograph.",
            (
                _skimage("brick", "CC0-1.0", label="brick"),
                _skimage("grass", "CC0-1.0", label="grass"),
                _skimage("gravel", "CC0-1.0", label="gravel"),
            ),
        ),
        PackagedPhotographs(
            "document",
            "Documents",
            "Tiles of a scanned page and of a photographed text.",
            (_skimage("page", _UNSTATED), _skimage("text", _PUBLIC)),
        ),
        PackagedPhotographs(
            "face",
            "Faces",
            "The 100 faces of scikit-image's subset of Labeled Faces in the Wild, 25 x 25 grey.",
            items=FACES,
            source="skimage/data/lfw_subset.npy",
            licence="not stated (Labeled Faces in the Wild, for research)",
        ),
        PackagedPhotographs(
            "digit",
            "Handwritten digits",
            "scikit-learn's 1,797 digits, labelled by digit: 8 x 8 pixels, grey, written by a "
            "handful of people one after another. Each of the 14 runs of rows that scikit-learn's "
            "course documents as one writer's is one group.",
            items=1797,
            source="sklearn/datasets/data/digits.csv.gz",
            licence="CC-BY-4.0",
        ),
        PackagedPhotographs(
            "depth",
            "Depth",
            "Tiles of one disparity map: the motorcycle of the natural photographs, near is "
            "bright, gaps filled from beside them. It shares that photograph's group.",
            (_skimage("motorcycle", _MIDDLEBURY, file="motorcycle_disp.npz"),),
        ),
        PackagedPhotographs(
            "cells",
            "Cells",
            "Tiles of one quantitative phase image of a cell floating in saline.",
            (_skimage("cell", "CC0-1.0"),),
        ),
    )
}


#: Where each writer's digits begin, and where the last one's end. scikit-learn's own course gives
#: these 14 runs (and speaks of 13 writers): https://inria.github.io/scikit-learn-mooc/
#: python_scripts/cross_validation_grouping.html. Of a digit's ten nearest others by pixels, 34 %
#: are in the same run, where 7 % would be by chance; of the nearest ones, 53 %.
WRITERS = (0, 130, 256, 386, 516, 646, 776, 915, 1029, 1157, 1287, 1415, 1545, 1667, 1797)


def writer(row: int) -> str:
    """Name the writer of a digit by its row in scikit-learn's file."""
    return f"writer-{bisect_right(WRITERS, row):02d}"


@lru_cache(maxsize=32)
def pixels(
    photograph: Photograph,
) -> tuple[UInt8[np.ndarray, "h w 3"], Bool[np.ndarray, "h w"] | None]:
    """Read a photograph, and where not all of it is known, which pixels are."""
    path = wheel_file(photograph.package, photograph.file)
    if path.suffix == ".npz":
        return _disparity(path)
    with Image.open(path, formats=("PNG", "JPEG")) as image:
        rgb = image.convert("RGB")
        rgb = rgb.reduce(photograph.reduction) if photograph.reduction > 1 else rgb
    return _frozen(np.array(rgb)), None


def face_images() -> list[UInt8[np.ndarray, "h w 3"]]:
    """Read the faces, then the patches of background."""
    grey = np.load(wheel_file("skimage", "data/lfw_subset.npy"), allow_pickle=False)
    return [_rgb(image) for image in np.rint(255 * grey)]


def digit_images() -> tuple[list[UInt8[np.ndarray, "h w 3"]], list[str]]:
    """Read the digits and their labels; the file's 17 grey levels are spread over 0 to 255."""
    path = wheel_file("sklearn", "datasets/data/digits.csv.gz")
    with gzip.open(path, "rt", newline="") as lines:
        table = np.array([[float(v) for v in row] for row in csv.reader(lines)])
    grey = np.rint(table[:, :64].reshape(-1, 8, 8) * (255 / 16))
    return [_rgb(image) for image in grey], [str(int(v)) for v in table[:, 64]]


def wheel_file(package: str, file: str) -> Path:
    """Find a file of an installed package without importing the package."""
    spec = find_spec(package)
    where = [Path(p) for p in (spec.submodule_search_locations or ())] if spec else []
    for folder in where:
        if (folder / file).is_file():
            return folder / file
    raise DomainError(
        f"the installed {package} carries no {file}; install the pinned requirements again."
    )


def _disparity(path: Path) -> tuple[UInt8[np.ndarray, "h w 3"], Bool[np.ndarray, "h w"]]:
    """Read a disparity map, scaled so that its nearest point is white.

    Where the disparity is unknown it is filled in from the nearest pixel that is known.
    """
    from scipy.ndimage import distance_transform_edt

    with np.load(path, allow_pickle=False) as arrays:
        disparity = arrays["arr_0"].astype(np.float64)
    measured = np.isfinite(disparity)
    nearest = distance_transform_edt(~measured, return_distances=False, return_indices=True)
    filled = disparity[tuple(nearest)]
    return _frozen(_rgb(np.rint(filled * (255 / filled.max())))), measured


def _rgb(grey: np.ndarray) -> UInt8[np.ndarray, "h w 3"]:
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=-1)


def _frozen(image: np.ndarray) -> np.ndarray:
    image.setflags(write=False)
    return image
