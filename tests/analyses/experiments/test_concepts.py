"""Concepts under shift: kept images between all and chance, beyond twins or not, by photograph."""

import numpy as np
import pytest

from substrate.analyses.experiments.concepts import Coded, measured, own_images
from substrate.experiments.concepts import write_photographs
from substrate.numerics.units.concepts import Concepts

N, D, C = 60, 8, 12


def code(rng):
    directions = rng.standard_normal((C, D))
    return Concepts(np.zeros(D), 1.0, directions, np.zeros(C), directions, 3)


def coded(seed, noise):
    """Return a code, images, and the same images with noise, or other ones where it is None."""
    rng = np.random.default_rng(seed)
    before = rng.standard_normal((N, D))
    after = rng.standard_normal((N, D)) if noise is None else before
    after = after + (noise or 0.0) * rng.standard_normal((N, D))
    codes = (code(rng), code(rng))
    return Coded(codes, (np.ones(C, dtype=bool),) * 2, after, before)


def found(noise, twins):
    others = [coded(seed, twins) for seed in range(10, 15)]
    return measured(coded(0, noise), others, np.arange(N), "photographs", seed=0)


def test_images_that_do_not_move_are_kept_beyond_twins_whose_do():
    one = found(0.1, 2.0)
    kept, more = one["kept"], one["more"]
    assert kept.value > 0.85 and kept.low < kept.value < kept.high
    assert kept.null.mean == pytest.approx(10 / N, abs=0.02) and kept.null.p == pytest.approx(
        1 / 201
    )
    assert more.low > 0 and len(one["kept_codes"]) == 2 and len(one["kept_untrained"]) == 5


def test_other_images_are_kept_by_chance_and_twins_are_not_exceeded():
    one = found(None, 0.1)
    assert one["kept"].value == pytest.approx(10 / N, abs=0.05)
    assert one["kept"].null.p > 0.01 and one["more"].high < 0
    assert one["kept_units"] == pytest.approx(10 / N, abs=0.08)


def test_intervals_hold_what_concepts_keep_on_average():
    expected = np.mean([coded(seed, 1.0).kept(np.arange(N)).mean() for seed in range(100, 200)])
    covered = 0
    for seed in range(30):
        here = coded(seed, 1.0)
        kept = measured(here, [coded(seed + 500, 1.0)], np.arange(N), "photographs", seed=0)["kept"]
        covered += kept.low <= expected <= kept.high
    assert covered >= 25


def test_domains_of_other_images_have_nothing_to_keep():
    here = coded(0, 0.1)
    one = measured(Coded(here.codes, here.alive, here.x), [], np.arange(N), "photographs", seed=0)
    assert one["kept"].value is None and "kept_codes" not in one
    error = one["unexplained"]
    assert 0 < error.low < error.value < error.high


def test_own_images_have_most_of_a_concept():
    here = coded(0, 0.1)
    (first, _) = own_images(here, np.array([3, 5]))
    scores = here.codes[0].scores(here.x)[:, 3]
    assert scores[list(first)].tolist() == sorted(scores, reverse=True)[:6]


def test_photographs_are_split_and_changed_alike(tmp_path):
    done = write_photographs(tmp_path)
    made = {path.name[:3] for path in (tmp_path / "made").iterdir()}
    held = {path.stem for path in (tmp_path / "held").iterdir()}
    assert len(made) == len(held) == 100 and not made & held
    assert len(list((tmp_path / "made").iterdir())) == 800
    assert all({p.stem for p in (tmp_path / name).iterdir()} == held for name in done)
    assert len((tmp_path / "groups.csv").read_text().splitlines()) == 801
