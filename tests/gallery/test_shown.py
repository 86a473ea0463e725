"""The shipped run: that it is whole, of the present version, small, and never written to."""

import json
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from substrate.analyses.defaults import defaults
from substrate.analyses.registry import ANALYSES
from substrate.analyses.spec import obtain, parameters_from, result_key, stored
from substrate.analyses.units.choice import default_place
from substrate.analyses.units.pictures import pictures_key
from substrate.domains import DOMAIN_SOURCES
from substrate.extraction import EXTRACTION
from substrate.gallery.archive import Archive, ResultsOnlyError, open_archive, pictures_of
from substrate.gallery.make import MOST, gallery_study, write_archive
from substrate.gallery.shown import ARCHIVE, VARIABLE, is_shipped, shipped_run
from substrate.runs import RunError
from substrate.store import StoreError

AGAIN = "the shipped run is of another version: make it again with `make gallery`"


def nothing_further(*_args, **_kwargs):
    """Compute nothing beyond what is stored."""
    return ()


@pytest.fixture(scope="module")
def run():
    return open_archive(ARCHIVE)


def test_every_default_result_is_shipped_in_its_present_version(run):
    """The key of a result covers its version, its parameters, and whatever it is made of."""
    asked = list(defaults(run))
    assert len(asked) > 100
    for analysis, params in asked:
        key = result_key(analysis, run, params)
        assert key in run.store or key in run.store.refusals, f"{analysis.key}: {AGAIN}"
        if key in run.store:
            assert stored(analysis, run, params) is not None, f"{analysis.key}: {AGAIN}"


def test_nothing_stale_is_shipped(run):
    found = 0
    with ZipFile(ARCHIVE) as archive:
        for name in archive.namelist():
            if name.endswith("manifest.json"):
                manifest = json.loads(archive.read(name))
                if manifest["meta"]["kind"] == "samples":
                    continue
                if manifest["meta"]["kind"] == "pictures of a unit":
                    unit = manifest["meta"]["unit"]
                    keys = {pictures_key(run, default_place(run), side, unit) for side in (0, 1)}
                    assert manifest["key"] in keys, AGAIN
                    continue
                analysis = ANALYSES[manifest["meta"]["analysis"]]
                params = parameters_from(analysis, manifest["meta"]["parameters"])
                assert result_key(analysis, run, params) == manifest["key"], AGAIN
                found += 1
    assert found > 100


def test_it_is_the_default_study_of_the_present_encoders(run):
    study = json.loads(json.dumps(gallery_study().model_dump(mode="json", exclude_none=True)))
    assert run.study == study, AGAIN
    assert run.record["resolved"]["extraction"] == EXTRACTION, AGAIN
    assert run.record["status"] == "done"


def test_it_is_small_and_holds_neither_features_nor_images(run):
    assert ARCHIVE.stat().st_size < MOST == 6_000_000
    assert not set(run.pairs.values()) & {Path(name).parent.name for name in run.store._files}
    for domain in run.domains.values():
        assert f"entries/{domain.entry}/arrays.safetensors" not in run.store._files


def test_images_are_read_again_and_are_those_that_the_run_saw(run):
    shown, table = run.thumbnails("digit"), run.samples("digit")
    config = next(d for d in run.study["domains"] if d["name"] == "digit")
    domain = DOMAIN_SOURCES["packaged"].load(config, limit=256, seed=0, tile=32)
    assert len(shown) == len(table) == 256
    np.testing.assert_array_equal(shown[7], domain.read(7))
    assert not shown.flags.writeable


def test_other_images_than_the_runs_are_refused(run, monkeypatch):
    domain = run.domains["digit"]
    monkeypatch.setitem(
        run.domains, "digit", type(domain)(**{**vars(domain), "samples_digest": "0"})
    )
    with pytest.raises(RunError, match="other images of digit"):
        pictures_of(run, "digit")


def test_it_is_never_written_to(run):
    before = ARCHIVE.read_bytes()
    with pytest.raises(ResultsOnlyError, match="run the study yourself"):
        run.store.put("0" * 64, arrays={}, meta={})
    key = next(iter(result_key(a, run, p) for a, p in defaults(run)))
    run.store.remove(key)
    run.store.remove_damaged(key)
    assert key in run.store
    assert ARCHIVE.read_bytes() == before


def test_what_was_not_computed_is_refused_in_one_sentence(run):
    analysis, params = next(iter(defaults(run)))
    other = type(params)(**{**vars(params), "encoders": params.encoders[:2]})
    with pytest.raises(ResultsOnlyError, match="holds results alone: run the study yourself"):
        obtain(analysis, run, other)


def test_what_a_default_was_refused_with_is_said_again(run, monkeypatch):
    analysis, params = next(iter(defaults(run)))
    other = type(params)(**{**vars(params), "encoders": params.encoders[:2]})
    monkeypatch.setitem(run.store.refusals, result_key(analysis, run, other), "Too few of them.")
    with pytest.raises(ResultsOnlyError, match=r"^Too few of them\.$"):
        obtain(analysis, run, other)


def test_it_can_be_turned_off_and_may_be_missing(run, monkeypatch, tmp_path):
    assert is_shipped(shipped_run())
    monkeypatch.setattr("substrate.gallery.shown.ARCHIVE", tmp_path / "none.zip")
    assert shipped_run() is None
    monkeypatch.undo()
    monkeypatch.setenv(VARIABLE, "off")
    assert shipped_run() is None


@pytest.mark.parametrize("damage", [b"", b"no archive", None])
def test_a_damaged_archive_is_refused_with_its_path(tmp_path, damage):
    path = tmp_path / "run.zip"
    path.write_bytes(ARCHIVE.read_bytes()[:-1000] if damage is None else damage)
    with pytest.raises(StoreError, match=r"run\.zip cannot be read"):
        Archive(path)


@pytest.mark.filterwarnings("ignore")
def test_an_archive_is_the_same_bytes_each_time_and_reads_back(real_run, tmp_path, monkeypatch):
    first = write_archive(real_run, tmp_path / "one.zip").read_bytes()
    monkeypatch.setattr("substrate.gallery.make.sections", nothing_further)
    assert write_archive(real_run, tmp_path / "two.zip").read_bytes() == first
    again = open_archive(tmp_path / "one.zip")
    assert again.record == real_run.record
    assert not is_shipped(real_run)
    assert is_shipped(again)
    for analysis, params in defaults(real_run):
        if (mine := stored(analysis, real_run, params)) is not None:
            theirs = stored(analysis, again, params)
            assert type(theirs) is type(mine)
    np.testing.assert_array_equal(again.thumbnails("face"), real_run.thumbnails("face"))
    np.testing.assert_array_equal(again.pixels("face"), real_run.pixels("face"))
    assert again.samples("face").equals(real_run.samples("face"))


@pytest.mark.filterwarnings("ignore")
def test_a_store_too_large_to_ship_is_refused(real_run, tmp_path, monkeypatch):
    monkeypatch.setattr("substrate.gallery.make.MOST", 1000)
    monkeypatch.setattr("substrate.gallery.make.sections", nothing_further)
    with pytest.raises(ValueError, match=r"at most are 1,000"):
        write_archive(real_run, tmp_path / "one.zip")
    assert list(tmp_path.iterdir()) == []
