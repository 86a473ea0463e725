"""Scores of features from files: which array a file holds, and the table of its scores."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tokenize import TokenError
from typing import Any
from zipfile import BadZipFile
from zlib import error as DeflateError  # noqa: N812

import numpy as np
from jaxtyping import Real, Shaped

from substrate.numerics.metrics import METRICS
from substrate.numerics.metrics.spec import FeaturesError, Metric
from substrate.numerics.metrics.support.battery import score_all

#: What damaged files make NumPy raise.
_UNREADABLE = (
    ValueError,
    OSError,
    EOFError,
    ArithmeticError,
    KeyError,
    MemoryError,
    SyntaxError,
    BadZipFile,
    DeflateError,
    TokenError,
)
SUFFIXES = (".npy", ".npz", ".safetensors", ".parquet")


def metric_named(key: str) -> Metric:
    """Return the registered metric of this key, or say which keys are near it."""
    if key not in METRICS:
        near = difflib.get_close_matches(key, METRICS, n=3, cutoff=0.3)
        raise ValueError(f"No metric is called {key!r}. Near keys: {', '.join(near)}.")
    return METRICS[key]


def load_features(path: Path | str, name: str | None = None) -> Real[np.ndarray, "n p"]:
    """Read features (samples, units) from a file; nothing in it is ever executed.

    Parameters
    ----------
    path
        A ``.npy`` file, or an ``.npz`` or ``.safetensors`` file of one array (or with `name` saying
        which), or a ``.parquet`` table whose numeric columns are the units.
    """
    path = _file(path)
    if path.suffix not in SUFFIXES:
        raise FeaturesError(f"{path} ends in {path.suffix!r}, expected one of {list(SUFFIXES)}.")
    try:
        features = _READERS[path.suffix](path, name)
    except FeaturesError:
        raise
    except _UNREADABLE as error:
        raise FeaturesError(f"{path} cannot be read as {path.suffix}: {_reason(error)}") from error
    if features.ndim != 2 or features.dtype.kind not in "fiu":
        raise FeaturesError(
            f"{path} holds {features.dtype} of shape {features.shape}, expected real numbers of "
            "shape (samples, units). Choose how to pool them."
        )
    if not features.size:
        raise FeaturesError(f"{path} is empty: its shape is {features.shape}.")
    return features


def load_vector(path: Path | str, what: str, n: int) -> Shaped[np.ndarray, " n"]:
    """Read one label or group per sample, words or numbers, from a ``.npy`` file."""
    path = _file(path)
    try:
        with path.open("rb") as file:
            values = np.lib.format.read_array(file, allow_pickle=False)
    except _UNREADABLE as error:
        raise FeaturesError(f"{path} cannot be read as .npy: {_reason(error)}") from error
    if values.dtype.kind not in "USiufb":
        raise FeaturesError(f"{path} holds {values.dtype}, expected words or numbers.")
    if values.shape != (n,):
        raise FeaturesError(
            f"{path} has shape {values.shape}, expected ({n},): one {what} per sample."
        )
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise FeaturesError(
            f"{path} holds {int((~np.isfinite(values)).sum())} values that are "
            f"not finite; give every sample a {what}."
        )
    return values


def _file(path: Path | str) -> Path:
    """Return the path of a regular file; a pipe would wait for its writer."""
    path = Path(path)
    try:
        if path.is_file():
            return path
    except (OSError, ValueError) as error:
        raise FeaturesError(f"{path.name} is no file: {_reason(error)}") from error
    raise FeaturesError(f"There is no file {path}.")


def _reason(error: BaseException) -> str:
    """Return the first line of what a reader raised, short enough for a sentence."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0] if len(lines[0]) <= 200 else f"{lines[0][:200]}…"


def _npy(path: Path, name: str | None) -> np.ndarray:
    return np.asarray(np.load(path, allow_pickle=False))


def _npz(path: Path, name: str | None) -> np.ndarray:
    # NumPy leaves a damaged archive open that it opened itself.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
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

    `groups` is a ``.npy`` file of one label per sample, whose permutations make the null; pairs of
    one group are left out by metrics of neighbours and dissimilarities.
    """
    first, second = load_features(x), load_features(y)
    labels = None if groups is None else load_vector(groups, "group", len(first))
    return score_all(first, second, keys, null=null, groups=labels, seed=seed)


def score_lines(scores: Mapping[str, Any]) -> Iterator[str]:
    """Lay scores out as a table: each metric's value, and its null and p-value where there is one.

    What a metric has no number for is said in words.
    """
    nulls = scores.get("null", {})
    heads = ("value", *(("null mean", "95 % level", "p") if nulls else ()))
    yield f"{'metric':<28}" + "".join(f"{head:>14}" for head in heads)
    for key in scores["parameters"]:
        beside = nulls.get(key, {})
        for way, value in _ways(scores[key]):
            name = f"{key} {way.replace('_', ' ')}" if way else key
            yield f"{name:<28}" + _cells(value, beside.get(way, beside) if way else beside)
        if key in scores["undefined"]:
            yield f"    {scores['undefined'][key]}"
    yield f"\n{scores['samples']} samples, {' and '.join(map(str, scores['widths']))} units"
    if "no_null" in scores:
        yield scores["no_null"]
    counted = next((one for one in map(_counts, nulls.values()) if one), None)
    if counted:
        yield f"null: {counted[0]} permutations of {counted[1]} groups of samples"


def _ways(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else [("", value)]


def _cells(value: Any, beside: Mapping[str, Any]) -> str:
    if isinstance(value, list):
        return f"{'':5}{len(value)} x {len(value[0])} matrix: see --json"
    if value is None:
        return f"{'undefined':>14}"
    numbers = [value, *(beside[name] for name in ("mean", "tau", "p") if name in beside)]
    words = f"   {beside['reason']}" if "reason" in beside else ""
    return "".join(f"{'-':>14}" if one is None else f"{one:>14.6f}" for one in numbers) + words


def _counts(beside: Mapping[str, Any]) -> tuple[int, int] | None:
    one = beside.get("x_to_y", beside)
    return (one["permutations"], one["groups"]) if "groups" in one else None
