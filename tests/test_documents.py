"""What the repository says of itself: version, citation, decisions with dates, paths that exist."""

import re
from pathlib import Path

import pytest
import yaml

from substrate import __version__
from substrate.ui.declared import PAGES
from substrate.ui.declared.shared import SHARED

ROOT = Path(__file__).parents[1]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


def test_the_changelog_begins_with_what_is_unreleased_and_knows_this_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ \(\d{4}-\d\d-\d\d\)", h) for h in headings[1:])
    assert headings[1].split()[0] == __version__


def test_the_citation_is_of_this_version_and_of_the_works_in_the_readme():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
    assert cited["version"] == __version__ and cited["type"] == "software"
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {__version__} ({cited['date-released']})" in log
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    numbers = set(re.findall(r"arXiv:(\d+\.\d+)", readme))
    assert {work["url"].rpartition("/")[2] for work in cited["references"]} == numbers


def test_no_text_holds_the_marks_of_a_merge():
    texts = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert len(texts) > 15
    marks = re.compile(r"^(<{7} |={7}$|>{7} )", re.MULTILINE)
    assert [p.name for p in texts if marks.search(p.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("path", DECISIONS, ids=lambda p: p.stem)
def test_every_decision_has_a_title_and_a_date(path):
    text = path.read_text(encoding="utf-8")
    decisions = [part for part in text.split("\n\n") if part.startswith("**")]
    assert decisions
    for decision in decisions:
        assert re.match(r"\*\*[^*]+\*\*\s\(\d{4}-\d\d-\d\d\)", decision), decision[:80]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_paths_in_the_texts_for_newcomers_exist(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    paths = re.findall(
        r"`((?:substrate|tests|docs|data|pages|benchmarks|examples)/[\w./-]+)`", text
    )
    named = [p for p in links + paths if not p.startswith("http") and not re.search("[A-Z]{4}", p)]
    assert len(named) > 8
    assert [p for p in named if not (ROOT / p).exists()] == []


#: Folders that the documents ask to be added to, and how many files leave room for three more.
EXTENSIBLE = (
    "numerics/metrics",
    "numerics/transfer",
    "encoders",
    "domains",
    "ui/declared",
    "analyses",
    "exhibits",
)
ROOM = 17


@pytest.mark.parametrize("folder", EXTENSIBLE)
def test_a_folder_that_the_documents_ask_to_be_added_to_has_room(folder):
    """The limit of twenty files is for what is there: see tests/test_architecture.py."""
    files = len(list((ROOT / "substrate" / folder).glob("*.py")))
    assert 2 <= files <= ROOM, f"{folder} holds {files} files"


TREE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("```")[1]
#: What the tree says of a folder: its own part of the text.
PARTS = {
    "substrate": TREE,
    "substrate/analyses": TREE.split("  analyses/")[1].split("\n  claims/")[0],
}


@pytest.mark.parametrize("folder", PARTS)
def test_every_package_and_module_stands_in_the_tree_of_the_architecture(folder):
    here, part = ROOT / folder, PARTS[folder]
    packages = {path.parent.name for path in here.glob("*/__init__.py")}
    modules = {path.stem for path in here.glob("*.py")} - {"__init__"}
    assert len(packages) > 10 and len(modules) > 4
    assert packages - set(re.findall(r"(\w+)/", part)) == set()
    assert modules - set(re.findall(r"\w+", part)) == set()


@pytest.mark.parametrize("field", SHARED, ids=lambda field: field.name)
def test_the_addresses_name_the_pages_that_read_a_shared_field(field):
    text = (ROOT / "docs" / "address.md").read_text(encoding="utf-8")
    if field.name == "run":
        said = text.split("## Shared")[1].split("Study and Experiments")[0]
    else:
        row = rf"^\| [^|]*`{field.name}`[^|]*\|.*\|(.*)\|$"
        (said,) = re.findall(row, text, re.MULTILINE)
        said = said.split(";")[0] if "all but" in said else said
    named = {key for key in PAGES if re.search(rf"\b{key.capitalize()}\b", said)}
    if "all but" in said:
        assert named and not named & set(field.pages)
    else:
        assert set(field.pages) - named == set()
