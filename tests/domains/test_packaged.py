"""The packaged domains: real, offline, disjoint, seeded."""

import socket
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from substrate.domains import DOMAIN_SOURCES, SAMPLE_COLUMNS, DomainError
from substrate.domains.packaged import content_digest
from substrate.domains.photographs import PACKAGED_DOMAINS, wheel_file
from tests.support.domains import load_domain

NAMES = tuple(PACKAGED_DOMAINS)
CUT = tuple(name for name, domain in PACKAGED_DOMAINS.items() if domain.photographs)
each_domain = pytest.mark.parametrize("name", NAMES)
each_cut_domain = pytest.mark.parametrize("name", CUT)


def packaged(name, **keywords):
    return load_domain({"source": "packaged", "name": name}, **keywords)


@pytest.fixture(autouse=True)
def closed_network(monkeypatch):
    def refuse(*arguments, **keywords):
        raise AssertionError("a packaged domain opened the network")

    monkeypatch.setattr(socket, "socket", refuse)


def test_the_domains_are_the_documented_ones():
    documented = "natural fundus histology astronomy texture document face digit depth cells"
    assert documented.split() == [info.name for info in DOMAIN_SOURCES["packaged"].names()]


@each_domain
def test_a_domain_is_a_table_of_distinct_samples_and_their_images(name):
    domain = packaged(name, limit=24)
    assert tuple(domain.samples.columns) == SAMPLE_COLUMNS
    assert domain.samples.map(lambda v: isinstance(v, str)).to_numpy().all()
    assert len(domain) == 24 <= domain.available
    assert domain.samples["content_sha256"].is_unique
    assert (domain.samples["licence"] != "").all()
    assert set(domain.samples["domain"]) == {name}
    for row, image in enumerate(domain.images()):
        assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
        assert content_digest(image) == domain.samples["content_sha256"][row]


@each_domain
def test_the_same_seed_chooses_the_same_samples_and_another_seed_others(name):
    a, b, c = packaged(name, limit=20), packaged(name, limit=20), packaged(name, limit=20, seed=1)
    assert a.samples.equals(b.samples) and a.digest == b.digest
    assert a.digest != c.digest


@each_domain
def test_a_larger_limit_keeps_the_samples_of_a_smaller_one_in_their_order(name):
    every = packaged(name).samples["sample_id"].tolist()
    small, large = (packaged(name, limit=n).samples["sample_id"].tolist() for n in (10, 30))
    assert set(small) < set(large) < set(every)
    assert [i for i in every if i in set(large)] == large
    assert [i for i in large if i in set(small)] == small


@each_domain
def test_a_domain_gives_at_most_its_distinct_samples(name):
    domain = packaged(name, limit=10**6)
    assert len(domain) == domain.available


@each_cut_domain
@pytest.mark.parametrize("tile", [16, 32, 50])
def test_tiles_are_disjoint_and_inside_their_photograph(name, tile):
    domain = packaged(name, tile=tile)
    sizes = {p.name: _size(p) for p in PACKAGED_DOMAINS[name].photographs}
    for group, rows in domain.samples.groupby("group"):
        boxes = np.array([[int(v) for v in box.split(",")] for box in rows["box"]])
        width, height = sizes[group]
        assert (boxes >= 0).all() and (boxes[:, 2] <= width).all() and (boxes[:, 3] <= height).all()
        covered = np.zeros((height, width), dtype=int)
        for left, top, right, bottom in boxes:
            covered[top:bottom, left:right] += 1
        assert covered.max() == 1
    assert all(image.shape == (tile, tile, 3) for image in domain.images(range(3)))


def _size(photograph):
    path = wheel_file(photograph.package, photograph.file)
    if path.suffix == ".npz":
        return np.load(path)["arr_0"].shape[::-1]
    with Image.open(path) as image:
        return image.size


def test_a_tile_is_its_box_of_the_photograph():
    domain = packaged("natural", limit=40)
    row = domain.samples.index[domain.samples["group"] == "coffee"][0]
    left, top, right, bottom = (int(v) for v in domain.samples["box"][row].split(","))
    with Image.open(wheel_file("skimage", "data/coffee.png")) as image:
        assert np.array_equal(domain.read(row), np.asarray(image)[top:bottom, left:right])
    assert domain.samples["sample_id"][row] == f"natural/coffee@{left},{top}"


def test_a_reduced_photograph_averages_the_box_that_it_names():
    domain = packaged("fundus", limit=100)
    row = domain.samples.index[domain.samples["group"] == "retina"][0]
    left, top, right, bottom = (int(v) for v in domain.samples["box"][row].split(","))
    assert (right - left, bottom - top) == (64, 64)
    with Image.open(wheel_file("skimage", "data/retina.jpg")) as image:
        crop = np.asarray(image)[top:bottom, left:right].astype(float)
    mean = crop.reshape(32, 2, 32, 2, 3).mean(axis=(1, 3))
    assert np.abs(domain.read(row) - mean).max() <= 0.5
    assert "averaged" in domain.samples["source"][row]


