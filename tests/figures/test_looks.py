"""Encoders look the same everywhere: hue by family, marker by objective, open by copy."""

import colorsys
from types import SimpleNamespace

import numpy as np
import plotly.graph_objects as go
import pytest

from substrate.figures.looks import HUES, apart, hollow, looks, luminance
from substrate.figures.theme import DARK, LIGHT, reachable


def encoder(family="resnet", paradigm="supervised", recipe="", title="Net"):
    return SimpleNamespace(title=title, family=family, paradigm=paradigm, recipe=recipe)


PANEL = {
    "resnet": encoder(recipe="resnet, supervised"),
    "resnet_seed1": encoder(recipe="resnet, supervised"),
    "resnet_half": encoder(recipe="resnet, supervised"),
    "simclr": encoder(paradigm="contrastive", recipe="resnet, simclr"),
    "vit": encoder("vit", recipe="vit, supervised"),
    "mae": encoder("vit", "masked", "vit, mae"),
    "other": encoder("crossvit", "captions", "crossvit, captions"),
    "more": encoder("beit", "captions", "beit, captions"),
}


def rgb(colour):
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))


def contrast(colour, page):
    one, two = sorted([luminance(rgb(colour)), luminance(rgb(page.paper))])
    return (two + 0.05) / (one + 0.05)


@pytest.mark.parametrize("page", ["light", "dark"])
def test_no_two_encoders_look_alike(page):
    known = looks(PANEL, page)
    assert len({(look.colour, look.marker) for look in known.values()}) == len(PANEL)


def test_hue_is_the_family_marker_the_objective_open_a_copy():
    known = looks(PANEL)
    hue = {name: colorsys.rgb_to_hls(*rgb(look.colour))[0] * 360 for name, look in known.items()}
    for name in ("resnet", "resnet_seed1", "resnet_half", "simclr"):
        assert hue[name] == pytest.approx(dict(HUES)["resnet"], abs=3)
    assert hue["vit"] == pytest.approx(hue["mae"], abs=3)
    assert abs(hue["other"] - hue["more"]) > 10
    assert known["resnet"].marker == known["vit"].marker == "circle"
    assert known["resnet_seed1"].marker == known["resnet_half"].marker == "circle-open"
    assert known["simclr"].marker == "square" and known["simclr"].dash == "dash"
    assert known["other"].marker == known["more"].marker not in {"circle", "square", "diamond"}


def test_an_encoder_and_its_twin_are_written_with_its_title():
    theme = LIGHT.of({"vit": encoder("vit", title="ViT"), "my net": encoder(title="My net")})
    assert theme.encoder("vit") == "ViT" and theme.encoder("vit untrained") == "ViT untrained"
    assert theme.encoder("my net") == "My net" and theme.encoder("other one") == "other one"


def test_a_look_does_not_depend_on_who_else_is_shown():
    first = dict(list(PANEL.items())[:4])
    assert looks(first) == {name: looks(PANEL)[name] for name in first}


@pytest.mark.parametrize("page", [LIGHT, DARK])
def test_every_colour_can_be_seen_on_its_page(page):
    many = {f"{f}-{i}": encoder(f, p) for f, _ in HUES for i, p in enumerate("abcde")}
    for look in looks(many, page.name).values():
        assert contrast(look.colour, page) >= 3.1
    assert contrast(page.untrained, page) >= 3.5 and contrast(page.ceiling, page) >= 4.5
    assert contrast(page.muted, page) >= 4.5


def test_nulls_and_twins_have_colours_of_their_own():
    for page in (LIGHT, DARK):
        used = {look.colour for look in looks(PANEL, page.name).values()}
        assert not used & {page.untrained, page.ceiling, page.ink}
        hues = [h for _, h in HUES]
        violet = colorsys.rgb_to_hls(*rgb(page.untrained))[0] * 360
        assert min(abs(violet - h) for h in hues) > 25


@pytest.mark.parametrize("page", ["light", "dark"])
def test_a_panel_of_many_of_one_family_differs(page):
    learnt = ["supervised", "contrastive", "rotation", "autoencoding", "masked", "self-distilled"]
    many = {f"net{i}": encoder("resnet", p, f"resnet, {p}") for i, p in enumerate(learnt)}
    many |= {f"copy{i}": encoder("resnet", "supervised", "resnet, supervised") for i in range(4)}
    known = looks(many, page)
    assert len({(look.colour, look.marker) for look in known.values()}) == len(many)


def test_a_theme_knows_the_encoders_of_its_run_and_copes_with_others():
    theme = LIGHT.of(PANEL)
    assert theme.look("vit") == looks(PANEL)["vit"]
    assert theme.look("unknown", 3).title == "unknown"
    assert DARK.of(PANEL).look("vit").colour != theme.look("vit").colour


def test_one_encoder_twice_in_a_figure_is_told_apart():
    one = looks(PANEL)["vit"]
    first, second = apart([one, one], "#111111")
    assert first == one and second.colour == "#111111" and second.dash != one.dash
    assert hollow("circle") == "circle-open" and hollow("circle-open") == "circle-open-dot"


def test_axes_reach_from_a_little_below_zero_or_as_far_as_data_go():
    figure = go.Figure(go.Scatter(x=[1, 2], y=[0.3, 0.9]))
    assert reachable(figure) == [-0.1, 1.02]
    figure.add_scatter(
        x=[1], y=[-0.2], error_y={"type": "data", "array": [0.1], "arrayminus": [0.3]}
    )
    np.testing.assert_allclose(reachable(figure), [-0.54, 1.02])
    assert reachable(go.Figure(go.Scatter(x=[1], y=[None]))) == [-0.1, 1.02]
