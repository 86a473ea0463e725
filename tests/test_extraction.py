"""Models' inputs are the same whether they are kept or read anew."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from substrate.domains import packaged
from substrate.encoders.spec import Preprocessing
from substrate.extraction import Inputs, preprocess

HOW = Preprocessing(32, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))


@pytest.fixture(scope="module")
def domain():
    return packaged.load("digit", tile=32, limit=70, seed=0)


def test_batches_are_all_images_in_order(domain):
    whole = torch.cat(list(Inputs().batches(domain, HOW)))
    one = preprocess(domain.read(41), HOW)
    assert whole.shape == (70, 3, 32, 32)
    np.testing.assert_array_equal(whole[41], one)


def test_images_are_read_once_for_one_way_of_seeing(domain):
    read = []
    counted = replace(domain, read=lambda row: read.append(row) or domain.read(row))
    inputs = Inputs()
    first = torch.cat(list(inputs.batches(counted, HOW)))
    again = torch.cat(list(inputs.batches(counted, HOW)))
    assert len(read) == 70
    assert torch.equal(first, again)
    list(inputs.batches(counted, replace(HOW, size=16)))
    assert len(read) == 140


def test_what_is_too_large_is_not_kept_and_the_oldest_goes_first(domain):
    size = 70 * 12 * 32**2
    small = Inputs(limit=size - 1)
    assert sum(len(b) for b in small.batches(domain, HOW)) == 70
    assert not small._kept
    one = Inputs(limit=size)
    other = replace(domain, name="other")
    for each in (domain, other):
        list(one.batches(each, HOW))
    assert [key[0].name for key in one._kept] == ["other"]
