"""Which decoders may run, and what bytes may cost."""

import io
import os
import stat

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from substrate.domains import DomainError
from substrate.domains.decoding import FORMATS, MAX_BYTES, Unreadable, decode, file_bytes, verify
from tests.support.domains import load_domain

EPS = (
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n"
    b"8 8 scale 0 0 1 1 rectfill\nshowpage\n%%EOF\n"
)


@pytest.fixture
def ghostscript(tmp_path_factory, monkeypatch):
    """A stand-in for Ghostscript that leaves a mark when it is started."""
    from PIL import EpsImagePlugin

    home = tmp_path_factory.mktemp("bin")
    mark = home / "started"
    program = home / "gs"
    program.write_text(f'#!/bin/sh\necho started >> "{mark}"\n')
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{home}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)
    return mark


def test_the_stand_in_works(ghostscript):
    """Pillow left to itself starts the program: this is what the list of formats prevents."""
    with pytest.raises(OSError):
        Image.open(io.BytesIO(EPS)).load()
    assert ghostscript.exists()


@pytest.mark.parametrize("name", ["picture.eps", "picture.png", "picture"])
def test_postscript_in_a_folder_starts_nothing(tmp_path, ghostscript, name):
    (tmp_path / name).write_bytes(EPS)
    with pytest.raises(DomainError, match=f"{name}: not an image of a known format"):
        load_domain({"source": "folder", "path": str(tmp_path)})
    assert not ghostscript.exists()


def test_postscript_in_a_table_starts_nothing(tmp_path, ghostscript):
    pq.write_table(pa.table({"image": [EPS, EPS + b"\n"]}), tmp_path / "t.parquet")
    with pytest.raises(DomainError, match="holds no image that can be read"):
        load_domain({"source": "parquet", "path": str(tmp_path / "t.parquet")})
    assert not ghostscript.exists()


@pytest.mark.parametrize("read", [decode, verify])
def test_a_dropped_postscript_starts_nothing(ghostscript, read):
    with pytest.raises(Unreadable, match=r"known format \(PNG, JPEG"):
        read(EPS)
    assert not ghostscript.exists()


PLUGINS = [
    "ICO",
    "ICNS",
    "TGA",
    "SGI",
    "PCX",
    "DDS",
    "IM",
    "MSP",
    "PDF",
    "EPS",
    "XBM",
    "JPEG2000",
    "AVIF",
    "BLP",
    "SPIDER",
    "QOI",
]


@pytest.mark.parametrize("kind", PLUGINS)
def test_no_other_decoder_runs(kind):
    """Whatever else Pillow can write, it is refused when read."""
    buffer = io.BytesIO()
    mode = {"MSP": "1", "XBM": "1", "BLP": "P", "SPIDER": "F"}.get(kind, "RGB")
    try:
        Image.new(mode, (16, 16)).save(buffer, kind)
    except (KeyError, OSError, ValueError):
        pytest.skip(f"this Pillow writes no {kind}")
    assert kind not in FORMATS
    with pytest.raises(Unreadable, match="known format"):
        decode(buffer.getvalue())


@pytest.mark.parametrize("kind", FORMATS)
def test_the_named_formats_are_read(kind):
    buffer = io.BytesIO()
    Image.new("RGB", (6, 5), (250, 250, 250)).save(buffer, kind)
    assert abs(int(decode(buffer.getvalue()).mean()) - 250) < 3
    verify(buffer.getvalue())


def test_a_file_too_large_for_an_image_is_not_read(tmp_path):
    path = tmp_path / "film.png"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # sparse: it takes no room
    with pytest.raises(Unreadable, match="too large: 256 MiB; at most 256 MiB"):
        file_bytes(path)
    Image.new("RGB", (4, 4)).save(tmp_path / "small.png")
    domain = load_domain({"source": "folder", "path": str(tmp_path)})
    assert [s.path for s in domain.skipped] == ["film.png"]
    assert np.array_equal(domain.read(0), np.zeros((4, 4, 3), np.uint8))


def test_a_pipe_is_no_image(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(Unreadable, match="not a regular file"):
        file_bytes(tmp_path / "pipe.png")
