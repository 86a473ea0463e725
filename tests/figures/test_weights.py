"""Matrix of layers: every name that is drawn has room, whatever the number of layers."""

from types import SimpleNamespace

import pytest

from substrate.figures.weights.similarity import MOST_NAMES, labels


def layers(**counts):
    return [
        SimpleNamespace(encoder=name, layer=f"conv{i}")
        for name, count in counts.items()
        for i in range(count)
    ]


def test_a_column_is_named_by_its_encoder_below_the_middle_of_its_layers():
    rows, columns = labels(layers(a=9, b=8, c=1), {"a": "ResNet", "b": "VGG", "c": "ViT"})
    named = {i: name for i, name in enumerate(columns) if name}
    assert named == {4: "ResNet", 13: "VGG", 17: "ViT"}
    assert rows[0] == "ResNet conv0" and all(rows)


@pytest.mark.parametrize(("count", "named"), [(30, 30), (31, 16), (106, 27)])
def test_of_many_layers_every_so_many_rows_are_named(count, named):
    rows, columns = labels(layers(a=count), {"a": "ResNet"})
    assert len(rows) == len(columns) == count
    assert sum(map(bool, rows)) == named <= MOST_NAMES
