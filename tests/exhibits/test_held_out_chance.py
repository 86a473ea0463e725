"""What speaks of shuffled samples rests on ten held-out photographs, not on ten in all."""

import pytest

from substrate.analyses.claims.sharing import SharingClaimsParams, compute_sharing_claims
from substrate.analyses.shared.halves import halves_of
from substrate.analyses.sharedness.leave_encoder_out import (
    SharednessParams,
    compute_sharedness,
)
from substrate.analyses.sharedness.tables import direction_table
from substrate.exhibits.sharedness.words import bands, headline
from substrate.figures.sharedness.by_domain import by_domain
from substrate.figures.sharedness.spectrum import spectrum
from substrate.figures.theme import LIGHT
from substrate.numerics.nulls import no_chance
from tests.support.planted import planted_run


@pytest.mark.parametrize("groups", [8, 10, 14, 19, 20])
def test_chance_is_spoken_of_where_ten_photographs_are_held_out(groups, tmp_path):
    run = planted_run(tmp_path, n=4 * groups, groups=groups, untrained=0)
    found = compute_sharedness(run, SharednessParams(run.panel, "rich", components=6))
    held_out = halves_of(run, "rich", 0).test_groups
    assert found.no_chance == no_chance(held_out, "held-out photographs")
    enough = groups == 20
    assert bool(found.no_chance) is not enough
    inside = "inside each photograph"
    said = headline(found, None)
    assert (inside in said) is not enough
    assert ("comparison with chance" in said) is not enough
    assert ("more than shuffling gives" in bands(found)) is enough
    names = [
        trace.name or ""
        for figure in (
            spectrum(found, None, LIGHT, titles={}),
            by_domain([found], [None], LIGHT),
        )
        for trace in figure.data
    ]
    assert any("inside each photograph" in name for name in names) is not enough
    assert any("shuffled between encoders" in name for name in names) is enough
    columns = " ".join(direction_table(found, None).columns)
    assert ("inside each photograph" in columns) is not enough
    # What does not rest on shuffling stays: ten photographs in all give an interval.
    assert (found.summary.low is None) is (groups < 10)
    claims = compute_sharing_claims(run, SharingClaimsParams(run.panel, ("rich",), (), "z-score"))
    assert (claims.named()["shuffled"] != claims.named()["shuffled"]) is not enough
    assert ("shuffled" in claims.missing) is not enough
    assert claims.missing["untrained"].startswith("This study has no untrained twins")
