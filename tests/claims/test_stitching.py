"""Stored cuts of stitched networks as quantities: their intervals are those of the file."""

import numpy as np
import pytest

from substrate.analyses.experiments.catalogue import read_results
from substrate.claims.stitching import stitching
from substrate.numerics.scales import PLAIN


def test_cuts_are_of_networks_of_two_seeds_and_have_the_intervals_of_the_file():
    found, file = stitching(), read_results("stitching")
    cuts = [c for c in file.repeats if c.second == f"{c.first}_seed1"]
    assert len(cuts) == len(found.settings) == len(found.deciding) == 8
    for at, cut in enumerate(cuts):
        loss = found.estimate(lambda q: q["loss"], at, scale=PLAIN)
        assert (loss.value, loss.low, loss.high) == pytest.approx(
            (cut.drop.value, cut.drop.low, cut.drop.high), abs=1e-9
        )
        gain = found.estimate(lambda q: q["stitched"] - q["untrained"], at, scale=PLAIN)
        assert gain.value == pytest.approx(cut.gain.value, abs=1e-9)
        # Not paired by image here, so wider; how draws differ is the larger part of either.
        assert 0.9 < (gain.high - gain.low) / (cut.gain.high - cut.gain.low) < 1.6


def test_without_results_the_rows_say_how_they_are_made(tmp_path):
    assert "experiment stitching" in stitching(tmp_path)


def test_the_upper_network_does_not_vary_by_itself():
    found = stitching()
    for stratum in found.left_out:
        assert np.ptp(stratum[:, :, found.quantities.index("original")]) == pytest.approx(
            np.ptp(found.whole[:, found.quantities.index("original")])
        )
