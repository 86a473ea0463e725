"""Cells of a |cosine| panel: both eigenvectors, their patches, and matches in other encoders."""

import numpy as np
import pytest

from substrate.analyses.spec import AnalysisError
from substrate.analyses.weights.alignable import aligned_params
from substrate.analyses.weights.channels import ChannelLayer, Channels
from substrate.analyses.weights.crossed import (
    crossed_key,
    read_crossed,
    read_patches,
    store_crossed,
)
from substrate.analyses.weights.eigenvectors import Eigenvector, of_spectrum, opened, strongest
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
    i, j = strongest(run, params, "same")
    assert i == j and i < len(SPIKES)
    cell = opened(run, params, "same", (0, 0))
    assert cell.cosine > 0.85 > 0.6 > cell.level
    crossing = read_crossed(run, params).layers[0].crossing
    assert cell.cosine == pytest.approx(abs(crossing.aligned[0, 0]))
    assert cell.plain == pytest.approx(abs(crossing.plain[0, 0]))
    assert cell.level == pytest.approx(np.abs(crossing.permuted[:, 0, :20]).max())


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
    assert f"Beta same, eigenvector 1, {cell.cosine:.2f} (chance {cell.level:.2f})" in card.context
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
