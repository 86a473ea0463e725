"""What `weights STUDY` prints: the counts and the nulls of the page, not others."""

from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.spec import obtain
from substrate.analyses.weights.channels import CHANNELS
from substrate.analyses.weights.spatial import SPATIAL, spatial_params
from substrate.exhibits.weights import command, words
from substrate.numerics.estimates import Estimate
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("command"), n=40, groups=20, untrained=6)


@pytest.fixture(scope="module")
def filters(run):
    return obtain(SPATIAL, run, spatial_params(run, run.panel, run.main_domain))


@pytest.fixture
def printed(run, monkeypatch):
    """Return what is printed of the run where its filters or channels are others."""

    def lines(filters, above=(), untrained=()):
        def other(analysis, opened, params):
            found = obtain(analysis, opened, params)
            if analysis is SPATIAL:
                return filters
            if analysis is CHANNELS and above:
                layers = [
                    replace(
                        found.layers[0],
                        above=a,
                        learned=np.ones(a),
                        twin_above=np.array(u),
                        rank=1.0,
                    )
                    for a, u in zip(above, untrained, strict=True)
                ]
                return replace(found, layers=tuple(layers))
            return found

        monkeypatch.setattr(command, "obtain", other)
        return "\n".join(command.study_lines(command.of_study(run)))

    return lines


def test_channels_that_are_not_told_from_untrained_are_no_flat_count(printed, filters):
    text = printed(
        filters, above=(1, 1, 1, 1), untrained=([1, 1, 1, 0, 0, 1], *[[0, 0, 2, 0, 0, 0]] * 3)
    )
    assert "Alpha has 4 channel eigenvalues above noise, not told from untrained. 4 eigen" in text
    assert "1.7 of the untrained twin (0 to 7 in 6 draws)" in text
    assert "at most 9.0, and" in text  # 10 / 6 + 2.571 sqrt(35.33 / 5) sqrt(7 / 6)
    assert "p = 0.128" in text  # P(X >= 4), X ~ B(14, 1/7)
    assert "learned channels in" not in text
    text = printed(filters, above=(9, 1), untrained=[[0] * 6] * 2)
    assert "Alpha has 10 channel eigenvalues above noise, in all layers together. 10 eigen" in text


def test_filters_count_where_they_are_beyond_a_further_draw_of_the_twin_too(printed, filters):
    assert sum(one.beyond_bases for one in filters.layers) == 8
    alike = [
        replace(one, twins=one.agreement.value + 0.02 * np.linspace(-1, 1, 6))
        if one.compared and one.encoder == "alpha"
        else one
        for one in filters.layers
    ]
    left = sum(one.beyond_bases and one.encoder != "alpha" for one in filters.layers)
    changed = replace(filters, layers=tuple(alike))
    text = printed(changed)
    assert 0 < left < 8 and text.startswith(f"In {left} of ")
    assert "beyond a further draw of their untrained twins" in text
    assert text.startswith(words.sentence(changed)) and "Holm's correction" in text


def test_where_no_layer_or_one_is_compared(printed, filters):
    lost = Estimate(float("nan"), reason="The eigenvalues nearly tie: any basis would agree.")
    none = tuple(replace(one, agreement=lost) for one in filters.layers)
    text = printed(replace(filters, layers=none))
    assert text.startswith("No layer's filters can be compared. The eigenvalues nearly tie")
    assert "0 of 0" not in text
    one = next(one for one in filters.layers if one.beyond_bases)
    text = printed(replace(filters, layers=(one,)))
    assert text.startswith("In 1 of 1 layer of 1 encoder the first 5")
