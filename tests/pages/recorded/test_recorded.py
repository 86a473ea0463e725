"""Every page of a planted run shows what was recorded of it, at many addresses."""

from __future__ import annotations

import json

import pytest

from substrate.runs import Run
from substrate.ui.declared import PAGES
from tests.support.recorded import differences
from tests.support.recorded_pages import ADDRESSES, FOLDER, of_its_own, planted, shown

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield planted(tmp_path_factory.mktemp("recorded"), patch)


def test_every_page_is_recorded():
    assert {page for page, _ in ADDRESSES} == set(PAGES)
    assert {path.stem for path in FOLDER.glob("*.json")} == set(PAGES)


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_page_shows_what_was_recorded(run: Run, open_page, inline, page, tmp_path):
    own = of_its_own(run, tmp_path / "store")
    now = json.loads(json.dumps(shown(page, open_page, own)))
    before = json.loads((FOLDER / f"{page}.json").read_text(encoding="utf-8"))
    changed = list(differences(now, before))
    lacking = [part for part, _ in before if part not in [one for one, _ in now]]
    new = [part for part, _ in now if part not in [one for one, _ in before]]
    assert not changed, "\n".join(
        [
            *changed[:20],
            *(f"gone: {part}" for part in lacking[:10]),
            *(f"new: {part}" for part in new[:10]),
            "Meant? python -m tests.support.recorded_pages",
        ]
    )
