"""The Weights page: its views, what opens by address, earlier runs, and stores that fail."""

import shutil

import numpy as np
import pytest
import streamlit as st

from substrate.analyses.experiments.catalogue import read_results
from substrate.analyses.spec import obtain
from substrate.analyses.weights.alignable import aligned_params
from substrate.analyses.weights.channels import CHANNELS, channels_params
from substrate.analyses.weights.choice import default_layer, layers_of, nearest_pair
from substrate.analyses.weights.crossed import crossed_key, store_crossed
from substrate.analyses.weights.spatial import SPATIAL, spatial_params
from substrate.analyses.weights.stored import weights_key
from substrate.encoder_ref import EncoderRef
from substrate.exhibits.experiments.weights_exhibits import findings_of
from substrate.exhibits.weights import channels as channel_exhibits
from substrate.exhibits.weights import words
from substrate.exhibits.weights.section import weights
from substrate.figures.theme import DARK, LIGHT
from substrate.runs import open_run
from substrate.store import Store
from substrate.ui import results
from substrate.ui.weights import controls
from tests.exhibits.test_words import check
from tests.support.crossed import layers as crossed_layers
from tests.support.crossed import patches
from tests.support.experiment_files import write_all
from tests.support.planted import KERNELS, ODD_ONE_OUT, planted_run

pytestmark = pytest.mark.filterwarnings("ignore")


def said(app) -> str:
    parts = [app.markdown, app.caption, app.info, app.warning, app.error, app.subheader]
    texts = [str(e.value) for part in parts for e in part]
    return " ".join([*texts, *(e.body for e in app.get("html"))]).replace("\u00a0", " ")


def held(app, name: str) -> str:
    value = app.query_params[name]
    return value if isinstance(value, str) else value[-1]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("pages"), n=40, groups=20, untrained=6)


@pytest.fixture(scope="module")
def result(run):
    return obtain(SPATIAL, run, spatial_params(run, run.panel, run.main_domain))


def test_it_opens_with_the_layers_beyond_both_nulls(run, result, open_page, inline):
    app = open_page("weights.py", run.store.root)
    assert not app.exception and not app.error
    found = words.beyond(result)
    assert len(found) == 8 and ODD_ONE_OUT not in {(one.encoder, one.layer) for one in found}
    text = said(app)
    assert "agree across encoders beyond chance in 8 layers" in text
    mean = np.mean([one.agreement.value for one in result.layers])
    chance = np.mean([one.chance for one in result.layers])
    twins = np.mean([one.twins.mean() for one in result.layers])
    assert "In 8 of 9 layers of 3 encoders the first 5 spatial eigenvectors agree with" in text
    assert (
        f"is {mean:.2f} (random bases of the same eigenvalues and symmetry {chance:.2f} and "
        in text
    )
    assert f"untrained twins {twins:.2f})" in text
    assert "Delta has no layer of square kernels" in text
    assert len(app.get("plotly_chart")) == 3


def test_a_filter_has_an_address_of_its_own(run, result, open_page, inline):
    app = open_page("weights.py", run.store.root, **{"weights.filter": "beta/conv2/2"})
    assert not app.exception
    text = said(app)
    layer = next(
        i for i, x in enumerate(result.layers) if (x.encoder, x.layer) == ("beta", "conv2")
    )
    one = result.layers[layer]
    assert f"Eigenvector 2 of conv2 has {100 * one.shares[1]:.1f} % of the variance" in text
    assert "It has a match beyond chance in 2 of 2 other encoders" in text
    assert len(app.get("plotly_chart")) == 4
    app = open_page("weights.py", run.store.root, **{"weights.filter": "beta/conv2/99"})
    assert app.query_params["weights.filter"] == ""
    lacks = "The address named what this run lacks; at default: Filter that is open."
    assert lacks in said(app) and lacks not in text
    assert controls.filter_of("beta/conv2/2", result) == (layer, list(one.ranks).index(1))
    assert controls.named_filter(result, layer, list(one.ranks).index(1)) == "beta/conv2/2"


