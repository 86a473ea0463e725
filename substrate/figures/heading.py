"""A figure's title and the facts that it rests on: read from it, or written into its picture.

On pages and in reports they stand above the chart as text, which wraps and which screen readers
read; a picture in a file has only itself, so there they are drawn.
"""

from __future__ import annotations

import textwrap

import plotly.graph_objects as go

#: Size of the title and of the facts in a picture, and the height of a line of each; pixels.
TITLE_PX, FACTS_PX, TITLE_LINE, FACTS_LINE = 18, 14, 30, 20
#: Width of a letter as a share of the size of the text, on the average, with some room.
_LETTER = 0.56


def title(figure: go.Figure) -> str:
    """Return the figure's title, empty where it has none."""
    return str((figure.layout.meta or {}).get("title", ""))


def facts(figure: go.Figure) -> tuple[str, ...]:
    """Return what the figure rests on, one short statement after another."""
    return tuple(map(str, (figure.layout.meta or {}).get("facts", ())))


def with_heading(figure: go.Figure, *, width: int = 900) -> go.Figure:
    """Return a copy whose picture holds its title and facts, higher by what they take.

    ``width`` is that of the picture in pixels; facts are broken into lines that fit it.
    """
    copy = go.Figure(figure)
    name, lines = title(figure), broken(facts(figure), int(width / (_LETTER * FACTS_PX)))
    if not name and not lines:
        return copy
    height = TITLE_LINE + FACTS_LINE * len(lines) + 10
    copy.update_layout(
        title={
            "text": name,
            "subtitle": {"text": "<br>".join(lines), "font": {"size": FACTS_PX}},
            "font": {"size": TITLE_PX},
            "x": 0,
            "xref": "container",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 14, "l": 16},
        },
        margin={"t": (figure.layout.margin.t or 0) + height},
        height=(figure.layout.height or 480) + height,
    )
    return copy


def broken(facts: tuple[str, ...], longest: int) -> list[str]:
    """Return facts as lines of at most ``longest`` letters, broken between facts if possible."""
    lines = [""]
    for fact in facts:
        for part in textwrap.wrap(fact, longest, break_long_words=False) or [fact]:
            joined = f"{lines[-1]} · {part}" if lines[-1] else part
            if len(joined) > longest and lines[-1]:
                lines.append(part)
            else:
                lines[-1] = joined
    return [line for line in lines if line]
