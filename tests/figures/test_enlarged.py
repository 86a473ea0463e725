"""A figure for a wall has everything in pixels by one factor, and the same data."""

import json

import numpy as np

from substrate.figures import cells
from substrate.figures.enlarged import enlarged
from substrate.figures.theme import LIGHT, base, state


def test_pixels_grow_and_data_do_not():
    figure = base(LIGHT, title="Agreement", height=400)
    figure.add_scatter(
        x=[1, 2],
        y=[0.2, 0.9],
        marker={"size": [8, 10]},
        line={"width": 2},
        error_y={"type": "data", "array": [0.1, 0.2], "thickness": 1},
        customdata=[[7], [8]],
    )
    figure.add_annotation(x=1, y=0.5, text="here", xshift=4, font={"size": 12})
    large = enlarged(state(figure, LIGHT, "n = 5"), 1.5)
    trace = large.data[0]
    assert list(trace.x) == [1, 2] and list(trace.y) == [0.2, 0.9]
    assert list(trace.error_y.array) == [0.1, 0.2] and trace.error_y.thickness == 1.5
    assert list(trace.marker.size) == [12, 15] and trace.line.width == 3
    assert json.loads(json.dumps(np.asarray(trace.customdata).tolist())) == [[7], [8]]
    assert large.layout.font.size == 21 and large.layout.height == 600
    assert large.layout.margin.l == 96
    note = large.layout.annotations[0]
    assert (note.x, note.xshift, note.font.size) == (1, 6, 18)
    assert large.layout.meta == figure.layout.meta


def test_a_matrix_keeps_its_shape():
    figure = base(LIGHT, title="Pairs")
    figure.add_heatmap(
        z=[[0.5, 0.1], [0.2, 0.9]], zmin=0, zmax=1, colorscale="Cividis", colorbar={"title": "r"}
    )
    cells.fit(figure, ["a", "b"], ["a", "b"])
    large = enlarged(figure, 2)
    assert large.layout.width == 2 * figure.layout.width
    assert large.data[0].colorbar.len == 2 * figure.data[0].colorbar.len
    assert np.array_equal(large.data[0].z, figure.data[0].z) and large.data[0].zmax == 1
    assert large.layout.xaxis.range == figure.layout.xaxis.range