def test_two_layers_stand_above_each_other(run, result, open_page, inline):
    address = {"weights.view": "All layers", "weights.pair": "alpha/conv2 gamma/conv1"}
    app = open_page("weights.py", run.store.root, **address)
    assert not app.exception
    a, b = controls.pair_of(address["weights.pair"], result)
    text = said(app)
    assert f"Alpha conv2 and Gamma conv1 have a mean |cosine| of {result.similarity[a, b]:.2f}" in (
        text
    )
    assert f"(random bases {result.chance[a, b]:.2f}, 95 % level {result.level[a, b]:.2f})" in text
    upper = np.triu(np.ones(result.similarity.shape, bool), 1)
    above = np.count_nonzero(upper & (result.similarity > result.level))
    assert f"Filters agree beyond random bases in {above} pairs of layers" in text
    pair = nearest_pair(result, *run.first_two)
    assert result.similarity[pair] == max(result.similarity[i, j] for i in (1, 2) for j in (4, 5))


def test_raw_filters_follow_the_layers_that_are_chosen(run, result, open_page, inline):
    app = open_page("weights.py", run.store.root, **{"weights.view": "Raw filters"})
    assert not app.exception
    chosen = app.selectbox(key="weights.layer_a").value
    assert chosen == default_layer(layers_of(result, "alpha")) == "conv2"
    assert "The first 16 neurons of conv2 of Alpha over its first 16 input channels" in said(app)
    assert len(app.get("plotly_chart")) == 4
    app.selectbox(key="weights.layer_a").set_value("conv1").run()
    assert held(app, "weights.layer_a") == "conv1"
    assert "The first 16 neurons of conv1 of Alpha over its first 3 input channels" in said(app)


def test_raw_filters_are_read_without_the_worker(run, result, open_page, monkeypatch):
    """To start it takes seconds: where the patterns are known, nothing is asked of it."""

    def asked():
        raise AssertionError("the worker was asked")

    monkeypatch.setattr(results, "resident", asked)
    app = open_page(
        "weights.py", run.store.root, **{"weights.view": "Raw filters", "first": "beta"}
    )
    assert not app.exception and not app.error
    assert "The first 16 neurons of conv2 of Beta over its first 16 input channels" in said(app)


def test_raw_filters_that_are_damaged_are_said_in_a_sentence(tmp_path, open_page):
    """A run of its own: where their patterns were read before, the weights are not read again."""
    own = planted_run(tmp_path, n=40, groups=20, untrained=6)
    obtain(SPATIAL, own, spatial_params(own, own.panel, own.main_domain))
    arrays = own.store.path(weights_key(own, EncoderRef("alpha"))) / "arrays.safetensors"
    arrays.write_bytes(arrays.read_bytes()[:-9] + b"corrupted")
    app = open_page("weights.py", own.store.root, **{"weights.view": "Raw filters"})
    assert not app.exception
    assert "What is kept of the weights of Alpha is damaged. Run the study again" in said(app)
    assert "The first 16 neurons of conv2 of Beta" in said(app)


def test_pairs_that_cannot_be_aligned_are_told_beforehand(run, open_page, inline):
    address = {"weights.view": "Alignment", "first": "alpha", "second": "delta"}
    app = open_page("weights.py", run.store.root, **address)
    assert not app.exception
    assert "Alpha and Delta cannot be aligned: they have 3 and 0 convolutions" in said(app)
    assert not any(button.key == "weights-read" for button in app.button)


def test_channels_say_what_stands_out_of_their_noise(run, open_page, inline):
    address = {"weights.view": "Channels", "first": "delta", "second": "alpha"}
    app = open_page("weights.py", run.store.root, **address)
    assert not app.exception and not app.error
    text = said(app)
    assert "Delta has 3 channel eigenvalues above noise, in all layers together" in text
    assert "3 of 64 eigenvalues lie above the edge of noise" in text
    assert "Alpha: how alike channels are cannot be tested here in 3 of 4 layers" in text
    assert len(app.get("plotly_chart")) == 4
    app.selectbox(key="weights.layer_b").set_value("conv2").run()
    assert not app.exception and held(app, "weights.layer_b") == "conv2"
    assert "Alpha conv2: " in said(app)


