"""Features from files: which array a file holds, said clearly where it holds none or several."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Real

from substrate.metrics.battery import score_all
from substrate.metrics.spec import FeaturesError

SUFFIXES = (".npy", ".npz", ".safetensors", ".parquet")


def load_features(path: Path | str, name: str | None = None) -> Real[np.ndarray, "n p"]:
    """Read features (samples, units) from a file; nothing in it is ever executed.

    Parameters
    ----------
    path
        A ``.npy`` file, or an ``.npz`` or ``.safetensors`` file of one array (or with `name` saying
        which), or a ``.parquet`` table whose numeric columns are the units.
    """
    path = Path(path)
    if not path.is_file():
        raise FeaturesError(f"There is no file {path}.")
    if path.suffix not in SUFFIXES:
        raise FeaturesError(f"{path} ends in {path.suffix!r}, expected one of {list(SUFFIXES)}.")
    try:
        features = _READERS[path.suffix](path, name)
    except FeaturesError:
        raise
    except (ValueError, OSError, EOFError, ArithmeticError, KeyError) as error:
        raise FeaturesError(f"{path} cannot be read as {path.suffix}: {error}") from error
    if features.ndim != 2 or features.dtype.kind not in "fiu":
        raise FeaturesError(
            f"{path} holds {features.dtype} of shape {features.shape}, expected real numbers of "
            "shape (samples, units). Choose how to pool them."
        )
    return features


def _npy(path: Path, name: str | None) -> np.ndarray:
    return np.asarray(np.load(path, allow_pickle=False))


def _npz(path: Path, name: str | None) -> np.ndarray:
    with np.load(path, allow_pickle=False) as archive:
        return np.asarray(archive[_only(path, archive.files, name)])


def _safetensors(path: Path, name: str | None) -> np.ndarray:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as tensors:
            return np.asarray(tensors.get_tensor(_only(path, list(tensors.keys()), name)))
    except (SafetensorError, TypeError) as error:
        raise FeaturesError(f"{path} cannot be read as .safetensors: {error}") from error


def _parquet(path: Path, name: str | None) -> np.ndarray:
    from pyarrow import ArrowException, types
    from pyarrow.parquet import read_table

    try:
        table = read_table(path)
    except ArrowException as error:
        raise FeaturesError(f"{path} cannot be read as .parquet: {error}") from error
    numeric = [
        field.name
        for field in table.schema
        if types.is_floating(field.type) or types.is_integer(field.type)
    ]
    if not numeric:
        raise FeaturesError(f"{path} has no numeric columns; its columns are {table.column_names}.")
    return np.stack([table[column].to_numpy() for column in numeric], axis=1)


def _only(path: Path, names: list[str], name: str | None) -> str:
    if name is not None and name not in names:
        raise FeaturesError(f"{path} holds no array {name!r}; it holds {names}.")
    if name is None and len(names) != 1:
        raise FeaturesError(f"{path} holds {len(names)} arrays, {names}: say which one.")
    return names[0] if name is None else name


_READERS = {".npy": _npy, ".npz": _npz, ".safetensors": _safetensors, ".parquet": _parquet}


def score_files(
    x: Path | str,
    y: Path | str,
    keys: Iterable[str] = (),
    *,
    null: int = 0,
    groups: Path | str | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Score two files of features by the metrics named (all, if none is), ready for JSON.

    `groups` is a ``.npy`` file of one label per sample, whose permutations make the null.
    """
    labels = None
    if groups is not None:
        labels = np.load(Path(groups), allow_pickle=False)
    first, second = load_features(x), load_features(y)
    if labels is not None and labels.shape != (len(first),):
        raise FeaturesError(
            f"{groups} holds labels of shape {labels.shape}, expected ({len(first)},)."
        )
    return score_all(first, second, keys, null=null, groups=labels, seed=seed)
