"""CIFAR-10 as arrays, from parquet files or torchvision's folder, with its digest."""

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from platformdirs import user_cache_path

from substrate.zoo.errors import ZooInputError
from substrate.zoo.recipe import Recipe

CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
MEAN = (0.4914, 0.4822, 0.4465)
STD = (0.2470, 0.2435, 0.2616)
SIZE = 32


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Images of 32 x 32 pixels, channels last, with the numbers of their classes."""

    images: UInt8[np.ndarray, "n 32 32 3"]
    labels: Int64[np.ndarray, " n"]


@dataclass(frozen=True, eq=False)
class Cifar:
    """The two halves of CIFAR-10 and the digest of both."""

    train: LabelledImages
    test: LabelledImages
    digest: str


def training_cache() -> Path:
    """Return the folder for decoded images and unfinished trainings, outside the repository."""
    return user_cache_path("substrate") / "training"


def load_cifar(folder: Path | None = None, *, download: bool = False) -> Cifar:
    """Read CIFAR-10 from `folder`, else from SUBSTRATE_CIFAR10, else from the cache.

    The folder holds train.parquet and test.parquet (columns id, label, image) or torchvision's
    cifar-10-batches-py. With `download`, torchvision fetches what is missing.
    """
    named = folder or (
        Path(os.environ["SUBSTRATE_CIFAR10"]) if "SUBSTRATE_CIFAR10" in os.environ else None
    )
    source = (named or training_cache() / "cifar10").expanduser()
    if (source / "train.parquet").is_file() and (source / "test.parquet").is_file():
        halves = [_cached_parquet(source / f"{half}.parquet") for half in ("train", "test")]
    elif download or (source / "cifar-10-batches-py").is_dir():
        halves = [
            _from_torchvision(source, train=train, download=download) for train in (True, False)
        ]
    else:
        raise ZooInputError(
            f"CIFAR-10 is not in {source}: expected train.parquet and test.parquet, or "
            "cifar-10-batches-py; name its folder with --data or SUBSTRATE_CIFAR10."
        )
    return Cifar(halves[0], halves[1], _digest(halves))


def _cached_parquet(path: Path) -> LabelledImages:
    """Decode a parquet file once; later calls map the decoded arrays."""
    stat = path.stat()
    identity = f"{path.resolve()}:{stat.st_size}:{stat.st_mtime_ns}"
    key = hashlib.sha256(identity.encode()).hexdigest()[:16]
    files = [training_cache() / "decoded" / f"{key}-{part}.npy" for part in ("images", "labels")]
    if not all(file.is_file() for file in files):
        for file, array in zip(files, _decode_parquet(path), strict=True):
            _save_atomically(file, array)
    images, labels = (np.load(file, allow_pickle=False) for file in files)
    return LabelledImages(images, labels)


def _decode_parquet(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Decode the images and number the class names of a parquet file."""
    import pyarrow.parquet as pq
    from PIL import Image

    table = pq.read_table(path, columns=["label", "image"])
    names = table["label"].to_pylist()
    unknown = sorted(set(names) - set(CLASSES))
    if unknown:
        raise ZooInputError(f"{path} has the labels {unknown}, which CIFAR-10 has not.")
    blobs = (io.BytesIO(blob) for blob in table["image"].to_pylist())
    opened = (Image.open(blob, formats=("PNG", "JPEG")) for blob in blobs)
    images = np.stack([np.asarray(image.convert("RGB")) for image in opened])
    return images, np.array([CLASSES.index(name) for name in names], dtype=np.int64)


def _save_atomically(path: Path, array: np.ndarray) -> None:
    """Write an array so that a reader sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    with partial.open("wb") as file:
        np.save(file, array, allow_pickle=False)
    partial.replace(path)


def _from_torchvision(folder: Path, *, train: bool, download: bool) -> LabelledImages:
    """Read, and if asked fetch, a half of CIFAR-10 through torchvision."""
    import substrate.encoders.torchvision_guard  # noqa: F401  (before torchvision)

    # isort: split
    from torchvision.datasets import CIFAR10

    try:
        dataset = CIFAR10(str(folder), train=train, download=download)
    except (OSError, RuntimeError) as error:
        raise ZooInputError(
            f"CIFAR-10 could not be read or fetched into {folder}: {error}"
        ) from None
    return LabelledImages(np.asarray(dataset.data), np.asarray(dataset.targets, dtype=np.int64))


def _digest(halves: list[LabelledImages]) -> str:
    """Return the SHA-256 of all pixels and labels in order."""
    digest = hashlib.sha256()
    for half in halves:
        digest.update(np.ascontiguousarray(half.images).tobytes())
        digest.update(half.labels.tobytes())
    return digest.hexdigest()


def select(data: LabelledImages, recipe: Recipe, *, training: bool) -> LabelledImages:
    """Return the images and labels that a recipe trains on, or is tested on.

    A class subset renumbers its classes. Random labels and the image count concern training only.
    """
    keep = np.flatnonzero(np.isin(data.labels, recipe.classes))
    if training and recipe.images is not None:
        keep = keep[_draw(len(keep), recipe.images)]
    number = np.full(len(CLASSES), -1)
    number[list(recipe.classes)] = np.arange(len(recipe.classes))
    labels = number[data.labels[keep]]
    if training and recipe.label_seed is not None:
        labels = np.random.default_rng(recipe.label_seed).integers(
            len(recipe.classes), size=len(keep)
        )
    return LabelledImages(data.images[keep], labels.astype(np.int64))


def fewer(
    data: LabelledImages, count: int, rng: np.random.Generator | None = None
) -> LabelledImages:
    """Return a random sample, without ``rng`` a fixed one: files may be sorted by class."""
    rows = _draw(len(data.labels), count, rng)
    return LabelledImages(data.images[rows], data.labels[rows])


def _draw(
    total: int, count: int, rng: np.random.Generator | None = None
) -> Int64[np.ndarray, " count"]:
    """Draw row numbers without replacement, without ``rng`` always the same, in ascending order."""
    return np.sort((rng or np.random.default_rng(0)).permutation(total)[:count])


def as_pixels(images: UInt8[np.ndarray, "n h w 3"]) -> torch.Tensor:
    """Return images as a float tensor in [0, 1], channels first."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float().div_(255)


def normalise(pixels: torch.Tensor) -> torch.Tensor:
    """Standardise pixels in [0, 1] with the means and deviations of CIFAR-10."""
    mean, std = (torch.tensor(v, device=pixels.device).view(1, 3, 1, 1) for v in (MEAN, STD))
    return (pixels - mean) / std