def test_two_networks_are_offered_to_be_aligned_and_shown_once_they_are(
    run, tmp_path, open_page, inline
):
    root = tmp_path / "store"
    shutil.copytree(run.store.root, root)
    own = open_run(Store(root), run.run_id)
    address = {"weights.view": "Alignment", "first": "alpha", "second": "beta"}
    app = open_page("weights.py", root, **address)
    assert not app.exception
    assert "These two networks have not been read side by side. Both see 40 images" in said(app)
    assert app.button(key="weights-read").label == "Align them"
    params = aligned_params(own, "alpha", "beta")
    store_crossed(own.store, crossed_key(own, params), crossed_layers(), (40, 20), patches())
    app = open_page("weights.py", root, **address)
    assert not app.exception and not app.error
    text = said(app)
    assert "in 2 of 4 layers the similarity S of learned channels can be told" in text
    assert "In 3 of 3 layers the alignment is better on photographs" in text
    assert len(app.get("plotly_chart")) == 4
    assert app.selectbox(key="weights.layer_a").value == "same"
    assert "eigenvector 1 of Beta same have a |cosine| of 0." in text  # the strongest at first
    cell = {"weights.eigenvectors": "same/3/2"}
    app = open_page("weights.py", root, **address, **cell)
    assert not app.exception and held(app, "weights.eigenvectors") == "same/3/2"
    assert "Eigenvector 3 of Alpha same and eigenvector 2 of Beta same have a" in said(app)
    for gone in ("same/21/1", "same/0/1", "none/1/1", "same/1", "same/1/x"):
        app = open_page("weights.py", root, **address, **{"weights.eigenvectors": gone})
        assert not app.exception and held(app, "weights.eigenvectors") == ""
    app.selectbox(key="weights.layer_a").set_value("white").run()
    assert not app.exception and "white: S is not told. No eigenvalue stands out" in said(app)
    section = weights(own, LIGHT, every=True)
    keys = [one.key for one in section.items]
    assert keys[-4:-1] == ["weights-similarity", "weights-errors", "weights-panels"]
    assert keys[-1] == "weights-eigenvectors"
    check(section.items)


def test_an_eigenvalue_of_a_spectrum_is_named_in_the_address(run, open_page, inline):
    address = {"weights.view": "Channels", "first": "alpha", "second": "beta"}
    app = open_page("weights.py", run.store.root, **address)
    layer = app.selectbox(key="weights.layer_b").value
    named = {"weights.eigenvector": f"beta/{layer}/2"}
    app = open_page("weights.py", run.store.root, **address, **named)
    assert not app.exception and held(app, "weights.eigenvector") == f"beta/{layer}/2"
    assert f"{layer}. Eigenvector 2 of Beta: " in said(app) and "see Alignment" in said(app)
    for gone in ("beta/none/1", f"beta/{layer}/0", f"beta/{layer}/9999", f"beta/{layer}/x", "/1"):
        app = open_page("weights.py", run.store.root, **address, **{"weights.eigenvector": gone})
        assert not app.exception and held(app, "weights.eigenvector") == ""


def test_the_mean_of_all_opens_the_nearest_of_its_layers(run, result):
    """Of the encoder's own in its grid, of all in the grid of every encoder."""
    items = {one.key: one.figure for one in weights(run, LIGHT, every=True).items}
    grids = (items["weights-filters-alpha"].data[0], items["weights-encoders"].data[0])
    for points, own in zip(grids, (["alpha"], list(result.encoders)), strict=True):
        mean = result.means[0]
        pool = [i for i, one in enumerate(result.layers) if one.encoder in own and not one.first]
        for rank, (layer, place) in enumerate(points.customdata[: mean.vectors.shape[1]]):
            cosine = abs(mean.vectors[:, rank] @ result.layers[layer].vectors[:, place])
            reached = [np.abs(mean.vectors[:, rank] @ result.layers[i].vectors).max() for i in pool]
            assert layer in pool and cosine == pytest.approx(max(reached))


