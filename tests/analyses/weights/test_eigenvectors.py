"""Cells of a |cosine| panel: both eigenvectors, their patches, and matches in other encoders."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from substrate.analyses.spec import AnalysisError, obtain
from substrate.analyses.weights.alignable import aligned_params
from substrate.analyses.weights.aligned import ALIGNED
from substrate.analyses.weights.channels import ChannelLayer, Channels
from substrate.analyses.weights.crossed import (
    crossed_key,
    read_crossed,
    read_patches,
    store_crossed,
)
from substrate.analyses.weights.eigenvectors import (
    Eigenvector,
    _level_of_all,
    of_spectrum,
    opened,
    strongest,
)
from substrate.exhibits.weights import eigenvectors as exhibits
from substrate.figures.theme import LIGHT
from substrate.figures.weights.eigenvector import eigenvectors as draw
from tests.support.crossed import SPIKES, D, N, layers, patches, shade
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("cells"), n=40, groups=20, untrained=0)


@pytest.fixture(scope="module")
def params(run):
    params = aligned_params(run, "alpha", "beta")
    store_crossed(run.store, crossed_key(run, params), layers(), (40, 20), patches())
    return params


def test_the_leading_cell_is_that_of_the_strongest_shared_spikes(run, params):
    result = obtain(ALIGNED, run, params)
    i, j = strongest(run, params, result, "same")
    assert i == j and i < len(SPIKES)
    assert strongest(run, params, result, "white") is None  # nothing learned: no card by itself
    cell = opened(run, params, "same", (0, 0))
    assert cell.cosine > 0.85 > 0.6 > cell.level
    crossing = read_crossed(run, params).layers[0].crossing
    assert cell.cosine == pytest.approx(abs(crossing.aligned[0, 0]))
    assert cell.plain == pytest.approx(abs(crossing.plain[0, 0]))
    assert cell.level == pytest.approx(np.abs(crossing.permuted[:, :20, :20]).max())
    assert cell.level > np.abs(crossing.permuted[:, 0, :20]).max() and cell.cells == 400


def test_the_strongest_cell_of_random_directions_is_no_further_than_those_of_shuffles(run):
    """Haar draws: against one row of the shuffles, 400 cells' largest was beyond in nearly all."""
    rng = np.random.default_rng(0)
    one, beyond, by_row = layers()[0], 0, 0
    for _ in range(120):
        draws = np.array([np.linalg.qr(rng.normal(size=(96, 20)))[0][:20] for _ in range(6)])
        crossing = replace(one.crossing, aligned=draws[0], permuted=draws[1:])
        found = _level_of_all(replace(one, crossing=crossing))[0]
        cells = np.abs(draws[0])
        row = np.unravel_index(int(cells.argmax()), cells.shape)[0]
        beyond += cells.max() > found
        by_row += cells.max() > np.abs(draws[1:, row]).max()
    assert 10 <= beyond <= 32  # a sixth of 120, within three standard errors
    assert by_row > 80


def test_eigenvectors_of_near_equal_eigenvalues_are_said_to_mean_little_alone():
    one = opened_vector("conv")
    run = SimpleNamespace(encoders={"alpha": SimpleNamespace(title="Alpha")})
    for before, after, tied in ((np.nan, 1.3, True), (5.0, 1.5, False), (0.2, 9.0, True)):
        vector = replace(one, before=before, after=after)
        assert vector.tied is tied
        assert (exhibits.TIED in exhibits._eigenvalue(vector, run)) is tied


def test_eigenvalues_stand_beside_their_neighbours(run, params):
    values = read_crossed(run, params).layers[0].values[1]
    one = opened(run, params, "same", (0, 1)).second
    error = values[1] * np.sqrt(2 / N)
    assert (one.encoder, one.layer, one.rank) == ("beta", "same", 1)
    assert one.share == pytest.approx(values[1] / values.sum())
    assert one.error == pytest.approx(error / values.sum())
    assert one.before == pytest.approx((values[0] - values[1]) / error)
    assert one.after == pytest.approx((values[1] - values[2]) / error)
    assert np.isnan(opened(run, params, "same", (0, 0)).first.before)


def test_patches_are_kept_by_layer_network_and_end(run, params):
    kept = read_patches(run, params, 1, 1)
    assert kept.pictures.shape == (20, 2, 4, 48, 48, 3)
    for at in ((0, 0, 0), (7, 1, 2), (19, 0, 3)):
        assert kept.pictures[at].mean() == pytest.approx(shade(1, 1, *at), abs=3)
    crossing = read_crossed(run, params).layers[0].crossing
    for at in ((0, 0), (1, 1), (2, 3), (5, 4)):
        cell = opened(run, params, "same", at)
        turned = crossing.aligned[at] < 0
        ends = (cell.second.lowest, cell.second.highest)
        for end, shown in enumerate(ends if turned else ends[::-1]):
            assert shown[0].mean() == pytest.approx(shade(0, 1, at[1], end, 0), abs=3)
        assert cell.first.highest[0].mean() == pytest.approx(shade(0, 0, at[0], 0, 0), abs=3)


