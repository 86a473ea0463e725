"""What is installed: the wheel's files and requirements, and the program as it is installed."""

import ast
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import pytest

from substrate import __version__, catalogue
from substrate.analyses.experiments import file as experiment_file
from substrate.shipped import shipped
from substrate.zoo import train
from substrate.zoo.errors import ZooInputError

ROOT = Path(__file__).parents[1]
SHIPPED = ("app.py", ".streamlit/config.toml", "pages", "examples", "data")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, as pip builds it."""
    out = tmp_path_factory.mktemp("wheel")
    hook = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", hook, out], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (path,) = out.iterdir()
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The wheel's files as pip lays them out."""
    home = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(home)
    return home


@pytest.fixture(scope="module")
def metadata(installed):
    (found,) = distributions(path=[str(installed)])
    return found


def tracked(*where):
    done = subprocess.run(
        ["git", "ls-files", "-z", *where], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("this copy of the repository has no git")
    return {Path(line) for line in done.stdout.split("\0") if line and (ROOT / line).is_file()}


def test_the_wheel_holds_the_package_and_what_is_shipped_beside_it_and_nothing_else(wheel):
    expected = {str(path) for path in tracked("substrate")}
    expected |= {f"substrate/_shipped/{path}" for path in tracked(*SHIPPED)}
    assert "substrate/_shipped/data/encoders/resnet.safetensors" in expected
    files = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    assert expected <= files
    new = {place.replace("substrate/_shipped/", "") for place in files - expected}
    assert all((ROOT / place).is_file() for place in new), "neither tracked nor about to be"
    assert wheel.stat().st_size < 100e6, "more than PyPI takes"


def test_the_requirements_are_those_of_the_file_and_the_version_is_the_package_s(metadata):
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert sorted(metadata.requires) == sorted(x for x in lines if x and not x.startswith("#"))
    assert metadata.version == __version__
    assert [(e.name, e.value) for e in metadata.entry_points] == [
        ("substrate", "substrate.cli:main")
    ]


def python(home, *line, **env):
    return [sys.executable, "-P", *line], {
        "env": {**os.environ, "PYTHONPATH": str(home), **env},
        "text": True,
    }


def test_an_installed_package_reads_what_is_shipped_with_it(installed, tmp_path):
    code = """
import json, sys
from substrate import catalogue, shipped
from substrate.analyses.experiments.file import SHIPPED, results_file, results_folder
from substrate.claims.preregistered import register
from substrate.experiments.texts import CAPTIONS
study = catalogue.default_study()
print(json.dumps({
    "root": str(shipped.shipped()), "names": catalogue.names(),
    "study": study.model_dump(mode="json"), "claims": register().digest,
    "own": str(results_folder()), "read": str(results_file("panel")),
    "captions": CAPTIONS.is_file(),
}))
"""
    line, how = python(installed, "-c", code, XDG_DATA_HOME=str(tmp_path / "home"))
    how["env"].pop("SUBSTRATE_RESULTS", None)
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, check=False, **how)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    inside = installed / "substrate" / "_shipped"
    assert found["root"] == str(inside)
    assert found["names"] == catalogue.names()
    assert found["study"] == catalogue.default_study().model_dump(mode="json")
    assert found["captions"]
    # what is computed here goes to the user's directory, and what is shipped is read until then
    assert found["own"] == str(tmp_path / "home" / "substrate" / "results")
    assert found["read"] == str(inside / "data" / "results" / "panel.json")


def test_own_results_are_read_before_those_that_are_shipped(tmp_path, monkeypatch):
    monkeypatch.delenv("SUBSTRATE_RESULTS", raising=False)
    monkeypatch.setattr(experiment_file, "INSTALLED", True)
    monkeypatch.setattr(experiment_file, "user_data_path", lambda _name: tmp_path)
    assert experiment_file.results_file("panel") == shipped("data", "results", "panel.json")
    own = tmp_path / "results" / "panel.json"
    own.parent.mkdir()
    own.write_text("{}")
    assert experiment_file.results_file("panel") == own
    monkeypatch.setenv("SUBSTRATE_RESULTS", str(tmp_path / "elsewhere"))
    assert experiment_file.results_file("panel") == tmp_path / "elsewhere" / "panel.json"


def test_the_dashboard_of_an_installed_package_answers_from_any_folder(installed, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "random.py").write_text("raise SystemExit('a file of the present folder was run')")
    line, how = python(
        installed,
        "-m",
        "substrate",
        "dashboard",
        "--port",
        str(port),
        "--store",
        str(tmp_path / "store"),
        HOME=str(tmp_path),
    )
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(line, cwd=tmp_path, stdout=log, stderr=log, **how)
    try:
        assert answer(server, f"http://127.0.0.1:{port}/_stcore/health") == b"ok"
        assert handshake(port, "localhost") == 101
        assert handshake(port, "elsewhere.example") == 403, "the shipped settings were not read"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


def answer(server, address, within=60.0):
    """Return what the server answers, once it does."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as response:
                return response.read()
        except urllib.error.URLError:
            time.sleep(0.2)
    return None


def handshake(port, host):
    """Return the status with which the server answers a page's connection under a host's name."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest("GET", "/_stcore/stream", skip_host=True)
    for name, value in {
        "Host": f"{host}:{port}",
        "Origin": f"http://{host}:{port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }.items():
        connection.putheader(name, value)
    connection.endheaders()
    with contextlib.closing(connection):
        return connection.getresponse().status


def test_an_installed_package_does_not_write_into_itself(installed, tmp_path, monkeypatch):
    command, how = python(installed, "-m", "substrate", "docs")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, **how)
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no docs/metrics.md beside an installed package" in done.stderr
    assert "Traceback" not in done.stderr
    monkeypatch.setattr(train, "INSTALLED", True)
    with pytest.raises(ZooInputError, match="Name a folder for the weights with --out"):
        train._folder(None)
    assert train._folder(tmp_path) == tmp_path


def test_only_one_module_knows_where_the_package_lies():
    """Elsewhere `__file__` leads to a neighbour in the same package only."""
    for path in sorted((ROOT / "substrate").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "parents":
                assert "__file__" not in ast.unparse(node), path
