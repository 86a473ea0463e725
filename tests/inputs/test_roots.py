"""Folders and weights are read only inside the roots that the operator names."""

import os
import pwd
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner

from substrate import catalogue, cli, jobs
from substrate.commands.shared import BAD_INPUT, FAILED
from substrate.domains import DomainError
from substrate.encoders import ENCODER_SOURCES
from substrate.encoders.spec import EncoderError
from substrate.inputs import roots
from substrate.inputs.roots import RootError, lies_inside, own_path, require_inside
from substrate.pipeline import Pipeline
from substrate.progress import Progress
from substrate.store import Store
from tests.support.domains import load_domain


def pictures(folder: Path, count: int = 12) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(len(folder.name))
    for i in range(count):
        picture = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(picture).save(folder / f"{i}.png")
    return folder


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An allowed folder, a forbidden one beside it, and links from the first to the second."""
    pictures(tmp_path / "in" / "photos")
    (tmp_path / "in" / "sly").symlink_to(pictures(tmp_path / "out" / "photos"))
    monkeypatch.setenv(roots.VARIABLE, str(tmp_path / "in"))
    return tmp_path


def study_of(path, **more):
    return catalogue.parse_study(
        {
            "encoders": ["resnet", "vgg"],
            "samples": 16,
            "untrained": 0,
            "domains": [{"source": "folder", "path": str(path), "name": "own", **more}],
        }
    )


OUTSIDE = ["out/photos", "in/sly", "in/../out/photos", "out", ".", "in/sly/../photos"]


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_study_outside_the_roots_is_refused_before_it_is_read(place, path, monkeypatch):
    monkeypatch.setattr("substrate.pipeline.DOMAIN_SOURCES", {})  # reading would fail otherwise
    study = study_of(place / path)
    with pytest.raises(RootError, match=r"domains\.0\.path: .* lies outside .*--root"):
        require_inside(study)
    store = Store(place / "store")
    progress = Progress(store, jobs.new_job(store, study))
    with pytest.raises(RootError, match="lies outside"):
        Pipeline(study, store, progress, lambda _m: None).run()
    progress.close("failed")


def test_what_lies_inside_is_taken_links_resolved(place):
    (place / "in" / "again").symlink_to(place / "in" / "photos")
    for path in ("in/photos", "in/again", "in/photos/../photos", "in"):
        require_inside(study_of(place / path))


@pytest.mark.parametrize("field", ["groups"])
def test_every_path_of_a_study_is_checked(place, field):
    with pytest.raises(RootError, match=rf"domains\.0\.{field}"):
        require_inside(study_of(place / "in" / "photos", **{field: str(place / "out" / "g.csv")}))
    encoder = {"source": "timm", "architecture": "test_vit", "weights": "/etc/w.safetensors"}
    study = catalogue.parse_study({"encoders": [encoder], "domains": ["natural"]})
    with pytest.raises(RootError, match=r"encoders\.0\.weights: /etc/w"):
        require_inside(study)
    table = {"source": "parquet", "path": "/etc/t.parquet"}
    study = catalogue.parse_study({"encoders": ["resnet"], "domains": [table]})
    with pytest.raises(RootError, match=r"domains\.0\.path: /etc/t"):
        require_inside(study)


def test_links_inside_a_folder_that_lead_outside_are_listed_and_not_read(place):
    folder = place / "in" / "photos"
    (folder / "stray.png").symlink_to(place / "out" / "photos" / "0.png")
    (folder / "stray").symlink_to(place / "out" / "photos")
    (folder / "near.png").symlink_to(place / "in" / "photos" / "1.png")
    domain = load_domain({"source": "folder", "path": str(folder)})
    assert len(domain) == 12
    reasons = {skipped.path: skipped.reason for skipped in domain.skipped}
    assert (
        reasons["stray.png"]
        == reasons["stray"]
        == ("a link that leads outside the folders that are read")
    )
    assert reasons["near.png"] == "same content as 1.png"


def test_a_table_of_groups_inside_a_folder_may_not_lead_outside(place):
    folder = place / "in" / "photos"
    rows = "file,group\n" + "".join(f"{i}.png,g{i // 2}\n" for i in range(12))
    (place / "out" / "secret.csv").write_text(rows)
    (folder / "groups.csv").symlink_to(place / "out" / "secret.csv")
    study = {"source": "folder", "path": str(folder), "groups": "groups.csv"}
    with pytest.raises(DomainError, match=r"groups\.csv is a link that leads outside"):
        load_domain(study)
    (folder / "groups.csv").unlink()
    (folder / "groups.csv").write_text(rows)
    assert load_domain(study).photographs == 6


def test_several_roots_may_be_named(place, monkeypatch):
    both = os.pathsep.join([str(place / "in"), str(place / "out")])
    monkeypatch.setenv(roots.VARIABLE, both)
    require_inside(study_of(place / "out" / "photos"))


def test_without_a_name_the_root_is_where_the_program_was_started(place, monkeypatch):
    monkeypatch.delenv(roots.VARIABLE)
    monkeypatch.chdir(place / "in")
    assert roots.roots() == ((place / "in").resolve(),)
    assert lies_inside(Path("photos"), roots.roots())
    assert not lies_inside(Path("../out"), roots.roots())


def test_a_job_of_the_server_has_the_roots_of_the_server(place, monkeypatch):
    """The process starts elsewhere: what may be read must not become where it starts."""
    monkeypatch.delenv(roots.VARIABLE)
    monkeypatch.chdir(place / "in")
    started = {}

    class Process:
        pid = os.getpid()

        def wait(self):
            return 0

    def popen(_line, **how):
        started.update(how)
        return Process()

    monkeypatch.setattr(jobs.subprocess, "Popen", popen)
    jobs.start(Store(place / "store"), study_of(place / "in" / "photos"))
    assert started["env"][roots.VARIABLE] == str((place / "in").resolve())


@pytest.fixture
def study_file(place):
    def write(path, folder=place / "study"):
        folder.mkdir(exist_ok=True)
        file = folder / "study.yaml"
        domain = {"source": "folder", "path": str(path), "name": "own"}
        file.write_text(yaml.safe_dump({"encoders": ["resnet"], "domains": [domain]}))
        return file

    return write


def refused(monkeypatch, *line):
    """Run a command as far as the check of its paths; tell whether they were refused."""
    monkeypatch.setattr(
        "substrate.pipeline.Pipeline._read_domains", lambda _self: 1 / 0, raising=True
    )
    found = CliRunner().invoke(cli.app, list(map(str, line)))
    assert found.exit_code in (BAD_INPUT, FAILED)
    return found.exit_code == BAD_INPUT and "lies outside" in found.output


def test_roots_of_the_command_line(place, study_file, monkeypatch):
    """Named by --root, else by the environment, else here and the study's own folder."""
    store = ("--store", place / "store")
    far, near = study_file(place / "out" / "photos"), ()
    assert refused(monkeypatch, "run", far, *store, *near)
    assert not refused(monkeypatch, "run", far, *store, "--root", place / "out")
    assert refused(monkeypatch, "run", far, *store, "--root", place / "in")
    several = ("--root", place / "in", "--root", place / "out")
    assert not refused(monkeypatch, "run", far, *store, *several)
    monkeypatch.delenv(roots.VARIABLE)
    monkeypatch.chdir(place / "in")
    beside = study_file("photos", pictures(place / "study" / "photos").parent)
    assert not refused(monkeypatch, "run", beside, *store)
    monkeypatch.delenv(roots.VARIABLE)
    assert refused(monkeypatch, "run", study_file(place / "out" / "photos"), *store)
    monkeypatch.delenv(roots.VARIABLE)
    assert not refused(monkeypatch, "run", study_file(place / "in" / "photos"), *store)


