"""Folders of images: every format, every kind of damage, nothing silent."""

import io
import os
import re
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from substrate.domains import DomainError
from tests.support.domains import load_domain

SHARED = Path(
    os.environ.get("SUBSTRATE_SHARED_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)


def folder(path, **keywords):
    groups = {"groups": keywords.pop("groups")} if "groups" in keywords else {}
    return load_domain({"source": "folder", "path": path, **groups}, **keywords)


def write(path, seed=0, size=(12, 10), mode="RGB", **keywords):
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(noise).convert(mode).save(path, **keywords)
    return path


@pytest.fixture
def classes(tmp_path):
    for i in range(12):
        write(tmp_path / ("cat" if i % 3 else "dog") / f"{i}.png", seed=i)
    return tmp_path


def test_subfolders_are_classes_and_each_file_is_its_own_group(classes):
    domain = folder(classes)
    assert domain.samples["label"].value_counts().to_dict() == {"cat": 8, "dog": 4}
    assert domain.photographs == 12 and domain.skipped == () and domain.available == 12
    assert domain.samples["source"].tolist() == sorted(domain.samples["source"])
    assert domain.samples["sample_id"][0] == f"{classes.name}/cat/1.png"


def test_nested_folders_keep_the_outer_class_and_loose_files_have_none(tmp_path):
    write(tmp_path / "bird" / "small" / "a.png", 1)
    write(tmp_path / "b.png", 2)
    assert folder(tmp_path).samples["label"].tolist() == ["", "bird"]


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "tiff", "gif", "ppm"])
def test_mixed_formats_are_read(tmp_path, suffix):
    write(tmp_path / f"a.{suffix}", size=(9, 7))
    image = folder(tmp_path).read(0)
    assert image.shape == (7, 9, 3) and image.dtype == np.uint8 and image.std() > 10


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "CMYK"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    suffix = "tiff" if mode == "CMYK" else "png"
    write(tmp_path / f"a.{suffix}", mode=mode)
    assert folder(tmp_path).read(0).shape == (10, 12, 3)


def test_transparency_is_put_on_white_and_grey_is_repeated(tmp_path):
    Image.new("RGBA", (4, 4), (200, 0, 0, 0)).save(tmp_path / "a.png")
    Image.new("L", (4, 4), 77).save(tmp_path / "b.png")
    domain = folder(tmp_path)
    assert (domain.read(0) == 255).all() and (domain.read(1) == 77).all()


