"""Texts of photographs: captions or features from a file, one row per photograph."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from substrate.analyses.experiments.text_agreement import text_features
from substrate.experiments.record import ExperimentError
from substrate.shipped import shipped
from substrate.store import file_digest

CAPTIONS = shipped("data", "captions.csv")
#: Larger files are no captions; this also bounds what a wrong file can cost.
MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, eq=False)
class Texts:
    """Features of the texts of some photographs, and where they come from."""

    photographs: tuple[str, ...]
    features: Float[np.ndarray, "m k"]
    origin: str
    digest: str


def read_texts(path: Path, order: Sequence[str], *, k: int, seed: int) -> Texts:
    """Read captions or features.

    Parameters
    ----------
    path
        A CSV with a column ``photograph`` and either a column ``caption`` or numeric columns; or a
        ``.npy`` array of one row per photograph, in the order of ``order``.
    order
        The photographs that there are.
    """
    if not path.is_file():
        raise ExperimentError(f"There is no file {path} with texts.")
    if path.stat().st_size > MOST_BYTES:
        raise ExperimentError(f"{path.name} is larger than 64 MiB, too large for texts.")
    if path.suffix.lower() == ".npy":
        names, features, origin = tuple(order), _array(path, len(order)), "features, .npy"
    elif path.suffix.lower() == ".csv":
        names, features, origin = _table(path, k, seed)
    else:
        raise ExperimentError(
            f"{path.name} ends in {path.suffix!r}; texts are read from .csv and .npy."
        )
    _check(path, names, features, order)
    return Texts(names, features, origin, file_digest(path))


def _array(path: Path, count: int) -> Float[np.ndarray, "m k"]:
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise ExperimentError(f"{path.name} cannot be read as .npy without pickle.") from error
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.dtype.kind not in "fiu":
        raise ExperimentError(
            f"{path.name} holds {getattr(array, 'dtype', 'no array')} of shape "
            f"{getattr(array, 'shape', '?')}; expected real numbers (photographs, features)."
        )
    if len(array) != count:
        raise ExperimentError(
            f"{path.name} has {len(array)} rows for {count} photographs. Give one row each, or a "
            "CSV with a column photograph."
        )
    return array.astype(np.float64)


def _table(path: Path, k: int, seed: int) -> tuple[tuple[str, ...], np.ndarray, str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ExperimentError(f"{path.name} is not a CSV file in UTF-8.") from error
    columns = [name for name in (rows[0] if rows else {}) if name is not None]
    if "photograph" not in columns:
        raise ExperimentError(
            f"{path.name} has the columns {', '.join(columns) or 'none'}; it needs photograph and "
            "either caption or numeric columns."
        )
    names = tuple(str(row["photograph"]).strip() for row in rows)
    if "caption" in columns:
        return names, text_features([str(r["caption"] or "") for r in rows], k, seed), "captions"
    numeric = [name for name in columns if name != "photograph"]
    try:
        values = np.array([[float(row[name]) for name in numeric] for row in rows])
    except (TypeError, ValueError) as error:
        raise ExperimentError(
            f"{path.name} has a cell that is no number, and no column caption."
        ) from error
    return names, values, "features, .csv"


def _check(path: Path, names: Sequence[str], x: np.ndarray, order: Sequence[str]) -> None:
    twice = sorted({name for name in names if list(names).count(name) > 1})
    unknown = sorted(set(names) - set(order))
    if twice:
        raise ExperimentError(f"{path.name} names the photograph {twice[0]!r} twice.")
    if unknown:
        raise ExperimentError(
            f"{path.name} names {unknown[0]!r}, which is none of the photographs: "
            f"{', '.join(order[:20])}{' ...' if len(order) > 20 else ''}."
        )
    if len(names) < 3:
        raise ExperimentError(f"{path.name} describes {len(names)} photographs; give at least 3.")
    bad = int(x.size - np.count_nonzero(np.isfinite(x)))
    if bad or not x.shape[1] or not math.isfinite(float(np.abs(x).sum())):
        raise ExperimentError(f"{path.name} holds {bad} NaN or infinite values, or no features.")
    if (x == x[0]).all():
        raise ExperimentError(f"{path.name} says the same of every photograph.")
