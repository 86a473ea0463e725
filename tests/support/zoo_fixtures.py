"""A small stand-in for CIFAR-10: files of the same form; colour tells the class."""

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from substrate.zoo.data import CLASSES


def coloured_images(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return noisy images of ten colours and the numbers of the colours."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 10
    colours = np.random.default_rng(0).integers(20, 236, size=(10, 1, 1, 3))
    noise = rng.integers(-20, 21, size=(count, 32, 32, 3))
    return (colours[labels] + noise).astype(np.uint8), labels


def write_cifar(folder: Path, train: int = 200, test: int = 100) -> Path:
    """Write train.parquet and test.parquet and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (half, count) in enumerate({"train": train, "test": test}.items()):
        images, labels = coloured_images(count, seed)
        table = {
            "id": [f"{half}/{i}" for i in range(count)],
            "label": [CLASSES[label] for label in labels],
            "image": [_png(image) for image in images],
        }
        pq.write_table(pa.table(table), folder / f"{half}.parquet")
    return folder


def _png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()
