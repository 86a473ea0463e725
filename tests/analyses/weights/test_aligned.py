"""Channels through an alignment: planted pairs that share axes, share none, and cannot be told."""

from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.spec import AnalysisError, obtain, stored
from substrate.analyses.weights.alignable import aligned_params, require_alignable
from substrate.analyses.weights.aligned import (
    ALIGNED,
    COPIES,
    FAINT,
    PARTIAL,
    measured,
)
from substrate.analyses.weights.better import aligned_better, twins_better
from substrate.analyses.weights.choice import most_similar
from substrate.analyses.weights.command import aligned_lines, aligned_of
from substrate.analyses.weights.crossed import (
    CrossedLayer,
    crossed_key,
    is_crossed,
    store_crossed,
)
from substrate.analyses.weights.stored import store_weights, weights_key
from substrate.encoder_ref import EncoderRef
from substrate.encoders.weights import LayerWeights
from substrate.exhibits.verdict import Badge
from substrate.exhibits.weights import aligned as exhibits
from substrate.figures.theme import LIGHT
from substrate.runs import open_run
from substrate.store import Store
from tests.support.crossed import SPIKES, D, N, crossed_layer, layers
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("aligned"), n=40, groups=20, untrained=0)


#: Five draws of untrained twins, by layer: the error of their alignment, S with its range, and the
#: errors of two shuffles: better in the first layer, which is left out, and in 2, 1, 0, 3 and 2 of
#: the others.
UNTOLD = [np.nan] * 3
TWINS = [
    np.array(
        [
            [0.0, *UNTOLD, 0.9, 0.8],
            *(
                [0.1, *UNTOLD, 0.3, 0.2] if i < better else [0.3, *UNTOLD, 0.2, 0.4]
                for i in range(3)
            ),
        ]
    )
    for better in (2, 1, 0, 3, 2)
]
NOTHING = "No eigenvalue stands out of the noise."


@pytest.fixture(scope="module")
def result(run):
    params = aligned_params(run, "alpha", "beta")
    store_crossed(
        run.store, crossed_key(run, params), layers(), (40, 20), twins=TWINS, twin_reasons=[NOTHING]
    )
    return obtain(ALIGNED, run, params)


def test_shared_channels_reach_what_two_samples_reach_and_others_nothing(result):
    same, other = result.layers[:2]
    assert same.similarity == pytest.approx(same.planted[0], abs=3 * same.planted[1])
    assert same.low <= same.similarity <= same.high and same.similarity > 0.8
    assert same.similarity == pytest.approx((same.forth + same.back) / 2)
    assert same.unaligned < 0.3 and same.permuted.max() < 0.3
    assert other.similarity < 0.3
    assert other.planted[0] > 0.8
    assert same.aligned.shape == (32, 32) and np.diag(same.aligned)[:2].min() > 0.85


def test_the_alignment_is_judged_beside_shuffled_photographs(result):
    same = result.layers[0]
    assert same.error < 1e-9 and same.error_permuted.min() > 0.5
    assert len(aligned_better(result)) == 3  # the first layer sees the image


def test_untrained_twins_stand_beside_the_count_of_layers(run, result):
    assert twins_better(result).tolist() == [2, 1, 0, 3, 2]
    errors = exhibits.errors(result, run, LIGHT)
    assert errors.context.startswith(
        "Untrained twins of both reach this themselves in 1.6 of 3 layers (0 to 3 in 5 draws): "
    )
    printed = aligned_of(result, "photographs")["better_than_shuffled"]
    assert (printed["layers"], printed["of"]) == (3, 3)
    assert printed["untrained_twins"] == [2, 1, 0, 3, 2] and "in 1.6 of 3" in printed["sentence"]
    bare = replace(result, twins=np.empty((0, 4, 0)), twin_reasons=())
    assert not len(twins_better(bare))
    assert (
        "two untrained networks had one in all layers" in exhibits.errors(bare, run, LIGHT).context
    )
    near = replace(result, layers=(replace(result.layers[0], error=0.003), *result.layers[1:]))
    assert twins_better(near).tolist() == [2, 1, 0, 3, 2]  # frozen filters: not to the last digit
    widths = ((N, D), (N, D + 1))  # plain and factorised: no first layer that sees the same input
    first = replace(result.layers[0], error=0.1, widths=widths)
    seen = replace(result, layers=(first, *result.layers[1:]))
    assert twins_better(seen).tolist() == [3, 2, 1, 4, 3]


