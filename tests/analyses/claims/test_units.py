"""Units of two seeds in the ledger: planted pairs, nothing shared, and what has not been read."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from substrate.analyses.claims import units as claims
from substrate.analyses.claims.questions import QUESTIONS, MissingError
from substrate.analyses.claims.units import KINDS, compute_units_claims
from substrate.analyses.spec import AnalysisError
from substrate.analyses.units.copies import alike, first_copies, layers_with_positions, pairs
from substrate.claims.ledger import ledger
from substrate.claims.measures import MEASURES
from substrate.claims.preregistered import register
from substrate.claims.verdict import OPPOSITE_HERE, SAME_HERE, UNTESTED
from substrate.numerics.units.matching import haar
from tests.numerics.units.planted import blocks_of, maps
from tests.support.planted import planted_run

WIDTH, DRAWS = 8, 5
ROWS = ("units_matched", "units_special", "units_fall", "units_few", "units_subspace")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Two encoders of one recipe and one that is another, in a store without passes."""
    made = planted_run(
        tmp_path_factory.mktemp("units-claims"),
        n=40,
        groups=40,
        untrained=DRAWS,
        encoders={"alpha": WIDTH, "omega": WIDTH, "gamma": WIDTH + 1},
        domains=("rich",),
    )
    for record in made.record["encoders"][:2]:
        record |= {"recipe": "one", "family": "vgg", "paradigm": "supervised"}
    return replace(made)


def passes(shared):
    """Stand in for stored passes: units shared in the first layer, a space in the last one."""

    def read(_run, place, one):
        last = place.first_layer == "logits"
        drawn = [hash_of(one), int(last)]
        rng = np.random.default_rng(drawn)
        nothing = one.shuffle >= 0 or one.first.twin is not None or not shared
        count = one.blocks or 20
        a, noise = maps(rng, 40, 9, WIDTH), maps(rng, 40, 9, WIDTH)
        if nothing:
            b = noise
        elif last:
            b = a @ haar(WIDTH, rng) + 0.3 * noise
        else:
            b = a[:, :, ::-1] + 0.2 * noise
        return SimpleNamespace(blocks=blocks_of(a, b, count))

    return read


def hash_of(one):
    return 7 + 11 * (one.first.twin or 0) + 101 * (one.shuffle + 1) + (one.first.twin is not None)


@pytest.fixture(scope="module", params=(True, False), ids=("shared", "nothing shared"))
def measured(run, request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claims, "read_place", passes(request.param))
        patch.setattr(claims, "is_read", lambda *_: True)
        ((analysis, params),) = QUESTIONS["units"](run)
        found = analysis.compute(run, params)
    filled = ledger(run, register(), lambda q: found if q[0].key == "claims.units" else None)
    return request.param, found, {row.claim.key: row for row in filled.rows}


def test_planted_units_and_spaces_are_found_and_else_nothing(measured):
    shared, found, rows = measured
    q = found.named()
    if not shared:
        for key in ROWS:
            assert rows[key].verdict not in (SAME_HERE, OPPOSITE_HERE), key
        return
    assert list(q) == list(KINDS) and np.isfinite(list(q.values())).all()
    assert q["matched"] > 0.95 and q["few"] > 0.9 and q["matched last"] < 0.7 < q["subspace"]
    assert abs(q["matched untrained"]) < 0.5 and abs(q["subspace shuffled"]) < 0.3
    assert found.have == {"copies": 1, "encoders": 2, "draws": DRAWS}
    assert found.settings == ("Alpha and Omega",) and len(found.left_out) == 3
    assert [len(one) for one in found.left_out] == [20, 5, 10]
    for key in ROWS:
        assert rows[key].verdict == SAME_HERE, (key, rows[key].reason)
    lead = found.estimate(lambda q: MEASURES["units_special"](q).lead("no lead"))
    assert lead.low > 0 and lead.value == pytest.approx(q["matched"] - q["matched turned"])


def test_each_sample_moves_its_own_quantities_alone(measured):
    _, found, _ = measured
    moved = [
        {KINDS[k] for k in np.flatnonzero(np.ptp(one[:, 0], axis=0) > 0)} for one in found.left_out
    ]
    assert moved[:2] == [
        {"matched", "matched turned", "matched last", "subspace", "spectra"},
        {"few", "few turned"},
    ]
    assert moved[2] <= {"clusters"}
    drawn = np.ptp(found.draws[:, 0], axis=0) > 0
    assert {KINDS[k] for k in np.flatnonzero(drawn)} == {k for k in KINDS if "untrained" in k} - (
        {"clusters untrained"} if np.isnan(found.named()["clusters untrained"]) else set()
    )
    np.testing.assert_allclose(
        found.draws[:, 0, KINDS.index("matched untrained")].mean(),
        found.named()["matched untrained"],
    )


def test_what_has_not_been_read_names_the_command(run):
    ((_, params),) = QUESTIONS["units"](run)
    with pytest.raises(AnalysisError, match="Units of Alpha and Omega have not .* units --copies"):
        compute_units_claims(run, params)
    filled = ledger(run, register(), lambda q: "not read" if q[0].key == "claims.units" else None)
    row = next(row for row in filled.rows if row.claim.key == "units_matched")
    assert (row.verdict, row.reason) == (UNTESTED, "not read")


def test_copies_have_one_recipe_and_shape(run, tmp_path):
    assert alike(run, "alpha") == ("alpha", "omega") and alike(run, "gamma") == ("gamma",)
    assert first_copies(run) == [("alpha", "omega")]
    assert pairs(["a", "b", "c"]) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert layers_with_positions(run.encoders["alpha"])[0] == "block.0"
    other = replace(run)
    other.__dict__["encoders"] = {
        name: replace(one, parameters=hash(name)) for name, one in run.encoders.items()
    }
    with pytest.raises(MissingError, match="two encoders of one recipe and shape"):
        QUESTIONS["units"](other)
