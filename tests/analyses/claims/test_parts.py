"""A run computes what the dearest claims are made of before them, each piece on its own."""

import pytest

from substrate.analyses.claims import questions
from substrate.analyses.spec import obtain, stored
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("parts"), n=60, groups=30, few=3, untrained=2)


@pytest.mark.parametrize("theme", ["pairs", "transfer"])
def test_a_question_finds_all_that_differs_by_draw_computed(run, monkeypatch, theme):
    question, params = questions.QUESTIONS[theme](run)[0]
    asked = list(questions.defaults(run))
    before = asked[: [(a.key, p) for a, p in asked].index((question.key, params))]
    parts = {(a.key, p) for a, p in before if a in question.uses}
    assert {p.twin if theme == "transfer" else p.untrained for _, p in parts} == {0, 1}
    for analysis, each in before:
        if analysis in question.uses:
            obtain(analysis, run, each)
    obtained = []

    def watched(analysis, run, each):
        if stored(analysis, run, each) is None:
            obtained.append((analysis.key, each))
        return obtain(analysis, run, each)

    for module in ("claims.pairs", "claims.transfer", "claims.transfer_replicates"):
        monkeypatch.setattr(f"substrate.analyses.{module}.obtain", watched)
    question.compute(run, params)
    twins = [p for _, p in obtained if getattr(p, "twin", getattr(p, "untrained", -1)) >= 0]
    assert [p for p in twins if type(p).__name__ != "TransferParams"] == []
