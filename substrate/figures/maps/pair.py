"""What each family of maps predicts of the other encoder, and how often it finds the same image."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from substrate.analyses.maps.choice import FAMILY_TITLES
from substrate.analyses.maps.pair import FIRST, SECOND, UNMAPPED, Classes, Maps, Prediction
from substrate.analyses.maps.prepared import TOPS
from substrate.figures.shared import LEGEND_AT_FOOT, name_rows
from substrate.figures.theme import PALETTE, Theme, base, reached, state
from substrate.figures.whiskers import whiskers
from substrate.wording import Nouns, bracketed, number, shuffled, with_interval

#: Marks of the two directions, from the first encoder and from the second.
_SYMBOLS = ("circle", "diamond")
#: Height of a row that is named in two lines, in pixels.
ROW_PX = 42
#: The two shares of a row lie a little above and below its middle, so that whiskers are told apart.
_BESIDE = (-0.17, 0.17)


def freedom(result: Maps, titles: Mapping[str, str], theme: Theme) -> go.Figure:
    """Draw R2 of each family both ways, beside its null, the source's twins and its ceiling."""
    rows = _rows(result, titles)
    figure = base(
        theme, title="How much of one encoder the other predicts", height=190 + ROW_PX * len(rows)
    )
    predictions = [prediction for prediction, _ in rows]
    _spans(figure, predictions, result.size.nouns, theme)
    _ceilings(figure, predictions, theme)
    for side, source in enumerate(result.encoders):
        places = [
            i for i, p in enumerate(predictions) if p.source == source and _side(result, p) == side
        ]
        shown = [predictions[i] for i in places]
        look = theme.look(source, side)
        figure.add_scatter(
            x=[p.r2.value for p in shown],
            y=places,
            mode="markers",
            name=f"From {titles[source]}",
            marker={"color": look.colour, "symbol": _SYMBOLS[side], "size": 11},
            error_x=whiskers([(p.r2.value, p.r2.low, p.r2.high) for p in shown], look.colour),
            text=[
                _hover(p, rows[i][1], result.size.nouns) for i, p in zip(places, shown, strict=True)
            ],
            hovertemplate="%{text}<extra></extra>",
        )
    figure.add_vline(0, line={"color": theme.muted, "width": 1})
    figure.update_xaxes(
        title="Held-out R² (1 predicts all of the variance, 0 the mean)",
        range=reached(figure, axis="x", least=0.5),
    )
    name_rows(figure, [name for _, name in rows], foot=140)
    return state(figure, theme, facts(result, titles))


def retrieval(result: Maps, titles: Mapping[str, str], theme: Theme) -> go.Figure:
    """Draw how often the same image is found among the nearest and the five nearest, by family."""
    rows = _rows(result, titles)
    figure = base(theme, title="How often the same image is found", height=190 + ROW_PX * len(rows))
    for k, top in enumerate(TOPS):
        label = "nearest" if top == 1 else f"among the {top} nearest"
        colour = (theme.accent, theme.ink)[k]
        places = [place + _BESIDE[k] for place in range(len(rows))]
        figure.add_scatter(
            x=[p.found[k].value for p, _ in rows],
            y=places,
            mode="markers",
            name=label[0].upper() + label[1:],
            marker={
                "color": colour,
                "symbol": "circle" if top == 1 else "circle-open",
                "size": 11,
                "line": {"width": 2, "color": colour},
            },
            error_x=whiskers(
                [(p.found[k].value, p.found[k].low, p.found[k].high) for p, _ in rows], colour
            ),
            text=[
                f"<b>{name}</b><br>{label}: "
                f"{with_interval(p.found[k].value, p.found[k].low, p.found[k].high)}"
                f"<br>guessing {number(p.chance[k], 3)}"
                for p, name in rows
            ],
            hovertemplate="%{text}<extra></extra>",
        )
        figure.add_scatter(
            x=[p.chance[k] for p, _ in rows],
            y=places,
            mode="markers",
            name=f"Guessing, {label}",
            marker={
                "color": theme.muted,
                "symbol": "line-ns-open",
                "size": 14,
                "line": {"width": 2 if top == 1 else 1},
            },
            hoverinfo="skip",
        )
    figure.update_xaxes(
        title="Share of held-out images found", range=[-0.02, 1.03], tickformat=".0%"
    )
    name_rows(figure, [name for _, name in rows], foot=140)
    return state(figure, theme, facts(result, titles))