def test_sixteen_bits_are_scaled(tmp_path):
    values = np.array([[0, 257 * 100], [257 * 200 + 100, 65535]], dtype=np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png")
    Image.fromarray(values + 1 - 1).save(tmp_path / "b.tiff")
    domain = folder(tmp_path)
    for row in (0, 1):
        assert domain.read(row)[..., 0].tolist() == [[0, 100], [200, 255]]


def test_the_orientation_of_a_camera_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    write(tmp_path / "a.jpg", size=(16, 8), exif=exif)
    assert folder(tmp_path).read(0).shape == (16, 8, 3)


def test_the_first_frame_of_an_animation_is_taken(tmp_path):
    frames = [Image.new("RGB", (6, 6), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert folder(tmp_path).read(0)[0, 0].tolist() == [255, 0, 0]


def bomb(path):
    """A valid header that promises 40,000 x 40,000 pixels."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IEND", b""))


DAMAGE = {
    "empty.png": (lambda p: p.write_bytes(b""), "empty file"),
    "text.jpg": (lambda p: p.write_text("no image"), "not an image"),
    "notes.txt": (lambda p: p.write_text("hello"), "not an image"),
    "short.png": (lambda p: p.write_bytes(write(p, 5, (60, 60)).read_bytes()[:900]), "damaged"),
    "short.jpg": (lambda p: p.write_bytes(write(p, 6, (80, 80)).read_bytes()[:1500]), "damaged"),
    "short.webp": (
        lambda p: p.write_bytes(write(p, 6, (80, 80)).read_bytes()[:300]),
        "damaged|not",
    ),
    "bomb.png": (bomb, "too large"),
    "float.tiff": (
        lambda p: Image.fromarray(np.ones((4, 4), np.float32)).save(p),
        "32-bit pixels",
    ),
    ".hidden.png": (lambda p: write(p, 7), "hidden"),
    "gone.png": (lambda p: p.symlink_to("nowhere.png"), "broken link"),
    "pipe.png": (lambda p: os.mkfifo(p), "not a regular file"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_what_cannot_be_read_is_skipped_with_a_reason(classes, name):
    make, reason = DAMAGE[name]
    make(classes / "cat" / name)
    domain = folder(classes)
    assert len(domain) == 12
    assert [s.path for s in domain.skipped] == [f"cat/{name}"]
    assert re.search(reason, domain.skipped[0].reason)


def test_a_name_that_is_not_utf8_is_skipped(classes):
    shutil.copy(classes / "cat" / "1.png", os.fsencode(classes) + b"/\xff.png")
    assert [s.path for s in folder(classes).skipped] == ["\\xff.png"]


def test_link_loops_end_and_are_listed(classes):
    (classes / "cat" / "again").symlink_to(classes)
    (classes / "alias").symlink_to(classes / "dog")
    domain = folder(classes)
    assert len(domain) == 12
    assert {s.path: s.reason for s in domain.skipped} == {
        "alias": "the same folder as dog",
        "cat/again": "the same folder as .",
    }


def test_copies_are_skipped_and_listed(classes):
    shutil.copy(classes / "cat" / "1.png", classes / "dog" / "copy.png")
    domain = folder(classes)
    assert [(s.path, s.reason) for s in domain.skipped] == [
        ("dog/copy.png", "same content as cat/1.png")
    ]
    assert domain.available == 12


def test_an_edited_image_changes_its_key_and_is_not_read_under_the_old_one(classes):
    before = folder(classes)
    write(classes / "cat" / "1.png", seed=99)
    with pytest.raises(DomainError, match="has changed since it was listed"):
        before.read(0)
    after = folder(classes)
    assert after.digest != before.digest
    same = before.samples["content_sha256"] == after.samples["content_sha256"]
    assert same.tolist() == [False] + [True] * 11


def test_a_renamed_or_moved_folder_has_the_same_digest(classes, tmp_path_factory):
    moved = tmp_path_factory.mktemp("elsewhere") / "other"
    shutil.copytree(classes, moved)
    assert folder(moved).digest == folder(classes).digest
    assert folder(moved, limit=5, seed=3).digest == folder(classes, limit=5, seed=3).digest


def test_a_limit_is_even_over_classes_and_seeded(classes):
    domain = folder(classes, limit=6)
    assert domain.samples["label"].value_counts().to_dict() == {"cat": 3, "dog": 3}
    assert domain.available == 12
    assert {folder(classes, limit=6, seed=s).digest for s in range(5)} != {domain.digest}


def test_the_order_in_which_the_system_lists_files_does_not_matter(classes, monkeypatch):
    expected = folder(classes, limit=7)
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: sorted(real(path), key=lambda e: e.name[::-1]))
    assert folder(classes, limit=7).samples.equals(expected.samples)


def test_groups_come_from_a_csv(classes):
    rows = [
        f"{p.relative_to(classes)},{i % 3},{'xy'[i % 2]}"
        for i, p in enumerate(sorted(classes.rglob("*.png")))
    ]
    (classes / "groups.csv").write_text("\ufefffile,group,label\n" + "\n".join(rows) + "\n")
    domain = folder(classes, groups="groups.csv")
    assert domain.photographs == 3 and domain.caption == "12 images of 3 groups"
    assert set(domain.samples["label"]) == {"x", "y"} and domain.skipped == ()
    assert folder(classes).photographs == 12
    assert [s.path for s in folder(classes).skipped] == ["groups.csv"]


def test_a_csv_that_misses_files_or_names_others_says_so(classes):
    table = classes / "g.csv"
    table.write_text("file,group\ncat\\1.png,a\ncat/2.png,\ncat/none.png,b\n")
    domain = folder(classes, groups=table)
    assert domain.groups.tolist() == ["a", "cat/2.png"]
    reasons = {s.path: s.reason for s in domain.skipped}
    assert reasons["cat/none.png"] == "listed in g.csv, but not in the folder"
    assert reasons["dog/0.png"] == "not listed in g.csv" and len(reasons) == 11


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,group\na,b\n", "has the columns name, group; it needs file and group"),
        ("", "has the columns none"),
        ("file,group\ncat/1.png,a\ncat/1.png,b\n", "line 3: cat/1.png is given a second"),
        (b"file,group\n\xff\xfe,a\n", "cannot be read as a UTF-8 CSV"),
    ],
)
def test_a_csv_that_cannot_be_used_is_refused(classes, text, message):
    (classes / "g.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DomainError, match=message):
        folder(classes, groups="g.csv")


def test_a_missing_csv_is_one_sentence(classes):
    with pytest.raises(DomainError, match=r"there is no file none\.csv for the groups"):
        folder(classes, groups="none.csv")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p / "none", "does not exist; check the path"),
        (lambda p: p, "is empty; put images in it"),
        (lambda p: write(p / "a.png"), "is a file; give the directory"),
        (lambda p: (p / "a.txt").write_text("x") and p, r"holds no image .* a\.txt: not an image"),
    ],
)
def test_a_folder_without_images_is_one_sentence(tmp_path, make, message):
    with pytest.raises(DomainError, match=message):
        folder(make(tmp_path))
    with pytest.raises(DomainError, match="needs a path"):
        load_domain({"source": "folder"})


GOOD = b"\x89PNG\r\n\x1a\n"


@st.composite
def files(draw):
    """A tree of hostile files: names, bytes, and images cut or altered anywhere."""
    part = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=8)
    name = part.filter(lambda text: text not in (".", ".."))
    image = st.builds(
        _image_bytes,
        st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"]),
        st.integers(0, 3),
        st.integers(0, 2000),
        st.integers(0, 255),
    )
    return draw(
        st.dictionaries(
            st.tuples(name, name) | st.tuples(name),
            st.binary(max_size=60) | st.binary(max_size=40).map(GOOD.__add__) | image,
            max_size=5,
        )
    )


def _image_bytes(kind, seed, at, value):
    noise = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).save(stream, kind)
    data = bytearray(stream.getvalue())
    if at < len(data):
        data[at] = value
    return bytes(data[: at + 200])


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(tree=files())
def test_no_folder_breaks_the_reader_and_no_file_goes_unmentioned(tmp_path_factory, tree):
    root = tmp_path_factory.mktemp("tree")
    written = []
    for parts, data in tree.items():
        path = root.joinpath(*parts)
        try:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        except OSError:  # a name already taken by a folder, or too long for the system
            continue
        written.append("/".join(parts))
    try:
        domain = folder(root)
    except DomainError as error:
        assert "empty" in str(error) or "holds no image" in str(error)
        return
    named = set(domain.samples["source"]) | {s.path for s in domain.skipped}
    assert all(path in named or path.split("/")[0] in named for path in written)
    for image in domain.images():
        assert image.dtype == np.uint8 and image.shape[2] == 3


@pytest.mark.skipif(
    not (SHARED / "domains").is_dir(), reason="the shared development images are not here"
)
def test_real_folders_of_photographs():
    for name, available in {"groceries": 516, "handwritten_characters": 500}.items():
        domain = folder(SHARED / "domains" / name, limit=60)
        assert domain.available == available and len(domain) == 60
        assert [s.path for s in domain.skipped] == ["labels.csv"]
        assert domain.read(0).shape[2] == 3
