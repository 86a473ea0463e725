"""Hostile images and tables: read, skipped with a reason, or refused by name."""

import io
import os
import random
import struct
import zlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from substrate.domains import DomainError
from substrate.domains.decoding import FORMATS, Unreadable, decode, verify
from tests.hostile.guard import guarded
from tests.support.domains import load_domain

NOISE = np.random.default_rng(0).integers(0, 256, (24, 20, 3), dtype=np.uint8)


def encoded(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(NOISE).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("seed", range(16))
def test_mutated_images(place, kind, seed):
    """Bytes changed, cut or repeated at random: pixels, or the reason why there are none."""
    draw = random.Random(f"{kind}{seed}")
    content = bytearray(encoded(kind))
    for _ in range(draw.randint(1, 12)):
        end = min(len(content), 200 if seed % 2 else len(content))
        content[draw.randrange(end)] = draw.randrange(256)
    if seed % 4 == 0:
        del content[draw.randrange(len(content)) :]
    with guarded(place.parent / "store"):
        for read in (verify, decode):
            try:
                found = read(bytes(content))
                assert found is None or (found.ndim == 3 and found.shape[2] == 3)
            except Unreadable as error:
                assert "\n" not in str(error)


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks
    )


def size(w, h, depth=8, colour=2):
    return b"IHDR", struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, 0)