def test_one_network_cannot_be_aligned(run, open_page, inline):
    address = {"weights.view": "Alignment", "first": "alpha", "second": "alpha"}
    app = open_page("weights.py", run.store.root, **address)
    assert not app.exception and not app.get("plotly_chart")


def test_the_bundled_networks_are_shown_by_what_pairs_differ_in(
    run, tmp_path, monkeypatch, open_page, inline
):
    monkeypatch.setenv("SUBSTRATE_RESULTS", str(tmp_path))
    address = {"weights.view": "Bundled networks"}
    app = open_page("weights.py", run.store.root, **address)
    assert not app.exception and "experiment weights" in said(app)
    file = write_all(tmp_path) and read_results("weights")
    app = open_page("weights.py", run.store.root, **address)
    assert not app.exception and not app.error
    text, lines = said(app), findings_of(file)
    assert len(lines) == 4 and text.count("cannot be tested here (1 pair, 5 seeds needed)") == 4
    assert "alike up to layer 5: cannot be tested here" in text
    assert "its mean is 0.89 (0.89 in each layer; without alignment 0.80, aligned to" in text
    assert text.count("start from one initialisation") == 1  # true and random labels
    assert "a mean of 0.85; with all of them it changes by 0.04 in each layer" in text
    assert "its error is below 1, that of a map to zero, in 7." in text
    assert "no bundled network was trained on CIFAR-100 or ImageNet" in text
    assert "beyond their 95 % level from step 10 on and half way at step 100" in text
    assert len(app.get("plotly_chart")) == 5
    app.selectbox(key="weights.relation").set_value("other labels").run()
    assert not app.exception and held(app, "weights.relation") == "other labels"
    assert (
        "S can be told in 7 of 8 layers of 1 pair; its mean is 0.19 (0.19 in each layer; without"
        in said(app)
    )