def test_matches_are_those_of_pairs_that_were_read(run, params):
    before = opened(run, params, "same", (0, 0)).first
    assert [match.encoder for match in before.nearest] == ["beta"]
    assert before.nearest[0].rank == 0 and before.nearest[0].cosine > before.nearest[0].level
    assert "gamma" in before.apart and "beta" not in before.apart
    other = aligned_params(run, "gamma", "alpha")  # alpha is the second one here
    store_crossed(run.store, crossed_key(run, other), layers(), (40, 20))
    after = opened(run, params, "same", (0, 0)).first
    assert [match.encoder for match in after.nearest] == ["beta", "gamma"]
    assert "gamma" not in after.apart
    assert read_patches(run, other, 0, 0) is None
    assert not len(opened(run, other, "same", (0, 0)).first.highest)


def test_what_is_not_there_is_said(run, params):
    with pytest.raises(AnalysisError, match="has no eigenvectors 21 and 1"):
        opened(run, params, "same", (20, 0))
    with pytest.raises(AnalysisError, match="No layer 'none'"):
        opened(run, params, "none", (0, 0))


def test_the_card_states_its_numbers(run, params):
    cell = opened(run, params, "same", (0, 0))
    card = exhibits.two(cell, params.domain, run, LIGHT)
    assert card.sentence.startswith("Eigenvector 1 of Alpha same and eigenvector 1 of Beta same")
    assert f"|cosine| of {cell.cosine:.2f} (at most {cell.level:.2f}" in card.sentence
    assert f"{100 * cell.first.share:.1f} % of the variance" in card.context
    assert f"the next one lies {cell.first.after:.1f} standard errors below" in card.context
    level = cell.first.nearest[0].level  # of one row: the match is picked from it
    assert f"Beta same, eigenvector 1, {cell.cosine:.2f} (chance {level:.2f})" in card.context
    assert "Not aligned with" in card.context and "Delta" in card.context
    assert len(card.figure.layout.images) == 16


def test_a_long_name_over_patches_is_broken_into_lines():
    """The columns of a card end where their four patches do."""
    one = opened_vector("features.11.pointwise")
    (name,) = (
        t.text
        for t in draw([one], ["Matched factorised VGG"], LIGHT, "").layout.annotations
        if "eigenvector" in t.text
    )
    assert max(map(len, name.removeprefix("<b>").removesuffix("</b>").split("<br>"))) <= 40
    assert "<br>" in name and name.endswith("eigenvector 1</b>")


def opened_vector(layer):
    """Return an eigenvector with patches of a layer."""
    patch = np.zeros((4, 48, 48, 3), dtype=np.uint8)
    return Eigenvector("alpha", layer, 0, 0.1, 0.01, 1.0, 1.0, patch, patch, (), ())


def test_an_eigenvalue_of_a_spectrum_opens_its_eigenvector(run, params):
    """With patches and matches where its layer was read beside another, else with its size."""
    read = read_crossed(run, params).layers[0]
    values = read.values[1]
    channels = channels_of("beta", {"same": values, "elsewhere": values})
    one = of_spectrum(run, channels, "same", 2, params.domain)
    beside = opened(run, params, "same", (0, 2)).second
    assert (one.encoder, one.layer, one.rank) == ("beta", "same", 2)
    assert one.share == pytest.approx(beside.share) and one.after == pytest.approx(beside.after)
    assert one.highest.shape == (4, 48, 48, 3)
    assert one.nearest[0].encoder == "alpha"
    card = exhibits.one(one, params.domain, run, LIGHT)
    assert f"Eigenvector 3 of Beta: {100 * one.share:.1f} % of the variance" in card.sentence
    assert len(card.figure.layout.images) == 8 and "Alpha same" in card.context
    for layer, rank in (("same", 20), ("elsewhere", 2)):
        bare = of_spectrum(run, channels, layer, rank, params.domain)
        assert bare.share == pytest.approx(values[rank] / values.sum())
        assert not len(bare.highest) and not bare.nearest
        card = exhibits.one(bare, params.domain, run, LIGHT)
        assert card.figure is None and "see Alignment" in card.context
    with pytest.raises(AnalysisError, match="same has no eigenvalue 81"):
        of_spectrum(run, channels, "same", 80, params.domain)


def channels_of(encoder, spectra):
    """Return the channels of layers with these eigenvalues, of which nothing is told."""
    nan = float("nan")
    layers = tuple(
        ChannelLayer(
            layer=name,
            shape=(N, D),
            neurons=N,
            inputs=D,
            values=values,
            law=np.empty(0),
            edge=1.0,
            above=-1,
            distance=nan,
            learned=np.empty(0),
            rank=nan,
            planted_rank=(nan, nan),
            planted_similarity=(nan, nan),
            twin_above=np.empty(0, np.int64),
            reason="",
        )
        for name, values in spectra.items()
    )
    return Channels(encoder=encoder, seed=0, draws=0, layers=layers)