def test_s_between_untrained_twins_is_a_number_or_the_reason_why_not(run, result):
    assert f"none of 20 layers of 5 draws. {NOTHING}" in exhibits.curve(result, run, LIGHT).context
    twins = result.twins.copy()
    twins[0, 1, 1:4], twins[2, 3, 1:4], twins[4, 2, 1:4] = (
        (0.06, -0.1, 0.2),
        (-0.02, -0.2, 0.1),
        (
            0.2,
            0.1,
            0.3,
        ),
    )
    told = replace(result, twins=twins)
    assert (
        "Between untrained twins of both S can be told in 3 of 20 layers of 5 draws, with a mean "
        "of 0.08 (−0.02 to 0.20); its range covers 0 in 2."
    ) in exhibits.curve(told, run, LIGHT).context
    found = aligned_of(told, "photographs")["untrained_twins"]
    assert found["similarities"] == [[0.06, -0.1, 0.2], [-0.02, -0.2, 0.1], [0.2, 0.1, 0.3]]
    assert found["sentence"] in "\n".join(aligned_lines(aligned_of(told, "photographs")))
    silent = replace(result, layers=result.layers[2:])
    assert "two untrained networks" not in exhibits.curve(silent, run, LIGHT).sentence
    bare = replace(silent, twins=np.empty((0, 2, 0)), twin_reasons=())
    assert (
        "can be told, as between two untrained networks."
        in exhibits.curve(bare, run, LIGHT).sentence
    )


def test_a_copy_in_another_order_and_scaled_is_said_to_be_one(run, result):
    rng = np.random.default_rng(8)
    scaled = [np.eye(D)[rng.permutation(D)] * rng.uniform(0.2, 5, D) for _ in range(2)]
    copied = [
        measured(crossed_layer(name, rng, turned=turned, copied=True), seed=0)
        for name, turned in zip("ab", scaled, strict=True)
    ]
    assert all(one.copied for one in copied) and not any(one.copied for one in result.layers)
    drawn = measured(crossed_layer("b", rng, turned=scaled[1]), seed=0)  # other weights over them
    assert not drawn.copied and not replace(result, layers=(copied[0], drawn)).copied
    copy = replace(result, layers=tuple(copied))
    curve = exhibits.curve(copy, run, LIGHT)
    assert curve.verdict.badge is Badge.DESCRIBED
    assert (
        curve.verdict.short == "One network is a copy of the other, channel by channel, in 2 layers"
    )
    assert curve.context.startswith(COPIES)
    assert "\n".join(aligned_lines(aligned_of(copy, "photographs"))).count(COPIES) == 1
    partly = replace(result, layers=(copied[0], result.layers[1]))
    assert COPIES not in exhibits.curve(partly, run, LIGHT).context
    assert "note" not in aligned_of(partly, "photographs")
    assert not replace(result, layers=(copied[0],)).copied  # of the images themselves, any two


def test_what_cannot_be_told_is_not_told(result):
    _, _, white, mixed = result.layers
    assert white.reason == "No eigenvalue stands out of the noise."
    assert "not those of noise of one variance" in mixed.reason
    for one in (white, mixed):
        assert np.isnan([one.similarity, one.low, one.planted[0], one.unaligned]).all()


def test_a_faint_eigenvalue_gives_no_scale():
    """Just above the edge: samples of the same covariance show nothing in some draws."""
    layer = crossed_layer("faint", np.random.default_rng(1), scales=np.array([1.0]))
    one = measured(layer, seed=0)
    assert one.reason == FAINT and np.isfinite(one.ranks).all() and not len(one.permuted)
    assert np.isnan([one.similarity, one.low, one.high, one.unaligned]).all()


def test_a_layer_of_which_few_samples_show_a_part_is_not_told(run, result):
    """Fifty samples of eighty inputs: the weights themselves would look half as alike."""
    layer = crossed_layer("same", np.random.default_rng(3), samples=50)
    one = measured(layer, seed=0)
    assert one.reason == PARTIAL and (one.seen, one.inputs) == (50, 80)
    assert one.identical == pytest.approx(result.layers[0].identical, abs=0.02)
    assert one.identical_seen < 0.9 and np.isnan([one.similarity, one.halved]).all()
    other = replace(result, layers=(one, *result.layers[1:]))
    assert exhibits.measured_layers(other) == [result.layers[1]]
    curve = exhibits.curve(other, run, LIGHT)
    assert "in 1 of 4 layers the similarity S" in curve.sentence and PARTIAL in curve.context
    assert curve.table["inputs carried"].tolist() == [50, 80, 80, 80]
    untold = curve.figure.data[-1]
    assert untold.name == "Not told" and tuple(untold.customdata[0]) == (50, 80)
    alone = exhibits.curve(replace(result, layers=(one,)), run, LIGHT)
    assert alone.verdict.short == "Similarity of learned channels cannot be told in any of 1 layer"


