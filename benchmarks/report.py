"""The page of timings, of the long stream and of coverage, from the figures that were kept."""

import json
from pathlib import Path

from benchmarks.harness import Row, kept_rows, table
from benchmarks.kept import Stream, kept_agreement, stream_text
from benchmarks.rates import Rate
from benchmarks.rates import table as rates_table
from benchmarks.speed import CASES

_TIMINGS = """# Benchmarks

Written by `python -m benchmarks --save` and `python -m benchmarks.coverage --save`; the figures are
kept in `benchmarks/results`. The peers are in `requirements-bench.txt`.

## Speed

Every row runs all contenders in one process, in interleaved rounds, and every contender in every
round; medians are shown. Before any clock starts, our values are compared with those of every peer
that computes the same thing. Every contender runs with one thread or with all, whichever it was
faster with in a trial round.

The *floor* is the bare matrix products and decompositions that the task cannot do without
(`benchmarks/floors.py`): on the cores that ours may use, independent pieces side by side, one
triangle of a symmetric product, eigenvalues where they will do for singular values. Of several
forms the one that was fastest counts, and is named. Where ours is faster by more than a tenth, the
floor is none, and the table says so. Processor time adds up the work on all cores: on a busy
machine it is the steadier measure, but it does not see that pairs run side by side.

"""

_COVERAGE = """## False positives and coverage

Nulls should reject unrelated features in 5 % of trials, intervals hold the true value in 95 %.
Tiles of a group share most of their variance here, which is harder than real tiles. The rows marked
*wrong* show what happens when tiles count as samples, or when similarities are bootstrapped. The
truth of an interval is the mean of the estimates at the same design. Pages that compare directions,
shared parts, ranks, hits or rankings have nulls and intervals of their own; they follow at the end.

A group that stands in for one of another size gives part of its rows or repeats some. Laying groups
of 1 to 11 tiles end to end in a new order instead, and pairing them position by position, tore them
apart and rejected in 75 % of 20 trials (linear CKA) or always (mutual k-NN).

"""


def page(results: Path) -> str:
    """Return the whole page as Markdown; parts without figures are left out."""
    out = _TIMINGS + _speed(results / "speed.json")
    if (results / "stream.json").is_file():
        kept = json.loads((results / "stream.json").read_text())
        out += "## Moments of a long stream\n\n" + stream_text(Stream(**kept)) + "\n"
    if (results / "estimator.json").is_file():
        out += kept_agreement(results / "estimator.json")
    if (results / "coverage.json").is_file():
        rates = [Rate(**rate) for rate in json.loads((results / "coverage.json").read_text())]
        out += _COVERAGE + _off(rates) + rates_table(rates)
    return out


def _off(rates: list[Rate]) -> str:
    """Name the rates on the wrong side of nominal by more than two standard errors."""
    off = [
        f"- {r.study}, {r.quantity}, {r.design}: {r.rate:.2f}"
        for r in rates
        if "wrong" not in r.study
        and "before" not in r.study
        and (r.rate - r.nominal) * (1 if r.nominal < 0.5 else -1) > 2 * r.error
    ]
    if not off:
        return "No null rejects and no interval misses more often than it should, by 2 s.e.\n\n"
    return (
        "Beyond two standard errors on the wrong side of nominal, and to be read as somewhat "
        "narrower than they say:\n\n" + "\n".join(off) + "\n\n"
    )


def _speed(path: Path) -> str:
    if not path.is_file():
        return "No timings have been kept yet.\n\n"
    order = list(CASES)
    rows = sorted(kept_rows(path), key=lambda kept: (kept[0].name not in order, _at(kept, order)))
    out = table([row for row, _ in rows]) + "\n"
    notes = [
        f"- {row.name}: {what}: {_value(v)}" for row, _ in rows for what, v in row.notes.items()
    ]
    out += "\n".join(notes) + "\n\n" if notes else ""
    return out + _machines([about for _, about in rows]) + "\n\n"


def _at(kept: tuple[Row, dict[str, object]], order: list[str]) -> int:
    return order.index(kept[0].name) if kept[0].name in order else 0


def _value(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(one)}" for name, one in value.items())
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _machines(about: list[dict[str, object]]) -> str:
    """Say on what, and how busy with other things, the rows were measured."""
    kinds = sorted({f"{a['threads']} of {a['cores']} cores, NumPy {a['numpy']}" for a in about})
    loads = [float(str(a["load_at_start"])) for a in about]
    return (
        f"Measured with {'; '.join(kinds)}. The load of the machine when a row began was "
        f"{min(loads):.1f} to {max(loads):.1f}: where that exceeds the number of cores, other "
        "programs were competing for them, and rows of several threads suffered most."
    )
