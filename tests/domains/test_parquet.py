"""Domains from parquet files: columns, labels, groups, what cannot be read, CIFAR-10."""

from io import BytesIO

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from substrate import catalogue
from substrate.domains import SAMPLE_COLUMNS, DomainError
from substrate.domains.parquet import names
from substrate.study import parse
from tests.support.domains import load_domain


def png(shade: int) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (6, 5), (shade, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def write(path, **columns):
    parquet.write_table(pa.table(columns), path)
    return {"source": "parquet", "path": str(path)}


def test_images_have_labels_groups_and_ids(tmp_path):
    config = write(
        tmp_path / "mine.parquet",
        image=[png(i) for i in range(6)],
        label=[0, 1] * 3,
        group=["a", "a", "b", "b", "c", "c"],
        id=[f"i{i}" for i in range(6)],
    )
    domain = load_domain(config)
    assert tuple(domain.samples.columns) == SAMPLE_COLUMNS and domain.name == "mine"
    assert domain.samples["label"].tolist() == ["0", "1"] * 3 and domain.photographs == 3
    assert domain.samples["sample_id"][4] == "mine/i4"
    assert domain.read(4).shape == (5, 6, 3) and domain.read(4)[0, 0, 0] == 4
    few = load_domain(config, limit=4)
    assert sorted(few.samples["label"]) == ["0", "0", "1", "1"] and few.available == 6


def test_other_shapes_of_columns_copies_and_damaged_images(tmp_path):
    images = [{"bytes": png(i), "path": f"{i}.png"} for i in (1, 2, 2, 3)]
    images.append({"bytes": png(9)[:30], "path": "x"})
    domain = load_domain(write(tmp_path / "img.parquet", img=images))
    assert len(domain) == 3 and set(domain.samples["label"]) == {""}
    assert domain.photographs == 3
    assert [s.path for s in domain.skipped] == ["000004"]


def test_what_is_no_file_of_images_is_refused(tmp_path):
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 nonsense")
    for config, message in (
        ({"source": "parquet", "path": str(tmp_path / "bad.parquet")}, "cannot be read as parquet"),
        ({"source": "parquet", "path": str(tmp_path / "none.parquet")}, "there is no file"),
        ({"source": "parquet"}, "needs a path"),
        (write(tmp_path / "a.parquet", x=[1]), "images are expected in 'image'"),
        (write(tmp_path / "b.parquet", image=[1, 2]), "row 0 .* holds no bytes"),
        (write(tmp_path / "c.parquet", image=[b"no", b"image"]), "no image that can be read"),
        ({"source": "parquet", "pth": "x"}, "did you mean 'path'"),
    ):
        with pytest.raises(DomainError, match=message):
            load_domain(config)


def test_cifar10_is_offered_where_it_is_present(tmp_path, monkeypatch):
    monkeypatch.setenv("SUBSTRATE_CIFAR10", str(tmp_path))
    study = parse({"encoders": ["x"], "domains": ["cifar10", "digit"]})
    config = study.domains[0].model_dump(mode="json", exclude_none=True)
    assert names() == [] and config == {"source": "parquet", "name": "cifar10"}
    with pytest.raises(DomainError, match="SUBSTRATE_CIFAR10"):
        load_domain(config)
    write(tmp_path / "test.parquet", image=[png(1), png(2)], label=["cat", "dog"])
    assert [info.name for info in names()] == ["cifar10"]
    assert "cifar10" in [info.name for info in catalogue.domains()]
    assert "cifar10" not in catalogue.names()["packaged"]
    domain = load_domain(config)
    assert domain.title == "CIFAR-10" and domain.samples["label"].tolist() == ["cat", "dog"]


def test_the_real_cifar10(shared_data, monkeypatch):
    monkeypatch.setenv("SUBSTRATE_CIFAR10", str(shared_data / "cifar10"))
    domain = load_domain({"source": "parquet", "name": "cifar10"}, limit=40)
    assert domain.samples["label"].value_counts().tolist() == [4] * 10
    assert domain.available == 10_000 and domain.read(0).shape == (32, 32, 3)
    assert np.std(domain.read(0)) > 0
