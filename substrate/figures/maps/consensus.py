"""An ensemble's accuracy against K, what the shared space gains, and what it gives apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.maps.choice import CLASSIFIER_TITLES
from substrate.analyses.maps.consensus import (
    ALONE,
    APART,
    AVERAGED,
    CONCATENATED,
    OWN_LABELS,
    SHARED,
    SHUFFLED,
    Classifier,
    ConsensusResult,
)
from substrate.figures.shared import band, error_bar, guessing, name_rows
from substrate.figures.theme import PALETTE, Theme, base, legend_below, reached, state
from substrate.figures.whiskers import whiskers
from substrate.wording import many, points, with_interval

#: Colour, dash, marker and width of each line of the figures over K.
_LOOKS: Mapping[str, tuple[str, str, str, float]] = {
    CONCATENATED: (PALETTE[2], "dot", "diamond", 2.0),
    APART: (PALETTE[3], "dash", "square", 2.4),
    OWN_LABELS: (PALETTE[4], "dot", "diamond", 2.0),
}


#: Lines of the legend that room is made for: names stand beside each other.
LEGEND_ROWS = 5


def accuracy(result: ConsensusResult, theme: Theme) -> go.Figure:
    """Draw balanced accuracy against K: the shared space, other ensembles, and the members."""
    figure = base(theme, title="Accuracy of an ensemble", height=430)
    alone = np.array([[e.value for e in member.accuracy] for member in result.members])
    x = np.array(result.components, dtype=float)
    band(
        figure, x, alone.min(axis=0), alone.max(axis=0), theme.null, "Encoders alone, worst to best"
    )
    _line(figure, result, result.of(ALONE), (theme.muted, "solid", "circle", 2.0))
    _line(figure, result, result.of(AVERAGED), (theme.accent, "dash", "square", 2.0))
    _line(figure, result, result.of(CONCATENATED), _LOOKS[CONCATENATED])
    _line(figure, result, result.of(SHUFFLED), (theme.muted, "dot", "x", 1.6))
    if result.untrained:
        untrained = result.of(SHARED, untrained=True)
        look = (theme.untrained, "dash", "triangle-up", 2.0)
        draws = many(len(untrained.draws), "draw")
        _line(figure, result, untrained, look, name=f"Shared space of untrained twins, {draws}")
    _line(figure, result, result.of(SHARED), (theme.ink, "solid", "circle", 3.2), whole=True)
    guessing(figure, result.chance, theme, horizontal=True)
    _axes(figure, result, "K: numbers of an image that the classifier sees (logarithmic)")
    return state(figure, theme, facts(result))


def apart(result: ConsensusResult, theme: Theme) -> go.Figure:
    """Draw accuracy against K where labelled images are seen by one encoder each."""
    figure = base(theme, title="Encoders and images apart", height=400)
    shared = result.of(SHARED)
    _line(
        figure,
        result,
        shared,
        (theme.ink, "solid", "circle", 2.0),
        name="Shared space, every encoder sees every image",
    )
    for name in (APART, OWN_LABELS):
        _line(figure, result, result.of(name), _LOOKS[name], whole=True)
    guessing(figure, result.chance, theme, horizontal=True)
    _axes(figure, result, "K: numbers of an image that leave each side (logarithmic)")
    return state(figure, theme, facts(result))


def ahead(result: ConsensusResult, titles: Mapping[str, str], theme: Theme) -> go.Figure:
    """Draw by how many points the shared space is ahead of each encoder and each other ensemble."""
    rows = [
        (f"{titles[m.name]} alone", m, theme.look(m.name, i).colour) for i, m in _members(result)
    ]
    rows += [
        (CLASSIFIER_TITLES[name], result.of(name), colour)
        for name, colour in (
            (ALONE, theme.muted),
            (AVERAGED, theme.accent),
            (CONCATENATED, PALETTE[2]),
            (SHUFFLED, theme.muted),
        )
    ]
    if result.untrained:
        rows.append(("Shared space, untrained", result.of(SHARED, untrained=True), theme.untrained))
    figure = base(theme, title="What the shared space gains", height=140 + 32 * len(rows))
    for place, (name, way, colour) in enumerate(rows):
        gain = way.ahead[result.at]
        ends = [None if end is None else 100 * end for end in (gain.low, gain.high)]
        figure.add_scatter(
            x=[100 * gain.value],
            y=[place],
            mode="markers",
            showlegend=False,
            marker={"color": colour, "size": 11},
            error_x=whiskers([(100 * gain.value, *ends)], colour),
            text=[f"<b>{name}</b><br>{with_interval(gain.value, gain.low, gain.high, points)}"],
            hovertemplate="%{text} points<extra></extra>",
        )
    figure.add_vline(0, line={"color": theme.muted, "width": 1.2})
    figure.update_xaxes(
        title=f"Points that the shared space of K = {result.k} is ahead",
        range=reached(figure, axis="x", least=10.0),
    )
    name_rows(figure, [name for name, *_ in rows], foot=64)
    return state(figure, theme, facts(result))


def facts(result: ConsensusResult) -> str:
    """State what the figures rest on."""
    parts = ", ".join(
        f"{images} images of {many(groups, result.nouns.group)} {role}"
        for role, (images, groups) in zip(
            ("unlabelled", "labelled", "tested"), result.parts, strict=True
        )
    )
    draws = len(result.untrained[0].draws) if result.untrained else 0
    return (
        f"{result.counted}, {len(result.classes)} classes · {parts}, each part in every role · "
        f"{many(result.deals, 'deal')} over {result.unit} · z-scored · seed {result.seed} · "
        f"{many(draws, 'draw')} of untrained twins"
    )


def _members(result: ConsensusResult) -> Sequence[tuple[int, Classifier]]:
    """Return the encoders alone, the best first, with their places in the panel."""
    order = sorted(enumerate(result.members), key=lambda one: -one[1].accuracy[result.at].value)
    return order


def _line(
    figure: go.Figure,
    result: ConsensusResult,
    way: Classifier,
    look: tuple[str, str, str, float],
    *,
    name: str = "",
    whole: bool = False,
) -> None:
    """Draw one way to classify over K, with whiskers if it is the one that is spoken of."""
    colour, dash, marker, width = look
    label = name or CLASSIFIER_TITLES[way.name]
    figure.add_scatter(
        x=list(result.components),
        y=[estimate.value for estimate in way.accuracy],
        mode="lines+markers",
        name=label,
        error_y=error_bar(way.accuracy, colour) if whole else None,
        line={"color": colour, "dash": dash, "width": width},
        marker={"symbol": marker, "size": 8},
        text=[with_interval(e.value, e.low, e.high) for e in way.accuracy],
        hovertemplate="K = %{x}: %{text}<extra>" + label + "</extra>",
    )


def _axes(figure: go.Figure, result: ConsensusResult, title: str) -> None:
    low, high = np.log10(result.components[0]) - 0.06, np.log10(result.components[-1]) + 0.06
    figure.update_xaxes(
        type="log",
        title=title,
        tickvals=list(result.components),
        ticktext=[str(k) for k in result.components],
        range=[low, high],
    )
    figure.update_yaxes(title="Balanced accuracy", range=[-0.02, 1.03], tickformat=".0%")
    legend_below(figure, min(len(figure.data), LEGEND_ROWS))