def units(result: Maps, titles: Mapping[str, str], theme: Theme) -> go.Figure:
    """Draw R2 of every unit of either encoder, the best predicted first."""
    figure = base(theme, title="How well each unit is predicted", height=400)
    for side, values in enumerate(result.by_unit):
        source, target = result.encoders[side], result.encoders[1 - side]
        ordered = np.sort(values[np.isfinite(values)])[::-1]
        look = theme.look(target, 1 - side)
        figure.add_scatter(
            x=np.arange(1, len(ordered) + 1) / max(len(ordered), 1),
            y=ordered,
            mode="lines",
            name=f"Units of {titles[target]}, from {titles[source]}",
            line={"color": look.colour, "width": 2.4, "dash": ("solid", "dash")[side]},
            hovertemplate="best %{x:.0%} of units: R² from %{y:.2f}<extra></extra>",
        )
    figure.add_hline(0, line={"color": theme.muted, "width": 1})
    low = min((float(np.nanmin(v)) for v in result.by_unit), default=0.0)
    figure.update_xaxes(title="Share of units", range=[0, 1.01], tickformat=".0%")
    figure.update_yaxes(title="Held-out R² of the unit", range=[max(low, -1.0) - 0.05, 1.02])
    figure.update_layout(margin={"b": 110}, legend=LEGEND_AT_FOOT)
    return state(figure, theme, facts(result, titles))


def verification(
    classes: Classes, result: Maps, titles: Mapping[str, str], theme: Theme
) -> go.Figure:
    """Draw the shares of pairs of one class and of two that pass as the threshold falls."""
    figure = base(theme, title="Are two images of one class?", height=470)
    first, second = result.encoders
    lines = (
        (UNMAPPED, "Before mapping: K principal scores as they are", theme.untrained, "dot"),
        ("orthogonal", f"{titles[first]} → {titles[second]}, rotation", PALETTE[0], "solid"),
        ("affine", f"{titles[first]} → {titles[second]}, affine", PALETTE[2], "solid"),
        (FIRST, f"{titles[first]} alone", theme.ceiling, "dash"),
        (SECOND, f"{titles[second]} alone", theme.ceiling, "longdash"),
    )
    for name, label, colour, dash in lines:
        figure.add_scatter(
            x=classes.false_accepted,
            y=classes.curves[name],
            mode="lines",
            name=label,
            line={"color": colour, "dash": dash, "width": 2.4},
            hovertemplate="%{y:.0%} of one class at %{x:.0%} of two<extra></extra>",
        )
    figure.add_scatter(
        x=[0, 1],
        y=[1, 0],
        mode="lines",
        name="Equal error",
        line={"color": theme.muted, "width": 1, "dash": "dashdot"},
        hoverinfo="skip",
    )
    figure.update_xaxes(title="Pairs of two classes accepted", range=[0, 1], tickformat=".0%")
    figure.update_yaxes(title="Pairs of one class accepted", range=[0, 1.01], tickformat=".0%")
    figure.update_layout(margin={"b": 180}, legend=LEGEND_AT_FOOT)
    counts = (
        f"{classes.same:,} pairs of one of {classes.labels} classes, {classes.different:,} of two"
    )
    return state(figure, theme, f"{counts}<br>{facts(result, titles)}")


