"""How a hostile case is run: inside the guard, expected to end in one sentence that names it."""

from concurrent.futures import Future
from pathlib import Path

import pytest
from typer.testing import CliRunner

import substrate.pipeline
import substrate.report
import substrate.worker  # noqa: F401 - all imports, which take seconds, before the first case
from substrate import cli
from substrate.commands.shared import BAD_INPUT
from substrate.encoders.timm_arguments import load_timm
from substrate.inputs import roots
from substrate.store import StoreError
from tests.hostile.guard import guarded

load_timm()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder that may be read, with a store beside it that may be written."""
    folder = tmp_path / "in"
    folder.mkdir()
    monkeypatch.setenv(roots.VARIABLE, str(folder))
    monkeypatch.setenv("SUBSTRATE_STORE", str(tmp_path / "store"))
    return folder


def sentence_of(text: str, culprit: str) -> str:
    """Return the one sentence that a refusal says; it names the culprit and is no traceback."""
    assert "Traceback" not in text and "\x1b" not in text and "\x00" not in text
    lines = [line for line in text.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, text
    assert culprit in lines[0], lines[0]
    assert len(lines[0]) < 1200
    return lines[0]


@pytest.fixture
def refused(place):
    """Run a command that has to be refused with exit code 2 and one sentence."""

    def run(*line: object, culprit: str) -> str:
        with guarded(place.parent / "store"):
            found = CliRunner().invoke(cli.app, [str(part) for part in line])
        assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
        assert found.exit_code == BAD_INPUT, found.output
        return sentence_of(found.output, culprit)

    return run


@pytest.fixture
def refused_study(refused, place):
    """Write a study file and run it: refused, naming the culprit."""

    def run(content: str | bytes, culprit: str) -> str:
        path: Path = place / "study.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return refused("run", path, culprit=culprit)

    return run


@pytest.fixture
def unanswered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute nothing: what has to be computed ends in a sentence of its own."""

    class Nobody:
        def ask(self, *_question: object) -> Future:
            future: Future = Future()
            future.set_exception(StoreError("Nobody computes here."))
            return future

    for place in ("results", "shared.own_image"):
        monkeypatch.setattr(f"substrate.ui.{place}.resident", Nobody)