def test_the_command_prints_a_study(real_run, tmp_path, monkeypatch):
    import json

    from typer.testing import CliRunner

    from substrate import cli
    from substrate.commands import networks

    study = tmp_path / "study.yaml"
    study.write_text("encoders: [resnet]\n")
    monkeypatch.setattr(networks, "run_asked_for", lambda *_: real_run)
    done = CliRunner().invoke(cli.app, ["weights", str(study), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    params = spatial_params(real_run, real_run.panel, real_run.main_domain)
    result = obtain(SPATIAL, real_run, params)
    assert [row["layer"] for row in found["filters"]] == [one.layer for one in result.layers]
    values = [row["agreement"]["value"] for row in found["filters"] if row["agreement"]]
    assert values == pytest.approx([one.agreement.value for one in result.layers if one.compared])
    assert set(found["channels"]) == set(real_run.panel)
    assert found["sentence"] == words.sentence(result)
    plain = CliRunner().invoke(cli.app, ["weights", str(study)])
    assert found["sentence"] in plain.stdout
    for name in real_run.panel:
        channels = obtain(CHANNELS, real_run, channels_params(real_run, name))
        shown = channel_exhibits.ranks(channels, real_run, LIGHT)
        (line,) = [x for x in plain.stdout.splitlines() if shown.verdict.short in x]
        assert line.startswith(f"  {name} ") and channel_exhibits.null(channels) in line
    refused = CliRunner().invoke(cli.app, ["weights", str(study), "vgg"])
    assert refused.exit_code == 2 and "One study file is read at a time" in refused.output


def test_nonsense_in_the_address_shows_the_defaults(run, open_page, inline):
    for name, nonsense in {
        "weights.filter": "beta/conv2/0",
        "weights.pair": "nobody/x",
        "weights.view": "<b>",
        "weights.layer_a": "x" * 500,
    }.items():
        app = open_page("weights.py", run.store.root, **{name: nonsense})
        assert not app.exception
        assert "beyond chance in 8 layers" in said(app)


@pytest.mark.parametrize("text", ["", "/", "beta/conv2", "beta/conv2/x", "beta/conv2/１", "b/c/1"])
def test_what_names_no_filter_is_none(result, text):
    assert controls.filter_of(text, result) is None
    assert controls.pair_of(text, result) is None


def test_an_earlier_run_has_its_weights_read_by_the_worker(
    real_run, tmp_path, open_page, inline, monkeypatch
):
    timed, spinner = [], st.spinner
    monkeypatch.setattr(
        st, "spinner", lambda text, **more: timed.append((text, more)) or spinner(text, **more)
    )
    root = tmp_path / "store"
    shutil.copytree(real_run.store.root, root)
    run = open_run(Store(root), real_run.run_id)
    for manifest in (root / "objects").glob("*/*/manifest.json"):
        if '"analysis": "weights' in (text := manifest.read_text()) or '"weights",' in text:
            run.store.remove(manifest.parent.name)
    for name in run.encoders:
        run.store.remove(weights_key(run, EncoderRef(name)))
    app = open_page("weights.py", root)
    assert not app.exception and app.get("plotly_chart"), said(app)
    assert all(weights_key(run, EncoderRef(name)) in run.store for name in run.panel)
    assert ("Reading weights…", {"show_time": True}) in timed


def test_an_empty_store_points_to_the_study_page(tmp_path, open_page, no_gallery):
    app = open_page("weights.py", tmp_path)
    assert not app.exception and "Nothing has been run yet" in said(app)


def test_damaged_weights_are_said_in_a_sentence(run, tmp_path, open_page, inline):
    root = tmp_path / "store"
    shutil.copytree(run.store.root, root)
    for manifest in (root / "objects").rglob("manifest.json"):
        if any(f'"kind": "{kind}"' in manifest.read_text() for kind in ("weights", "analysis")):
            arrays = manifest.parent / "arrays.safetensors"
            arrays.write_bytes(arrays.read_bytes()[:-9] + b"corrupted")
    app = open_page("weights.py", root)
    assert not app.exception and not app.get("plotly_chart")
    assert "What is kept of the weights of Alpha is damaged. Run the study again" in said(app)


def test_the_shipped_run_shows_its_filters(tmp_path, open_page):
    app = open_page("weights.py", tmp_path)
    assert not app.exception
    assert "beyond chance in" in said(app) and len(app.get("plotly_chart")) == 3


def test_the_report_shows_all_views_on_request(run):
    section = weights(run, LIGHT, every=True)
    assert [one.key for one in section.items] == [
        "weights-filters-alpha",
        "weights-filters-beta",
        "weights-encoders",
        "weights-layers",
        "weights-pair",
        "weights-filter",
        "weights-raw-alpha",
        "weights-power-alpha",
        "weights-raw-beta",
        "weights-power-beta",
        "weights-ranks-alpha",
        "weights-spectrum-alpha",
        "weights-ranks-beta",
        "weights-spectrum-beta",
    ]
    assert all(one.figure is not None and one.table is not None for one in section.items)
    check(section.items)
    assert len(weights(run, DARK).items) == 2
    grid = section.items[0].figure
    assert len(grid.layout.images) == 9 * (1 + len(KERNELS))
    assert [list(point) for point in grid.data[0].customdata][9:11] == [[0, 0], [0, 1]]


def test_a_study_of_networks_without_kernels_says_so(tmp_path, open_page, inline):
    run = planted_run(tmp_path, n=40, groups=20, untrained=0, encoders={"delta": 20})
    app = open_page("weights.py", run.store.root)
    assert not app.exception
    assert "Delta has no layer of square kernels of more than a pixel." in said(app)
