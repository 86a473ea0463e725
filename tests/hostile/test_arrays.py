"""Hostile arrays and labels given to `score` and `transfer`: refused by name."""

import io
import os
import random
import struct
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.lib import format as npy
from safetensors.numpy import save

X = np.random.default_rng(0).normal(size=(24, 3))


def dump(array, **more) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **more)
    return buffer.getvalue()


def headed(text: str, body: bytes = bytes(64)) -> bytes:
    """Return an .npy file with this header, which NumPy reads as a Python literal."""
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + body


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def table(columns) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


SHAPE = "{'descr': '<f8', 'fortran_order': False, 'shape': %s, }\n"
NPY = {
    "nothing": b"",
    "a mark": b"\x93NUMPY",
    "version 9": b"\x93NUMPY\x09\x00" + bytes(64),
    "words": b"hello",
    "a pickle": b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x01a.",
    "objects": dump(np.array([[object()]], dtype=object), allow_pickle=True),
    "a terabyte": headed(SHAPE % "(1000000, 1000000)"),
    "more than memory": headed(SHAPE % "(9223372036854775807,)"),
    "an overflow": headed(SHAPE % "(4294967296, 4294967296, 16)"),
    "a negative shape": headed(SHAPE % "(-1, 3)"),
    "a shape of words": headed(SHAPE % "('a', 3)"),
    "code": headed("__import__('os').system('touch /tmp/pwned')\n"),
    "no mapping": headed("[1]\n"),
    "a deep header": headed("(" * 3000 + ")" * 3000 + "\n"),
    "a huge header": b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31 - 1),
    "no dtype": headed("{'descr': 'nonsense', 'fortran_order': False, 'shape': (2, 2), }\n"),
    "cut": dump(X)[:-40],
    "one number": dump(np.float64(3)),
    "a vector": dump(X[:, 0]),
    "a cube": dump(X[None]),
    "no rows": dump(X[:0]),
    "no columns": dump(X[:, :0]),
    "one row": dump(X[:1]),
    "NaN": dump(np.where(X > 1, np.nan, X)),
    "infinite": dump(np.where(X > 1, np.inf, X)),
    "all NaN": dump(np.full_like(X, np.nan)),
    "complex": dump(X + 1j),
    "words inside": dump(X.astype("U9")),
    "bytes inside": dump(X.astype("S9")),
    "dates": dump(X.astype("M8[s]")),
    "truths": dump(X > 0),
    "records": dump(np.zeros((24, 3), dtype=[("a", "f8")])),
}
NPZ = {
    "nothing": b"",
    "no zip": b"PK\x03\x04" + bytes(90),
    "empty": zipped({}),
    "two": zipped({"a.npy": dump(X), "b.npy": dump(X)}),
    "no array": zipped({"a.npy": b"hello"}),
    "a pickle": zipped({"a.npy": NPY["objects"]}),
    "up": zipped({"../../a": b"x"}),
    "a bomb": zipped({"a.npy": headed(SHAPE % "(100000000, 64)", bytes(2**24))}),
    "cut": zipped({"a.npy": dump(X)})[:-30],
    "another kind": zipped({"a.txt": b"x"}),
}
SAFETENSORS = {
    "nothing": b"",
    "zeros": bytes(64),
    "two": save({"a": X, "b": X}),
    "cut": save({"a": X})[:-9],
    "long": struct.pack("<Q", 2**62) + b"{}",
    "bfloat": struct.pack("<Q", 59)
    + b'{"a":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,8]}}  '
    + bytes(8),
    "a vector": save({"a": X[:, 0]}),
    "NaN": save({"a": np.full((9, 2), np.nan)}),
}
PARQUET = {
    "nothing": b"",
    "marks": b"PAR1PAR1",
    "words": table({"a": ["x", "y"]}),
    "no rows": table({"a": pa.array([], pa.float64())}),
    "nulls": table({"a": [1.0, None, 2.0]}),
    "lists": table({"a": [[1.0], [2.0]]}),
    "cut": table({"a": [1.0, 2.0]})[:-9],
    "NaN": table({"a": [float("nan")] * 9, "b": [1.0] * 9}),
}
KINDS = {".npy": NPY, ".npz": NPZ, ".safetensors": SAFETENSORS, ".parquet": PARQUET}
CASES = [(suffix, name) for suffix, files in KINDS.items() for name in files]


@pytest.mark.parametrize("command", ["score", "transfer"])
@pytest.mark.parametrize(("suffix", "name"), CASES)
def test_features(refused, place, suffix, name, command):
    path, good = place / f"culprit{suffix}", place / "good.npy"
    path.write_bytes(KINDS[suffix][name])
    other = X if command == "score" else np.arange(24) % 2
    np.save(good, other[: {"one row": 1, "no rows": 0}.get(name, 24)])
    small = {"no rows", "one row", "no columns", "NaN", "infinite", "all NaN", "nulls"}
    refused(command, path, good, culprit="" if name in small else f"culprit{suffix}")


LABELS = {
    name: content
    for name, content in NPY.items()
    if name not in {"a vector", "words inside", "bytes inside", "truths"}
} | {
    "floats": dump(X[:, 0]),
    "short": dump(np.arange(5)),
    "one class": dump(np.zeros(24, int)),
    "NaN labels": dump(np.full(24, np.nan)),
}


@pytest.mark.parametrize("name", LABELS)
def test_labels(refused, place, name):
    np.save(place / "x.npy", X)
    (place / "labels.npy").write_bytes(LABELS[name])
    known = {"one class"}
    refused(
        "transfer",
        place / "x.npy",
        place / "labels.npy",
        culprit="" if name in known else "labels.npy",
    )


OBJECTS = {
    "missing": lambda path: None,
    "a directory": lambda path: path.mkdir(),
    "a pipe": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a loop": lambda path: path.symlink_to(path),
    "a long name": None,
}


@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize("kind", OBJECTS)
def test_what_is_no_file(refused, place, kind, suffix):
    np.save(place / "good.npy", X)
    path = place / f"{'c' * 300 if kind == 'a long name' else 'culprit'}{suffix}"
    if kind != "a long name":
        OBJECTS[kind](path)
    refused("score", path, place / "good.npy", culprit=suffix)


WHOLE = {
    ".npy": dump(X),
    ".npz": zipped({"a.npy": dump(X)}),
    ".safetensors": save({"a": X}),
    ".parquet": table({"a": [1.0, 2.0]}),
}


@pytest.mark.parametrize("seed", range(40))
def test_mutated_headers(place, seed):
    """Bytes of an array's header changed at random: numbers, or a sentence that names the file."""
    from substrate.files.metrics import load_features
    from substrate.numerics.metrics.spec import FeaturesError
    from tests.hostile.guard import guarded

    draw = random.Random(seed)
    suffix = draw.choice(list(KINDS))
    content = bytearray(WHOLE[suffix])
    for _ in range(draw.randint(1, 5)):
        content[draw.randrange(min(len(content), 160))] = draw.randrange(256)
    path = place / f"culprit{suffix}"
    path.write_bytes(bytes(content))
    with guarded(place.parent / "store"):
        try:
            assert load_features(path).ndim == 2
        except FeaturesError as error:
            assert "culprit" in str(error)


def test_the_header_of_numpy_is_what_the_corpus_writes():
    """The hand-made header is read, so that what is refused is refused for its content."""
    array = npy.read_array(io.BytesIO(headed(SHAPE % "(4, 2)")), allow_pickle=False)
    assert array.shape == (4, 2)
