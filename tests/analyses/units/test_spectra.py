"""Mean activation spectra of a real run: sorted, with bounds, twins, and by depth."""

from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.spec import AnalysisError, obtain
from substrate.analyses.units.spectra import SPECTRA, SpectraParams, spectra_params
from substrate.encoder_ref import EncoderRef
from substrate.exhibits.units import spectra
from substrate.figures.theme import DARK, LIGHT
from substrate.numerics.units.activation import spectrum_distance


@pytest.fixture(scope="module")
def found(real_run):
    first = next(iter(real_run.encoders))
    layer = real_run.encoders[first].layers[1].name
    return obtain(SPECTRA, real_run, spectra_params(real_run, first, layer, "face"))


def test_units_are_sorted_by_their_mean_over_images(real_run, found):
    for one in found.spectra:
        x = real_run.representation(one.encoder, "face", one.layer).features.astype(float)
        np.testing.assert_allclose(one.means, x.mean(axis=0)[one.units])
        assert (np.diff(one.means) <= 0).all() and (one.low <= one.means).all()
        twin = EncoderRef(one.encoder, twin=0)
        y = real_run.representation(twin, "face", one.layer).features.astype(float).mean(axis=0)
        np.testing.assert_allclose(one.twins[0], np.sort(y / np.abs(y).mean())[::-1])


def test_distances_between_encoders_and_to_twins(found):
    a, b = found.spectra[0], found.spectra[1]
    assert found.distances[0, 1] == pytest.approx(spectrum_distance(a.means, b.means))
    upper = found.distances[np.triu_indices(len(found.spectra), 1)]
    assert found.between.value == pytest.approx(upper.mean())
    own = [spectrum_distance(one.means, one.twins[0]) for one in found.spectra]
    assert found.from_twins[0] == pytest.approx(np.mean(own))
    gap = found.from_twins.mean() - found.between.value
    assert found.nearer_than_twins.value == pytest.approx(gap)
    assert found.nearer_than_twins.low is None and "2 draws" in found.nearer_than_twins.reason
    assert found.between.low < found.between.value < found.between.high


def test_layers_are_of_one_depth(real_run):
    first = real_run.panel[0]
    record = real_run.encoders[first]
    params = spectra_params(real_run, first, record.layers[-1].name, "face")
    assert params.encoders[0] == first and params.layers[0] == record.layers[-1].name
    for name, layer in list(zip(params.encoders, params.layers, strict=True))[1:]:
        depth = {one.name: one.depth for one in real_run.encoders[name].layers}
        assert abs(depth[layer] - record.layers[-1].depth) == min(
            abs(d - record.layers[-1].depth) for d in depth.values()
        )
    with pytest.raises(AnalysisError, match="Spectra of two encoders at least"):
        SPECTRA.compute(real_run, SpectraParams((first,), ("penultimate",), "face"))


def test_the_chart_draws_every_encoder_with_its_band_and_its_twin(real_run, found):
    for theme in (LIGHT, DARK):
        shown = spectra.spectra(found, real_run, theme)
        lines = [t for t in shown.figure.data if t.mode == "lines" and t.x[0] is not None]
        assert len(lines) == 2 * len(found.spectra)
        np.testing.assert_allclose(lines[0].y, found.spectra[0].means / found.spectra[0].scale)
        bands = [t for t in shown.figure.data if t.fill == "toself"]
        assert len(bands) == len(found.spectra)
    eight = [found.spectra[i % len(found.spectra)] for i in range(8)]
    many = spectra.spectra(replace(found, spectra=tuple(eight)), real_run, LIGHT).figure
    assert sum(t.fill == "toself" for t in many.data) == 1
    lines = [
        t for t in many.data if t.mode == "lines" and t.x[0] is not None and t.showlegend is None
    ]
    assert [line.opacity for line in lines] == [1, *[0.45] * 7]
    assert f"differ by {found.between.value:.2f}" in shown.sentence
    assert len(shown.table) == sum(len(one.means) for one in found.spectra)
