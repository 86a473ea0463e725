"""Claims on weights: pairs of seeds are counted, and layers that are not told take no part."""

import pytest

from substrate.analyses.experiments.file import encode
from substrate.claims.measures import MEASURES
from substrate.claims.weights import RELATIONS, weights
from tests.support.experiment_files import SIMILAR, weights_file, weights_pair


def written(folder, seeds):
    repeats = [weights_pair(one, seed) for one in RELATIONS.values() for seed in range(seeds)]
    (folder / "weights.json").write_text(encode(weights_file(repeats)))
    return weights(folder)


def test_fewer_than_five_pairs_show_values_without_a_verdict(tmp_path):
    found = written(tmp_path, 2)
    assert not found.left_out and found.units == 2
    assert found.reason.startswith("2 pairs of seeds") and "at least 5 are needed" in found.reason
    values = found.named()
    for name, relation in RELATIONS.items():
        assert values[name] == pytest.approx(SIMILAR[relation], abs=0.01)
        assert values[f"{name} shuffled"] == pytest.approx(0.06)
        assert values[f"{name} planted"] == pytest.approx(0.95)


def test_five_pairs_find_what_is_planted(tmp_path):
    found = written(tmp_path, 5)
    assert not found.reason and found.left_out[0].shape == (5, 1, len(found.quantities))
    for key, control, sign in (
        ("weights_initialisation", "shuffled photographs", 1),
        ("weights_classes", "shuffled photographs", 1),
        ("weights_labels", "another initialisation", -1),
        ("weights_random_labels", "true and random labels", 1),
    ):
        lead = found.estimate(lambda q, k=key, c=control: MEASURES[k](q).lead(c))
        assert sign * lead.low > 0 and sign * lead.high > 0, key


def test_without_results_the_rows_say_how_they_are_made(tmp_path):
    assert "experiment weights" in weights(tmp_path)