def test_a_root_that_is_none_is_one_sentence(place, study_file):
    line = ["run", str(study_file("x")), "--store", str(place / "s"), "--root", str(place / "no")]
    found = CliRunner().invoke(cli.app, line)
    assert found.exit_code == BAD_INPUT and "is no folder" in found.output


def test_a_viewer_is_not_told_what_lies_outside(place):
    """The same words whether something is there or not."""
    there, nothing = place / "out" / "photos", place / "out" / "nothing"
    told = []
    for path in (there, nothing):
        with pytest.raises(RootError, match="lies outside") as caught:
            own_path(str(path), "folder")
        told.append(str(caught.value).replace(str(path), "PATH"))
    assert told[0] == told[1]
    assert own_path(str(place / "in" / "photos"), "folder") == str(place / "in" / "photos")
    with pytest.raises(RootError, match="There is no folder"):
        own_path(str(place / "in" / "nothing"), "folder")


@pytest.mark.parametrize("door", ["form", "address", "file"])
def test_which_accounts_there_are_is_not_told(place, door):
    """A path at the home of an account is refused in the same words whether there is one."""
    told = []
    for account in (pwd.getpwuid(0).pw_name, "nobody-of-this-name"):
        path = f"~{account}/photos"
        with pytest.raises(RootError, match=r"~.* lies outside") as caught:
            if door == "form":
                own_path(path, "folder")
            elif door == "address":
                require_inside(study_of(path))
            else:
                file = place / "study.yaml"
                domain = {"source": "folder", "path": path, "name": "own"}
                file.write_text(yaml.safe_dump({"encoders": ["resnet"], "domains": [domain]}))
                require_inside(catalogue.read_study(file))
        told.append(str(caught.value).replace(path, "PATH"))
    assert told[0] == told[1]


def test_a_path_at_a_named_home_is_opened_where_the_roots_hold_it(place, monkeypatch):
    account = pwd.getpwuid(os.getuid()).pw_name
    home = pwd.getpwnam(account).pw_dir
    monkeypatch.setenv(roots.VARIABLE, home)
    weights = Path(home) / "none-such.safetensors"
    item = {"source": "timm", "architecture": "test_vit", "weights": f"~{account}/{weights.name}"}
    study = catalogue.parse_study({"encoders": [item], "domains": ["natural"]})
    require_inside(study)
    with pytest.raises(EncoderError, match=str(weights)):
        ENCODER_SOURCES["timm"].load(study.encoders[0].model_dump(mode="json", exclude_none=True))


def test_where_a_link_outside_leads_is_not_told(place):
    """The words name the path as typed, with a link outside the roots as with nothing there."""
    (place / "out" / "link").symlink_to(place / "secret-name")
    with pytest.raises(RootError, match="lies outside") as caught:
        own_path(f" {place / 'out' / 'link'} ", "folder")
    said = str(caught.value)
    assert "secret-name" not in said and str(place / "out" / "link") in said


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "~nobody-of-this-name/x"])
def test_what_is_no_path_is_one_sentence(place, path):
    with pytest.raises(RootError, match="is no path|lies outside|There is no"):
        own_path(path, "folder")


def test_an_address_cannot_name_a_path_outside(place, open_page):
    """The page says so and offers no Run; nothing of the folder is looked at."""
    own = {"encoders": [], "domains": [{"source": "folder", "path": str(place / "out" / "photos")}]}
    import json

    app = open_page("study.py", place / "store", own=json.dumps(own))
    assert not app.exception
    assert any("lies outside" in warning.value for warning in app.warning)
    assert not [button for button in app.button if button.label == "Run"]