END = (b"IEND", b"")
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\nshowpage\n%%EOF\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1:9/x"/></svg>'
BAD = {
    "empty": b"",
    "PostScript": EPS,
    "SVG": SVG,
    "HTML": b"<html><script>alert(1)</script>",
    "PDF": b"%PDF-1.4\n",
    "ICO": b"\0\0\1\0\1\0" + bytes(100),
    "WMF": b"\xd7\xcd\xc6\x9a" + bytes(100),
    "FITS": b"SIMPLE  =                    T" + bytes(100),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "GRIB": b"GRIB" + bytes(100),
    "BUFR": b"BUFR" + bytes(100),
    "PSD": b"8BPS\0\1" + bytes(100),
    "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(100),
    "a film": b"\0\0\0\x18ftypmp42" + bytes(100),
    "a pixel bomb": png(size(40_000, 40_000), END),
    "a wide bomb": png(size(2**31 - 1, 1), END),
    "no pixels": png(size(0, 0), END),
    "no data": png(size(8, 8), END),
    "a text bomb": png(size(8, 8), (b"zTXt", b"a\0\0" + zlib.compress(bytes(2**28), 9)), END),
    "a profile bomb": png(size(8, 8), (b"iCCP", b"a\0\0" + zlib.compress(bytes(2**27), 9)), END),
    "an odd depth": png(size(8, 8, 17), END),
    "an odd colour": png(size(8, 8, 8, 9), END),
    "a broken deflate": png(size(8, 8), (b"IDAT", b"xxxx"), END),
    "PPM bomb": b"P6 60000 60000 255\n",
    "PPM of words": b"P6 a b c\n",
    "PPM negative": b"P6 -1 -1 255\n",
    "BMP bomb": b"BM" + struct.pack("<IHHIIiiHH", 54, 0, 0, 54, 40, 60000, 60000, 1, 24),
    "GIF bomb": b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b"\x3b",
    "TIFF loop": b"II*\0\x08\0\0\0\0\0\x08\0\0\0",
    "TIFF far": b"II*\0\xff\xff\xff\xff",
    "WebP of nothing": b"RIFF\x04\0\0\0WEBP",
    "a JPEG start": b"\xff\xd8\xff",
    "JPEG bomb": bytes.fromhex("ffd8ffc0001108ffffffff03011100021100031100ffd9"),
    "MPO": b"\xff\xd8\xff\xe2\0\x10MPF\0II*\0\x08\0\0\0",
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_images_in_folders(place, refused_study, kind):
    """A folder of nothing else is refused, and the sentence names the file."""
    (place / "photos").mkdir()
    (place / "photos" / "culprit.png").write_bytes(BAD[kind])
    refused_study(
        "encoders: [resnet]\ndomains: [{source: folder, path: photos}]\nuntrained: 0\n",
        "culprit.png",
    )


@pytest.mark.parametrize("kind", BAD)
def test_bad_images_in_tables_and_uploads(place, kind):
    path = place / "t.parquet"
    pq.write_table(pa.table({"image": [BAD[kind]]}), path)
    with guarded(place.parent / "store"):
        with pytest.raises(DomainError, match=r"t\.parquet"):
            load_domain({"source": "parquet", "path": str(path)})
        with pytest.raises(Unreadable):
            decode(BAD[kind])


TABLES = {
    "nothing": b"",
    "words": b"PAR1 hello PAR1",
    "only marks": b"PAR1PAR1",
    "a long footer": b"PAR1" + struct.pack("<I", 2**31 - 1) + b"PAR1",
    "a negative footer": b"PAR1\xff\xff\xff\xffPAR1",
    "zeros": bytes(5000),
    "CSV": b"image,label\na,b\n",
}


@pytest.mark.parametrize("kind", TABLES)
def test_tables_that_are_none(place, refused_study, kind):
    (place / "t.parquet").write_bytes(TABLES[kind])
    refused_study(
        "encoders: [resnet]\ndomains: [{source: parquet, path: t.parquet}]\nuntrained: 0\n",
        "t.parquet",
    )


COLUMNS = {
    "no image": {"picture": [b"x"]},
    "numbers": {"image": [1, 2]},
    "words": {"image": ["a"]},
    "nulls": {"image": pa.array([None], pa.binary())},
    "lists": {"image": [[1, 2]]},
    "mappings": {"image": [{"path": "/etc/passwd"}]},
    "no bytes": {"image": [{"bytes": None}]},
    "no rows": {"image": pa.array([], pa.binary())},
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns_that_hold_no_images(place, refused_study, kind):
    pq.write_table(pa.table(COLUMNS[kind]), place / "t.parquet")
    refused_study(
        "encoders: [resnet]\ndomains: [{source: parquet, path: t.parquet}]\nuntrained: 0\n",
        "t.parquet",
    )


@pytest.mark.parametrize("seed", range(25))
def test_mutated_tables(place, seed):
    draw = random.Random(seed)
    path = place / "t.parquet"
    pq.write_table(pa.table({"image": [encoded("PNG")] * 3, "label": ["a", "b", "c"]}), path)
    content = bytearray(path.read_bytes())
    for _ in range(draw.randint(1, 6)):
        end = len(content) // 2 if seed % 2 else len(content)
        content[draw.randrange(end)] = draw.randrange(256)
    path.write_bytes(bytes(content))
    with guarded(place.parent / "store"):
        try:
            assert len(load_domain({"source": "parquet", "path": str(path)}))
        except DomainError as error:
            assert "t.parquet" in str(error) and "\n" not in str(error)


GROUPS = {
    "empty": b"",
    "no columns": b"\n\n",
    "one column": b"file\na.png\n",
    "other columns": b"a,b\n1,2\n",
    "not UTF-8": b"file,group\n\xff,1\n",
    "twice": b"file,group\na.png,1\na.png,2\n",
    "an open quote": b'file,group\n"a.png,' + b"x" * 200_000,
    "NUL": b"\0" * 200,
    "UTF-16": "file,group\na.png,1".encode("utf-16"),
    "others": b"file,group\nz.png,1\n",
    "up": b"file,group\n../../etc/passwd,1\n",
    "absolute": b"file,group\n/etc/passwd,1\n",
}


@pytest.mark.parametrize("kind", GROUPS)
def test_groups(place, refused_study, kind):
    (place / "photos").mkdir()
    (place / "photos" / "a.png").write_bytes(encoded("PNG"))
    (place / "groups.csv").write_bytes(GROUPS[kind])
    refused_study(
        "encoders: [resnet]\nuntrained: 0\n"
        "domains: [{source: folder, path: photos, groups: groups.csv}]\n",
        "a.png" if kind in ("others", "up", "absolute") else "groups.csv",
    )


def sparse(path):
    with path.open("wb") as file:
        file.truncate(2**40)


def odd_folder(kind, folder):
    folder.mkdir()
    made = {
        "empty": lambda: None,
        "hidden": lambda: (folder / ".a.png").write_bytes(encoded("PNG")),
        "a pipe": lambda: os.mkfifo(folder / "a.png"),
        "a device": lambda: (folder / "a.png").symlink_to("/dev/zero"),
        "a loop": lambda: (folder / "again").symlink_to(folder),
        "a link outside": lambda: (folder / "a.png").symlink_to("/etc/passwd"),
        "deep": lambda: (folder / "/".join("d" * 200)).mkdir(parents=True),
        "a sparse giant": lambda: sparse(folder / "a.png"),
        "a directory of that name": lambda: (folder / "a.png").mkdir(),
        "no UTF-8": lambda: open(os.fsencode(folder) + b"/\xff.png", "wb").close(),  # noqa: PTH123
        "escapes": lambda: (folder / "\x1b[31m[red]\n.png").write_bytes(b"no"),
    }
    made[kind]()


@pytest.mark.parametrize(
    "kind",
    [
        "empty",
        "hidden",
        "a pipe",
        "a device",
        "a loop",
        "a link outside",
        "deep",
        "a sparse giant",
        "a directory of that name",
        "no UTF-8",
        "escapes",
    ],
)
def test_folders(place, refused_study, kind):
    odd_folder(kind, place / "photos")
    refused_study(
        "encoders: [resnet]\ndomains: [{source: folder, path: photos}]\nuntrained: 0\n", "photos"
    )
