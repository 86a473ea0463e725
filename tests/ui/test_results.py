"""What a page says while it computes: how far it is."""

from types import SimpleNamespace

from substrate.analyses.defaults import defaults
from substrate.ui import results
from substrate.ui.results import computing, result


def test_what_takes_more_than_a_moment_says_about_how_long():
    assert computing("this figure", None) == "Computing this figure…"
    assert computing("this figure", 0.6) == "Computing this figure…"
    assert computing("this figure", 11.6) == "Computing this figure, about 12 s…"


def test_the_time_that_an_analysis_took_is_told_when_it_is_computed_again(
    real_run, inline, monkeypatch
):
    """The second computation of an analysis stands beside the seconds of the first."""
    analysis, params = next(iter(defaults(real_run)))
    said, clock = [], iter((0.0, 7.0, 10.0, 12.0))
    monkeypatch.setattr(results, "computing", lambda what, expected: said.append(expected) or what)
    monkeypatch.setattr(results, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(results, "stored", lambda *_: "computed" if len(said) % 2 else None)
    results._took().clear()
    results._loaded.clear()
    assert result(analysis, real_run, params) == "computed"
    results._loaded.clear()
    said.append(None)
    assert result(analysis, real_run, params) == "computed"
    assert said == [None, None, 7.0]
    assert results._took()[analysis.key] == 2.0
    results._loaded.clear()