def test_tiles_are_spread_evenly_over_photographs():
    counts = packaged("natural", limit=256).samples["group"].value_counts()
    assert len(counts) == 7 and counts.max() - counts.min() <= 1
    # A photograph that has fewer gives all it has.
    counts = packaged("fundus", limit=256).samples["group"].value_counts()
    assert counts["microaneurysms"] == 9 and counts["retina"] == 247


def test_nearly_constant_tiles_are_left_out():
    domain = packaged("astronomy")
    deviations = [(image @ [0.2125, 0.7154, 0.0721]).std() for image in domain.images()]
    assert min(deviations) >= 2.0
    assert (domain.samples["group"] == "moon").sum() < (512 // 32) ** 2


def test_digits_carry_their_digit_and_the_limit_is_even_over_them():
    domain = packaged("digit", limit=100)
    assert domain.samples["label"].value_counts().tolist() == [10] * 10
    assert domain.photographs == 14 and domain.caption == "100 images of 14 writers"
    everything = packaged("digit")
    assert everything.available == 1797
    assert max(int(image.max()) for image in everything.images(range(50))) == 255


def test_digits_are_grouped_by_the_writers_of_scikit_learns_course():
    groups = packaged("digit").samples["group"].to_numpy()
    first = [0, 130, 256, 386, 516, 646, 776, 915, 1029, 1157, 1287, 1415, 1545, 1667]
    assert np.flatnonzero(groups[1:] != groups[:-1]).tolist() == [row - 1 for row in first[1:]]
    assert len(set(groups)) == 14


def test_a_digits_nearest_neighbours_are_often_by_its_writer():
    domain = packaged("digit")
    pixels = np.array([image[..., 0].ravel() for image in domain.images()], dtype=float)
    squares = np.square(pixels).sum(axis=1)
    distances = squares[:, None] + squares - 2 * pixels @ pixels.T
    np.fill_diagonal(distances, np.inf)
    nearest = np.argpartition(distances, 10, axis=1)[:, :10]
    groups = domain.samples["group"].to_numpy()
    assert np.isclose((groups[nearest] == groups[:, None]).mean(), 0.34, atol=0.005)
    sizes = np.unique(groups, return_counts=True)[1]
    assert np.isclose((sizes * (sizes - 1)).sum() / (1797 * 1796), 0.071, atol=0.001)


def test_digits_agree_with_scikit_learn():
    from sklearn.datasets import load_digits

    theirs, ours = load_digits(), packaged("digit")
    assert ours.samples["label"].tolist() == [str(t) for t in theirs.target]
    assert np.array_equal(ours.read(7)[..., 0], np.rint(theirs.images[7] * 255 / 16))


def test_faces_are_the_first_hundred_and_the_rest_can_be_asked_for():
    faces = packaged("face")
    assert len(faces) == 100 and set(faces.samples["label"]) == {""}
    both = load_domain({"source": "packaged", "name": "face", "rest": True}, limit=50)
    assert both.samples["label"].value_counts().to_dict() == {"face": 25, "other": 25}
    assert both.available == 200
    with pytest.raises(DomainError, match="belongs to the domain 'face'"):
        load_domain({"source": "packaged", "name": "digit", "rest": True})


def test_depth_shares_the_group_of_the_photograph_that_it_belongs_to():
    assert set(packaged("depth", limit=5).groups) == {"motorcycle"}
    assert "motorcycle" in set(packaged("natural").groups)


def test_what_is_read_may_be_written_to_without_changing_the_domain():
    domain = packaged("histology", limit=3)
    image = domain.read(0)
    before = image.copy()
    image[:] = 0
    assert np.array_equal(domain.read(0), before)


def test_caption_counts_tiles_and_photographs():
    assert packaged("natural", limit=256).caption == "256 tiles of 7 photographs"
    assert packaged("histology", limit=9).caption == "9 tiles of 1 photograph"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"source": "packaged", "name": "natral"}, "did you mean 'natural'"),
        ({"source": "packaged"}, "there is no packaged domain ''"),
        ({"source": "packaged", "name": "face", "tiles": 3}, "unknown key 'tiles'"),
    ],
)
def test_a_wrong_configuration_is_named(config, message):
    with pytest.raises(DomainError, match=message):
        load_domain(config)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [({"limit": 0}, "limit is 0"), ({"tile": 1}, "tile is 1"), ({"tile": 5000}, "smaller tile")],
)
def test_a_size_that_leaves_nothing_is_refused(keywords, message):
    with pytest.raises(DomainError, match=message):
        packaged("natural", **keywords)


def test_importing_the_domains_loads_nothing_heavy():
    code = (
        "import sys; from tests.support.domains import load_domain;"
        "load_domain({'source': 'packaged', 'name': 'face'}, limit=3);"
        "print([m for m in ('torch', 'skimage', 'sklearn', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