def facts(result: Maps, titles: Mapping[str, str]) -> str:
    """State what the figures rest on."""
    of_encoder = zip(result.encoders, result.units, strict=True)
    units = ", ".join(f"{bracketed(titles[name])} {units.text}" for name, units in of_encoder)
    return (
        f"fitted on {result.n_fit}, judged on {result.n_test} held-out of {result.size.caption} · "
        f"z-scored · K = {result.k} · {result.permutations} permutations · seed {result.seed}"
        f"<br>{units} · ridge {result.ridge[0]:.2g} and {result.ridge[1]:.2g} of the mean square"
    )


def _side(result: Maps, prediction: Prediction) -> int:
    """Return which of the two encoders a map starts from; of one encoder twice, by place."""
    if result.encoders[0] != result.encoders[1]:
        return result.encoders.index(prediction.source)
    return int(result.predictions.index(prediction) >= len(result.predictions) // 2)


def _rows(result: Maps, titles: Mapping[str, str]) -> list[tuple[Prediction, str]]:
    """Return predictions family by family, both ways under each other, with the name of the row."""
    half = len(result.predictions) // 2
    rows = []
    for one, other in zip(result.predictions[:half], result.predictions[half:], strict=True):
        for p in (one, other):
            way = f"{titles[p.source]} → {titles[p.target]}"
            rows.append((p, f"{FAMILY_TITLES[p.family]}:<br>{way}"))
    return rows


def _hover(prediction: Prediction, name: str, nouns: Nouns) -> str:
    r2 = prediction.r2
    lines = [f"<b>{name}</b>", f"R² {with_interval(r2.value, r2.low, r2.high)}"]
    if r2.null is not None:
        within = r2.null.level is None
        lines.append(f"{shuffled(nouns, within=within)}, mean {number(r2.null.mean)}")
    if len(prediction.twins):
        lines.append(f"untrained source, mean {number(float(prediction.twins.mean()))}")
    if np.isfinite(prediction.ceiling):
        lines.append(f"split-half ceiling {number(prediction.ceiling)}")
    return "<br>".join(lines)


def _spans(figure: go.Figure, predictions: list[Prediction], nouns: Nouns, theme: Theme) -> None:
    """Draw each row's untrained sources from the lowest to the highest, and its null."""
    x, y = [], []
    for place, p in enumerate(predictions):
        if len(p.twins):
            x += [float(p.twins.min()), float(p.twins.max()), None]
            y += [place, place, None]
    if x:
        draws = max(len(p.twins) for p in predictions)
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            line={"color": theme.untrained, "width": 7},
            opacity=0.55,
            name=f"Untrained source, {draws} draws",
            hoverinfo="skip",
        )
    nulls = [(i, p.r2.null) for i, p in enumerate(predictions) if p.r2.null is not None]
    if nulls:
        levels = [null.mean if null.level is None else null.level for _, null in nulls]
        leveled = any(null.level is not None for _, null in nulls)
        moved = shuffled(nouns, within=not leveled)
        figure.add_scatter(
            x=levels,
            y=[i for i, _ in nulls],
            mode="markers",
            marker={
                "color": theme.muted,
                "symbol": "line-ns-open",
                "size": 16,
                "line": {"width": 2},
            },
            name=f"{moved[0].upper()}{moved[1:]}, {'95 % level' if leveled else 'mean'}",
            hoverinfo="skip",
        )


def _ceilings(figure: go.Figure, predictions: list[Prediction], theme: Theme) -> None:
    ceilings = [(i, p.ceiling) for i, p in enumerate(predictions) if np.isfinite(p.ceiling)]
    if ceilings:
        figure.add_scatter(
            x=[ceiling for _, ceiling in ceilings],
            y=[i for i, _ in ceilings],
            mode="markers",
            marker={
                "color": theme.ceiling,
                "symbol": "x-thin-open",
                "size": 9,
                "line": {"width": 2},
            },
            name="Split-half ceiling",
            hoverinfo="skip",
        )
