"""Channels: planted directions above noise, twins without, laws, and what cannot be told."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from substrate.analyses.spec import obtain, stored
from substrate.analyses.weights.channels import (
    CHANNELS,
    ChannelLayer,
    Channels,
    channels_params,
)
from substrate.analyses.weights.stored import store_weights, weights_key
from substrate.encoder_ref import EncoderRef
from substrate.encoders.weights import LayerWeights
from substrate.exhibits.verdict import Badge
from substrate.exhibits.weights import channels as exhibits
from substrate.figures.theme import LIGHT
from substrate.numerics.weights.noise import (
    count_test,
    edge,
    leading_share,
    noise_of,
    noise_quantiles,
    p_of_more,
)
from substrate.numerics.weights.spectrum import learned_values, weight_spectrum
from substrate.runs import open_run
from substrate.store import Store
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("channels"), n=40, groups=20, untrained=6)


@pytest.fixture(scope="module")
def found(run):
    return CHANNELS.compute(run, channels_params(run, "delta"))


def with_layers(run, root, layers):
    """Return the run with other weights of delta."""
    again = planted_run(root, n=40, groups=20, untrained=0)
    again.store.remove(key := weights_key(again, EncoderRef("delta")))
    store_weights(again.store, key, layers)
    return open_run(Store(root), again.run_id)


def test_planted_directions_stand_out_and_twins_have_none(found):
    (one,) = found.layers
    assert (one.layer, one.neurons, one.inputs, one.above) == ("fc", 96, 64, 3)
    assert one.edge == pytest.approx((1 + np.sqrt(64 / 96)) ** 2)
    assert one.learned[0] == pytest.approx(35, rel=0.35) and one.reason == ""
    weights = np.arange(1, 4) @ one.learned / one.learned.sum()
    assert one.rank == pytest.approx(weights) and 1 < one.rank < 2
    assert one.planted_rank[0] == pytest.approx(one.rank, abs=0.2)
    assert 0.7 < one.planted_similarity[0] < 1.1
    assert len(one.twin_above) == 6 and one.twin_above.max() <= 1


def test_the_numbers_are_those_of_the_matrix_by_another_route(run, found):
    rng = np.random.default_rng()
    (one,) = found.layers
    held = run.store.get(weights_key(run, EncoderRef("delta"))).array("0/values")
    below = held[3:]
    law = np.sort(
        np.concatenate(
            [np.linalg.eigvalsh((w := rng.normal(size=(93, 61))).T @ w / 96) for _ in range(60)]
        )
    )
    variance = np.median(below) / np.median(law)
    assert one.values[0] == pytest.approx(held[0] / variance, rel=0.05)
    assert one.law == pytest.approx(
        np.quantile(law, (np.arange(61)[::-1] + 0.5) / 61), rel=0.06, abs=0.02
    )


def test_scale_and_orders_of_neurons_and_channels_change_nothing(run, tmp_path):
    rng = np.random.default_rng(0)
    w = rng.normal(size=(96, 64))
    w[:, :4] *= 5
    turned = 300 * w[rng.permutation(96)][:, rng.permutation(64)]
    layers = [LayerWeights("a", w), LayerWeights("b", turned)]
    other = with_layers(run, tmp_path, layers)
    a, b = CHANNELS.compute(other, channels_params(other, "delta")).layers
    assert b.values == pytest.approx(a.values, rel=1e-9)
    assert b.learned == pytest.approx(a.learned, rel=1e-9) and b.rank == pytest.approx(a.rank)


def test_eigenvalues_alone_say_what_the_weights_say():
    rng = np.random.default_rng(1)
    for shape in ((96, 64), (48, 120)):
        w = rng.normal(size=shape)
        w[:, :3] *= 6
        whole = weight_spectrum(w)
        gram = w.T @ w if shape[1] <= shape[0] else w @ w.T
        values = np.linalg.eigvalsh(gram)[::-1] / shape[0]
        alone = learned_values(values, *shape)
        assert alone.values == pytest.approx(whole.values)
        assert alone.learned == pytest.approx(whole.learned) and len(alone.learned) == 3


def test_quantiles_of_noise_are_where_noise_lies():
    rng = np.random.default_rng(2)
    w = rng.normal(size=(1500, 600))
    values = np.linalg.eigvalsh(w.T @ w / 1500)[::-1]
    assert noise_quantiles(600, 0.4) == pytest.approx(values, rel=0.05)
    assert noise_quantiles(600, 0.4)[0] < edge(0.4)


def test_what_cannot_be_told_says_why(run, tmp_path):
    rng = np.random.default_rng(3)
    layers = [
        LayerWeights("white", rng.normal(size=(96, 64))),
        LayerWeights("decayed", rng.normal(size=(96, 64)) * np.geomspace(0.02, 1, 64)),
        LayerWeights("few", rng.normal(size=(4, 64))),
        LayerWeights("depthwise", rng.normal(size=(40, 1, 3, 3))),
        LayerWeights("broken", np.full((9, 9), np.inf)),
    ]
    other = with_layers(run, tmp_path, layers)
    result = obtain(CHANNELS, other, channels_params(other, "delta"))
    reasons = {one.layer: one.reason for one in result.layers}
    assert reasons["white"] == "No eigenvalue stands out of the noise."
    assert "not those of noise of one variance" in reasons["decayed"]
    assert "4 of 4 eigenvalues are left" in reasons["few"]
    assert reasons["depthwise"].startswith("One input channel")
    assert reasons["broken"] == "It holds weights that are not finite."
    assert all(not len(one.learned) for one in result.layers)
    again = stored(CHANNELS, other, channels_params(other, "delta"))
    assert {one.layer: one.reason for one in again.layers} == reasons
    shown = exhibits.ranks(result, other, LIGHT)
    assert shown.verdict.short == (
        "Delta has 0 channel eigenvalues above noise, not told from untrained"
    )
    assert "there is no untrained twin" in shown.context
    assert "in 0 of 5 layers" in shown.sentence and "in 1 none does" in shown.sentence
    assert "in 4 noise cannot be told from learning" in shown.sentence
    assert exhibits.untestable(result, "Delta").startswith(
        "Delta: how alike channels are cannot be tested here in 5 of 5 layers: in 5 no learned"
    )
    assert (
        "0 of 64 eigenvalues lie above" in exhibits.spectrum(result, "white", other, LIGHT).sentence
    )
    silent = exhibits.spectrum(result, "depthwise", other, LIGHT)
    assert silent.figure is None and "One input channel" in silent.sentence


#: Eigenvalues above noise of six draws of a twin.
NONE, ONE = [0] * 6, [1] * 6


def layer(above, twin, learned=True, rank=2.0):
    nothing = np.empty(0)
    return ChannelLayer(
        layer="a",
        shape=(96, 64),
        neurons=96,
        inputs=64,
        values=nothing,
        law=nothing,
        edge=3.3,
        above=above,
        distance=0.01,
        learned=np.ones(above) if learned else nothing,
        rank=rank,
        planted_rank=(1.9, 0.1),
        planted_similarity=(0.9, 0.1),
        twin_above=np.array(twin, dtype=np.int64),
        reason="" if learned else "No.",
    )


def test_planted_samples_without_a_scale_have_no_similarity():
    wild, told = replace(layer(2, NONE), planted_similarity=(-8.4, 24.3)), layer(2, NONE)
    assert exhibits.apart(told) and not exhibits.apart(wild)
    result = Channels(encoder="vgg", seed=0, draws=10, layers=(wild, told))
    column = exhibits.table(result)["S of planted"]
    assert np.isnan(column[0]) and column[1] == 0.9


def said_of(layers):
    result = Channels(encoder="vgg", seed=0, draws=10, layers=tuple(layers))
    shown = exhibits.verdict(result, "VGG-11")
    return shown.badge, shown.short, exhibits.sentence(result, "VGG-11"), exhibits.context(result)


def test_as_many_as_the_untrained_twin_has_is_no_claim():
    silent = [layer(30, NONE, learned=False)] * 7
    badge, short, sentence, context = said_of(
        [layer(1, NONE, rank=1.04), layer(9, ONE, False), *silent]
    )
    assert (
        badge is Badge.UNTOLD
        and "1 channel eigenvalue above noise, not told from untrained" in short
    )
    assert (
        "(of its untrained twin in 1.0 of 9, the mean of 6 draws), with an effective rank of 1.0 "
        in sentence
    )
    assert context.startswith(
        "1 eigenvalue lies above the edge, and 1.0 of the untrained twin (1 in 6 draws); noise"
    )
    assert "A further draw is expected to have at most 1.0, " in context
    assert "p = 0.660" in context  # P(X >= 1), X ~ B(7, 1/7)
    badge, short, sentence, context = said_of([layer(11, NONE), layer(1, ONE, rank=3.0), *silent])
    assert (
        badge is Badge.TWINS
        and short == "VGG-11 has 12 channel eigenvalues above noise, in all layers together"
    )
    assert "with effective ranks of 2.0 to 3.0 (" in sentence and "p below 0.001" in context
    badge, short, _, context = said_of([layer(2, [])])
    assert badge is Badge.DESCRIBED and "Nothing is tested: there is no untrained" in context
    badge, short, sentence, context = said_of([layer(2, [-1] * 6)])
    assert badge is Badge.DESCRIBED and "Nothing is tested" in context and "twin" not in sentence


def test_every_draw_of_the_twin_counts():
    """What one draw happens not to have, others have; and fewer than five say nothing."""
    badge, short, sentence, context = said_of([layer(3, [0, 4, 0, 2, 0, 0])])
    assert badge is Badge.UNTOLD and short.endswith(
        "3 channel eigenvalues above noise, not told from untrained"
    )
    assert "in 0.3 of 1, the mean of 6 draws" in sentence
    assert "3 eigenvalues lie above the edge, and 1.0 of the untrained twin (0 to 4 in" in context
    assert "at most 5.6, and" in context  # 1 + 2.571 sqrt(14 / 5) sqrt(7 / 6)
    badge, *_ = said_of([layer(3, NONE)])
    assert badge is Badge.TWINS
    badge, _, sentence, context = said_of([layer(30, [0, 1, 0, 0])])
    assert badge is Badge.DESCRIBED and "the mean of 4 draws" in sentence
    assert "Nothing is tested: five draws are needed." in context and " p " not in context


def test_draws_that_spread_more_than_noise_ask_for_more_than_p_does():
    draws = np.array([0, 0, 0, 9, 0, 0])
    found = count_test(8, draws)
    assert found.p == pytest.approx(binom.sf(7, 17, 1 / 7)) and found.p < 0.05
    assert found.further == pytest.approx(
        1.5 + 2.5706 * np.std(draws, ddof=1) * np.sqrt(7 / 6), 1e-4
    )
    assert found.further > 11 and not found.more
    assert count_test(12, draws).more and not count_test(1, np.zeros(6, np.int64)).more
    assert not count_test(8, draws[:4]).tested


def test_noise_beside_other_noise_is_rarely_called_more():
    """Networks of eight layers of noise, each beside five twins: one in fifty, as simulated."""
    rng = np.random.default_rng(5)
    above = np.array(
        [
            noise_of(np.linalg.eigvalsh((w := rng.normal(size=(64, 40))).T @ w / 64), 64, 40).above
            for _ in range(4800)
        ]
    )
    networks = np.concatenate([rng.permutation(above).reshape(100, 6, 8) for _ in range(10)])
    beside = [count_test(int(one[0]), one[1:]) for one in networks.sum(axis=2)]
    assert 0.2 < above.mean() < 0.25  # noise does have some
    assert np.mean([one.p <= 0.05 for one in beside]) <= 0.05
    assert 0.005 < np.mean([one.more for one in beside]) <= 0.035
    assert p_of_more(2, np.zeros(5)) == pytest.approx(1 / 36) and p_of_more(0, np.ones(5)) == 1.0


def test_first_eigenvectors_of_white_weights_hold_more_than_random_directions():
    rng = np.random.default_rng(6)
    for n, d in ((96, 960), (864, 96)):
        values = np.linalg.svd(rng.normal(size=(n, d)), compute_uv=False) ** 2
        assert leading_share(32, n, d) == pytest.approx(values[:32].sum() / values.sum(), abs=0.01)
        assert leading_share(32, n, d) > 1.3 * 32 / d