def test_s_that_grows_with_images_and_inputs_that_are_not_shown_are_marked(run, result):
    same, other = result.layers[:2]
    assert not same.changed and same.seen == same.inputs == D
    grown = replace(same, halved=same.similarity - 0.03, low=-1.0, high=2.0)
    partly = replace(other, seen=70)
    assert grown.changed and not partly.changed
    marked = exhibits.curve(replace(result, layers=(grown, partly)), run, LIGHT)
    s = next(trace for trace in marked.figure.data if trace.name == "S through the alignment")
    assert tuple(s.marker.symbol) == ("circle-open", "circle-open")
    assert "by more than 0.02 in 1 of 2 layers. It may go on growing" in marked.context
    assert "In 1 layer of these the images show fewer directions" in marked.context
    assert "there are inputs: 70 of 80 in other." in marked.context
    plain = exhibits.curve(result, run, LIGHT).figure
    s = next(trace for trace in plain.data if trace.name == "S through the alignment")
    assert tuple(s.marker.symbol) == ("circle",) * 4


def test_effective_ranks_are_those_of_the_spikes(result):
    from substrate.numerics.weights.spectrum import effective_rank

    assert result.layers[0].ranks[0] == pytest.approx(effective_rank(SPIKES), abs=0.4)


def test_exhibits_state_the_numbers(run, result):
    curve = exhibits.curve(result, run, LIGHT)
    said = [one for one in result.layers if not one.reason]
    mean = np.mean([one.similarity for one in said])
    low, high = sorted(one.similarity for one in said)
    assert "in 2 of 4 layers the similarity S of learned channels can be told" in curve.sentence
    spread = f"its mean is {mean:.2f} ({low:.2f} to {high:.2f} by layer; without alignment "
    assert spread in curve.sentence
    assert "In 1 of 2 layers S lies above all 5 alignments" in curve.context
    half = np.mean([one.halved for one in said])
    assert f"half as many images S has a mean of {half:.2f}; with all" in curve.context
    assert "more than 0.02 in 0 of 2 layers. It may go on" in curve.context
    assert "not over trainings" in curve.read and "do not reach" in curve.read
    assert all(one.identical == pytest.approx(1.04, abs=0.004) for one in said)
    assert "whose noise is the same too, have 1.04 in each layer." in curve.context
    assert curve.verdict.short == (
        "Learned channels agree more than through shuffled alignments in 1 layer"
    )
    assert curve.verdict.badge is Badge.SEVERAL
    apart = tuple(replace(one, low=-9.0) for one in result.layers)
    none = exhibits.curve(replace(result, layers=apart), run, LIGHT).verdict
    assert none.badge is Badge.UNTOLD and none.short == (
        "Learned channels are not told from shuffled alignments in any of 2 layers"
    )
    assert list(curve.table["S"])[:2] == [one.similarity for one in result.layers[:2]]
    panels = exhibits.panels(result, "same", run, LIGHT)
    assert f"S is {result.layers[0].similarity:.2f}" in panels.sentence
    one = result.layers[0]
    largest = one.null_largest
    assert one.null.max() == pytest.approx(largest[0]) and len(largest) == 5
    assert (
        f"photographs is {largest.mean():.2f} in the mean of 5, and {largest.max():.2f} at most."
    ) in panels.context
    maps, cells = panels.figure.data[::2], panels.figure.data[1::2]
    assert [trace.z.shape for trace in maps] == [(20, 20)] * 3
    for trace in cells:  # a click reports both eigenvectors, from 0
        assert len(trace.customdata) == 400 and tuple(trace.customdata[23]) == (1, 3)
        assert (trace.y[23], trace.x[23]) == (2, 4)
    colours = panels.figure.layout.coloraxis
    assert (colours.cmin, colours.cmax) == pytest.approx((D**-0.5, 5 * D**-0.5))
    names = [a for a in panels.figure.layout.annotations if a.text]
    assert names[0].text == "Through the alignment"
    titles = [axis.title.text for axis in panels.figure.select_xaxes()]
    assert titles == [None, "Eigenvectors of Beta", None]
    room = panels.figure.layout.margin.t - max(name.yshift for name in names)
    assert room >= 2 * names[0].font.size  # a line of text, not cut off at the top
    arrows = [a for a in panels.figure.layout.annotations if a.showarrow]
    assert len(arrows) == 6 and arrows[0].y == pytest.approx(result.layers[0].ranks[0])
    errors = exhibits.errors(result, run, LIGHT)
    assert errors.sentence.startswith("In 3 of 3 layers the alignment is better")
    assert "(by chance in 0.5)" in errors.sentence and "is left out" in errors.sentence
    assert "no sign of learning" in errors.context
    assert "Its error is below 1, that of a map to zero, in 3." in errors.sentence
    poor = replace(result, layers=tuple(replace(one, error=1.2) for one in result.layers))
    assert "a map to zero, in 0." in exhibits.errors(poor, run, LIGHT).sentence
    assert most_similar(result) == "same"


