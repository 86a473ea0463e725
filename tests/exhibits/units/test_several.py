"""Several encoders in words and on charts: planted pairs, threes, and few photographs."""

from types import SimpleNamespace

import numpy as np
import pytest

from substrate.analyses.shared.samples import Sizes
from substrate.analyses.spec import AnalysisError
from substrate.analyses.units.place import PlaceParams
from substrate.analyses.units.several import SEVERAL, PairMatch, SeveralEncoders
from substrate.exhibits.units import section, several
from substrate.figures.theme import DARK, LIGHT
from substrate.figures.units.several import dots, matrices
from substrate.wording import Nouns
from tests.exhibits.units.test_depth import estimate

TITLES = {"a": "Alpha", "b": "Beta", "c": "Gamma"}


def planted(photographs=100, encoders=("a", "b", "c")):
    made = tuple(
        PairMatch(
            first=x,
            second=y,
            mean=estimate(r),
            above_rotations=estimate(r - 0.3),
            lead_above_twins=estimate(r - 0.5),
            rotations=0.3,
            twins=0.2,
            cycles=np.array([3, 1]),
            ordered=np.eye(4, dtype=np.float32),
        )
        for x, y, r in (("a", "b", 0.6), ("a", "c", 0.5), ("b", "c", 0.3))
        if {x, y} <= set(encoders)
    )
    return SeveralEncoders(
        size=Sizes(
            "faces", "Faces", 100, photographs, "100 photographs", Nouns("tile", "photograph")
        ),
        encoders=tuple(encoders),
        layer="conv1",
        seed=0,
        pairs=made,
        consistency=0.75 if len(encoders) > 2 else float("nan"),
        consistency_shuffled=np.full(5, 0.2),
        consistency_twins=np.full(5, 0.3),
        chance=0.25,
    )


RUN = SimpleNamespace(encoders={name: SimpleNamespace(title=t) for name, t in TITLES.items()})


def plain(text):
    return text.replace("\u00a0", " ")


def test_it_says_how_many_pairs_match_and_how_often_matchings_agree():
    result = planted()
    said = plain(several.sentence(result))
    assert (
        "units of 3 encoders of one architecture match with mean correlations of 0.30 to 0.60"
        in (said)
    )
    assert "above rotated axes in 2 of 3 pairs; 75 % of the units return" in said
    assert "(untrained twins 30 %, shuffled photographs 20 %, random permutations 25 %)" in said
    assert several.verdict(result).short == "Units match beyond rotated axes in 2 pairs of encoders"
    assert several.verdict(planted(photographs=7)).badge.value == "no comparison"
    few = plain(several.sentence(planted(photographs=7)))
    assert "rotated axes" not in few and "correlations of 0.30 to 0.60" in few
    assert "at once" not in several.context(planted(photographs=7), RUN)
    two = planted(encoders=("a", "b"))
    assert "return to" not in several.sentence(two)


def test_charts_draw_pairs_with_whiskers_and_matrices_in_their_order():
    result = planted()
    for theme in (LIGHT, DARK):
        figure = dots(result, TITLES, theme)
        matched = figure.data[-1]
        assert list(matched.y) == ["Alpha · Beta", "Alpha · Gamma", "Beta · Gamma"]
        assert list(matched.x) == [0.6, 0.5, 0.3]
        np.testing.assert_allclose(matched.error_x.array, 0.02)
        maps = matrices(result, TITLES, theme).data
        assert len(maps) == 3 and (np.array(maps[2].z) == np.eye(4)).all()
        assert (maps[0].zmin, maps[0].zmax) == (-1, 1)
    rows = several.table(result)
    assert rows["longest cycle"].tolist() == [3, 3, 3] and rows["r"].tolist() == [0.6, 0.5, 0.3]
    assert rows["low above"][0] == pytest.approx(0.28)


def test_the_report_shows_all_pairs_and_with_every_view_their_matrices(monkeypatch):
    place = PlaceParams("a", "conv1", "b", "conv1", "faces")
    matched = planted()
    monkeypatch.setattr(section, "read_place_of", lambda _run: place)
    monkeypatch.setattr(section, "alike", lambda _run, _name: ("a", "b", "c"))
    monkeypatch.setattr(section, "is_measured", lambda _run, _place: False)
    monkeypatch.setattr(
        section,
        "stored",
        lambda asked, _run, _params: matched if asked is SEVERAL else None,
    )

    def nothing(*_args):
        raise AnalysisError("not computed")

    monkeypatch.setattr(section, "obtain", nothing)
    monkeypatch.setattr(section, "spectra_params", nothing)
    short = {one.key: one for one in section.units(RUN, LIGHT).items}
    whole = {one.key: one for one in section.units(RUN, LIGHT, every=True).items}
    assert "units-several-cycles" not in short and short["units-several"].figure is not None
    assert len(whole["units-several-cycles"].figure.data) == 3
    assert "the longest has 3 units" in plain(whole["units-several-cycles"].sentence)
