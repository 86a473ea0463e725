"""What a paper says of a run: its own numbers, and works that can be cited."""

import re

import pytest

from substrate import cli
from substrate.commands.shared import BAD_INPUT
from substrate.figures import export
from substrate.report import write_figures
from substrate.report.methods import bibtex, paragraph
from substrate.report.sources import ALSO, WORKS
from tests.support.planted import planted_run


def test_the_paragraph_has_the_runs_own_numbers(tmp_path):
    run = planted_run(tmp_path, n=40, groups=10, untrained=2, permutations=50)
    said = paragraph(run)
    assert "4 encoders (Alpha, Beta, Gamma and Delta)" in said
    assert "Rich (40 tiles of 10 photographs)" in said
    assert "2 untrained twins" in said and "(50 permutations)" in said and run.run_id in said
    alone = planted_run(tmp_path, n=40, groups=10, untrained=0)
    assert "No untrained twins" in paragraph(alone)


def test_every_work_is_an_entry_with_a_key_of_its_own():
    text = bibtex()
    keys = re.findall(r"@misc\{(\w+),", text)
    assert len(keys) == len(set(keys)) == len(WORKS) + len(ALSO)
    assert "radwan2026cross" in keys and "li2016convergent" in keys
    assert text.count("{") == text.count("}")
    assert "eprint = {2606.07882}" in text and "author = {Yixuan Li and Jason Yosinski and" in text
    assert text.rstrip().endswith("}") and "@software{substrate," in text


def test_figures_for_papers_need_a_browser(tmp_path, monkeypatch):
    run = planted_run(tmp_path / "store", n=40, groups=10, untrained=0)
    monkeypatch.setattr(export, "browser_available", lambda: False)
    with pytest.raises(ValueError, match="need Chrome or Chromium: install one"):
        write_figures(run, tmp_path / "figures")


def test_a_report_without_a_place_is_refused(capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.app(["report"])
    assert stopped.value.code == BAD_INPUT
    assert "--html" in capsys.readouterr().err