def test_pairs_that_were_not_read_are_refused_and_damage_is_read_again(run):
    params = aligned_params(run, "alpha", "gamma")
    assert not is_crossed(run, params)
    with pytest.raises(AnalysisError, match="have not been read side by side yet"):
        obtain(ALIGNED, run, params)
    with pytest.raises(AnalysisError, match="needs two encoders"):
        require_alignable(run, aligned_params(run, "alpha", "alpha"))


def test_networks_without_layers_that_belong_together_are_refused_beforehand(tmp_path):
    """By what was kept of their weights; where nothing was, the job will see."""
    run = planted_run(tmp_path, n=40, groups=20, untrained=0)
    with pytest.raises(AnalysisError, match="Alpha and Delta cannot be aligned: they have 3 and 0"):
        require_alignable(run, aligned_params(run, "alpha", "delta"))
    rng = np.random.default_rng(0)

    def keep(name, *layers):
        run.store.remove(key := weights_key(run, EncoderRef(name)))
        kept = [LayerWeights(layer, rng.normal(size=shape)) for layer, shape in layers]
        store_weights(run.store, key, kept)

    keep("beta", ("other", (40, 3, 3, 3)), ("fc", (96, 64)))
    with pytest.raises(AnalysisError, match="they have 3 and 1 convolutions"):
        require_alignable(run, aligned_params(run, "alpha", "beta"))
    keep("beta", *((f"other{i}", (40, 8, 3, 3)) for i in range(3)))
    require_alignable(run, aligned_params(run, "alpha", "beta"))  # by their place
    keep("beta", ("conv2", (40, 40, 3, 3)), ("depthwise", (40, 1, 3, 3)))
    require_alignable(run, aligned_params(run, "alpha", "beta"))  # by name and shape
    keep("beta", ("blocks.0.attn.q", (96, 96)))
    keep("gamma", ("blocks.0.attn.q", (48, 48)), ("conv", (8, 3, 4, 4)))
    require_alignable(run, aligned_params(run, "beta", "gamma"))
    run.store.remove(weights_key(run, EncoderRef("delta")))
    require_alignable(run, aligned_params(run, "alpha", "delta"))
    store_weights(
        run.store,
        weights_key(run, EncoderRef("delta")),
        [LayerWeights("conv1", np.full((40, 3, 3, 3), np.nan))],
    )
    with pytest.raises(AnalysisError, match="Delta holds weights that are not finite, in conv1"):
        require_alignable(run, aligned_params(run, "alpha", "delta"))


def test_few_photographs_align_nothing(tmp_path):
    few = planted_run(tmp_path, n=40, groups=15, untrained=0)
    with pytest.raises(AnalysisError, match="Rich has 15 photographs, and an alignment needs 20"):
        require_alignable(few, aligned_params(few, "alpha", "beta"))


def test_stored_results_are_what_was_computed(run, result):
    again = stored(
        ALIGNED, open_run(Store(run.store.root), run.run_id), aligned_params(run, "alpha", "beta")
    )
    assert [one.names for one in again.layers] == [one.names for one in result.layers]
    np.testing.assert_allclose(again.layers[0].null, result.layers[0].null)


def test_widths_may_differ():
    rng = np.random.default_rng(0)
    one = crossed_layer("narrow", rng, turned=np.linalg.qr(rng.normal(size=(D, D)))[0][:, : D // 2])
    assert one.crossing.plain.size == 0 and isinstance(one, CrossedLayer)
    assert one.widths == ((N, D), (N, D // 2))
