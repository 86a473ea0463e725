"""Below ten photographs nothing speaks of chance: every exhibit of a run of eight is read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from substrate.exhibits.defaults import sections
from substrate.exhibits.exhibit import Exhibit
from substrate.figures.theme import LIGHT
from substrate.runs import open_run, runs_directory
from tests.support.training_store import training_run

#: Words of a comparison with chance.
CHANCE = re.compile(
    r"chance|\bp-value|\bp = |\bnull\b|95 % (level|of)|beyond|significan|shuffl|Encoders shuffled"
    r"|where guessing|by guessing|replicate|comes \w+ of \d"
)
#: What may be said all the same: why there is none, and the null that keeps photographs together.
ALLOWED = re.compile(
    r"No (interval and no )?comparison with chance: [^.]*needed\.?"
    r"|[^.;:]*too few for [^.]*comparison with chance[^.]*\."
    r"|nothing is compared with chance"
    r"|[Nn]o p-value: [^.]*needed\.?"
    r"|[Tt]iles (are )?shuffled inside each( photograph| of them)"
    r"|permutations of tiles within photographs"
    r"|too few photographs to say that dots exceed them"
    r"|\d+ shuffles"
)
#: Shipped results say of their own photographs what they rest on.
SHIPPED = {"experiments", "claims"}


@pytest.fixture(scope="module")
def exhibits(tmp_path_factory) -> list[Exhibit]:
    run = training_run(tmp_path_factory.mktemp("few"), n=48, groups=8, few=8, untrained=2)
    path = runs_directory(run.store) / f"{run.run_id}.json"
    record = json.loads(path.read_text())
    record.pop("seal", None)  # it is altered on purpose
    record["study"] |= {"permutations": 20, "components": 4}
    path.write_text(json.dumps(record))
    made = sections(open_run(run.store, run.run_id), LIGHT, every=True)
    return [exhibit for section in made if section.key not in SHIPPED for exhibit in section.items]


def texts(value: Any) -> Iterator[str]:
    """Yield every text inside a figure's description, addresses of pictures left out."""
    if isinstance(value, str):
        if not value.startswith("data:"):
            yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("template", "bdata"):
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def said(exhibit: Exhibit) -> Iterator[str]:
    """Yield all that is read of an exhibit: words, legends, hovers, columns and cells."""
    yield from (exhibit.title, exhibit.sentence, exhibit.context, exhibit.read)
    if exhibit.figure is not None:
        yield from texts(json.loads(exhibit.figure.to_json()))
    for table in (exhibit.table, exhibit.shown):
        if table is not None:
            yield from map(str, table.columns)
            yield from (cell for name in table for cell in table[name] if isinstance(cell, str))


def test_no_exhibit_of_eight_photographs_speaks_of_chance(exhibits):
    assert len(exhibits) > 60
    assert {exhibit.key.split("-")[0] for exhibit in exhibits} >= {
        "subspace",
        "directions",
        "layers",
        "training",
        "transfer",
        "metrics",
    }
    found = set()
    for exhibit in exhibits:
        # What metrics are, and what weights hold, whatever the samples.
        if exhibit.key == "metrics-definitions" or exhibit.key.startswith("weights-"):
            continue
        for text in said(exhibit):
            rest = ALLOWED.sub("", re.sub(r"\s*<br>\s*", " ", text).replace("\u00a0", " "))
            if CHANCE.search(rest):
                found.add(f"{exhibit.key}: {text}")
    assert not found, "\n".join(sorted(found))


def test_every_exhibit_of_eight_photographs_has_its_figure_or_a_reason(exhibits):
    for exhibit in exhibits:
        assert exhibit.sentence
        assert exhibit.figure is not None or exhibit.shown is not None or "." in exhibit.sentence


def test_no_table_of_eight_photographs_holds_a_verdict_about_chance(exhibits):
    of_samples = [e for e in exhibits if not e.key.startswith("weights-")]
    tables = [(e.key, e.table) for e in of_samples if isinstance(e.table, pd.DataFrame)]
    assert len(tables) > 60
    for key, table in tables:
        for column in table.columns:
            if column in ("p", "p, all pairs", "tau", "95 % level") or "chance" in str(column):
                assert table[column].isna().all(), (key, column)
