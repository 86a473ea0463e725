"""A verdict as HTML: a pill with the badge, then the short sentence as a heading."""

from __future__ import annotations

from html import escape

from substrate.exhibits.verdict import Verdict

#: Ground of the pill by tone; its letters are white, with a contrast of 4.5 at least on each.
GROUNDS = {"good": "#1A6B3C", "some": "#8A5300", "low": "#A32F2A", "none": "#56616F"}
LETTERS = "#FFFFFF"

STYLE = f"""
.verdict {{display: flex; flex-wrap: wrap; align-items: center; gap: .3rem .7rem;
margin: .1rem 0 .2rem;}}
.verdict h2, .verdict h4 {{font-size: 1.3rem; line-height: 1.25; font-weight: 600; margin: 0;
padding: 0;}}
.verdict h4 {{font-size: 1.1rem;}}
.badge {{border-radius: 999px; padding: .16rem .7rem; font-size: .85rem; font-weight: 600;
white-space: nowrap; color: {LETTERS};}}
""" + "".join(f".badge-{tone} {{background: {ground};}}\n" for tone, ground in GROUNDS.items())


def html(verdict: Verdict, heading: str = "h2") -> str:
    """Return a verdict whose sentence is a heading of this level."""
    badge = verdict.badge
    return (
        f'<div class="verdict"><span class="badge badge-{badge.tone}" '
        f'title="{escape(badge.meaning)}">{escape(badge.value)}</span>'
        f"<{heading}>{escape(verdict.short)}</{heading}></div>"
    )
