"""Splits: by photograph where there are enough, apart inside photographs where not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from substrate.domains import DomainError, split
from substrate.domains.spec import SAMPLE_COLUMNS
from substrate.domains.splits import GAP, PHOTOGRAPH, WITHIN, blocks
from tests.support.domains import load_domain


def table(groups, labels=None, boxes=None):
    n = len(groups)
    frame = pd.DataFrame({c: [""] * n for c in SAMPLE_COLUMNS})
    frame["sample_id"] = [str(i) for i in range(n)]
    frame["group"] = [str(g) for g in groups]
    frame["label"] = [str(v) for v in labels] if labels is not None else ""
    frame["box"] = boxes if boxes is not None else ""
    return frame


def grid(group, columns, rows, side=32):
    return [
        (group, f"{side * c},{side * r},{side * (c + 1)},{side * (r + 1)}")
        for r in range(rows)
        for c in range(columns)
    ]


def tiles(*grids):
    pairs = [pair for each in grids for pair in each]
    return table([group for group, _ in pairs], boxes=[box for _, box in pairs])


def test_ten_photographs_are_divided_whole():
    samples = table(np.repeat(np.arange(10), 4), boxes=["0,0,8,8"] * 40)
    fit, test, unit = split(samples, seed=0)
    assert unit == PHOTOGRAPH and len(fit) == len(test) == 20
    assert not set(samples["group"][fit]) & set(samples["group"][test])


def test_labels_are_even_on_both_sides():
    labels = np.repeat(list("abcd"), 10)
    fit, test, _ = split(table(range(40), labels), seed=3)
    for rows in (fit, test):
        assert np.unique(labels[rows], return_counts=True)[1].tolist() == [5] * 4


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 0.8])
def test_the_fraction_is_met(fraction):
    samples = table(np.random.default_rng(0).integers(0, 60, 600))
    fit, test, _ = split(samples, fraction=fraction, seed=1)
    assert abs(len(fit) / 600 - fraction) < 0.03
    assert sorted([*fit, *test]) == list(range(600))


def test_few_photographs_are_cut_inside_with_a_tile_between():
    samples = tiles(grid("wide", 9, 4), grid("tall", 3, 8))
    fit, test, unit = split(samples, seed=0)
    assert unit == WITHIN and not set(fit) & set(test)
    for group, axis in (("wide", 0), ("tall", 1)):
        edges = [
            np.array(
                [
                    [int(v) for v in samples["box"][i].split(",")]
                    for i in rows
                    if samples["group"][i] == group
                ]
            )
            for rows in (fit, test)
        ]
        low, high = sorted(edges, key=lambda e: e[:, axis].min())
        assert low[:, axis + 2].max() + 32 <= high[:, axis].min()
    assert len(fit) + len(test) == 36 + 24 - 4 - 3  # one column and one row lie on the cuts


def test_the_seed_decides_which_end_is_fitted():
    samples = tiles(grid("a", 9, 4))
    firsts = {int(split(samples, seed=s)[0][0]) for s in range(8)}
    assert len(firsts) == 2


def test_strips_for_folds_lie_apart():
    samples = tiles(grid("a", 11, 2))
    block = blocks(samples, count=3)
    assert block[:11].tolist() == [0, 0, 0, GAP, 1, 1, 1, GAP, 2, 2, 2]
    assert blocks(tiles(grid("a", 2, 1)), count=3).tolist() == [0, 0]


def test_whole_images_are_dealt_to_strips_by_group():
    samples = pd.concat([tiles(grid("a", 7, 1)), table(["x", "x", "y", "z"])], ignore_index=True)
    assert blocks(samples, count=2).tolist() == [0, 0, 0, GAP, 1, 1, 1, 0, 0, 1, 0]


def test_packaged_domains_can_all_be_split():
    for name in ("natural", "fundus", "document", "depth"):
        domain = load_domain({"source": "packaged", "name": name}, limit=64)
        fit, test, unit = split(domain.samples, seed=0)
        assert unit == WITHIN and min(len(fit), len(test)) >= 15


def test_a_few_whole_images_are_divided_by_group():
    fit, test, unit = split(table(["a", "a", "b", "c"]), seed=0)
    assert unit == PHOTOGRAPH and len(fit) + len(test) == 4


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (table(["a", "a"]), "belong to one photograph"),
        (table([]), "0 samples of 0 groups"),
        (table(["a"] * 4, boxes=[b for _, b in grid("a", 2, 2)]), "cannot be divided in two"),
    ],
)
def test_what_cannot_be_divided_is_refused(samples, message):
    with pytest.raises(DomainError, match=message):
        split(samples, seed=0)
    with pytest.raises(DomainError, match="fraction is 1"):
        split(table(range(20)), fraction=1.0, seed=0)


@settings(max_examples=80, deadline=None)
@given(
    groups=st.lists(st.integers(0, 30), min_size=2, max_size=60).filter(lambda g: len(set(g)) > 1),
    fraction=st.floats(0.01, 0.99),
    seed=st.integers(0, 5),
)
def test_no_group_is_on_both_sides_and_no_side_is_empty(groups, fraction, seed):
    samples = table(groups, [g % 3 for g in groups])
    fit, test, _ = split(samples, fraction=fraction, seed=seed)
    assert len(fit) and len(test) and sorted([*fit, *test]) == list(range(len(groups)))
    assert not set(samples["group"][fit]) & set(samples["group"][test])
    again = split(samples, fraction=fraction, seed=seed)
    assert np.array_equal(fit, again[0]) and np.array_equal(test, again[1])
