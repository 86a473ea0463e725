"""Where groups are writers every exhibit speaks of writers: two runs are read from end to end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from substrate.analyses.spec import obtain
from substrate.claims.ledger import ledger
from substrate.claims.preregistered import register
from substrate.exhibits.defaults import sections
from substrate.exhibits.exhibit import Exhibit
from substrate.figures.theme import LIGHT
from substrate.runs import Run, open_run, runs_directory
from substrate.wording import Nouns, samples_of
from tests.exhibits.test_few_photographs import said
from tests.support.training_store import training_run

#: Shipped results say of their own photographs what they rest on, the register of claims what is
#: published of photographs, and metrics what they are.
OF_PHOTOGRAPHS = {"experiments", "claims"}
GENERAL = {"metrics-definitions", "subspace-published"}
WRITERS = Nouns("image", "writer")


def traced(value: Any) -> Iterator[str]:
    """Yield the names and the texts of a trace."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from traced(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from traced(inner)
    else:
        yield str(value)


@pytest.fixture(scope="module", params=[(60, 20), (48, 8)], ids=["20 writers", "8 writers"])
def run(request, tmp_path_factory) -> Run:
    """Return a run on images of so many writers."""
    n, groups = request.param
    run = training_run(
        tmp_path_factory.mktemp("writers"), n=n, groups=groups, few=min(groups, 12), untrained=5
    )
    path = runs_directory(run.store) / f"{run.run_id}.json"
    record = json.loads(path.read_text())
    record.pop("seal", None)  # it is altered on purpose
    record["study"] |= {"permutations": 20, "components": 4}
    record["domains"] = [
        {
            **d,
            "sampled_as": "image",
            "grouped_by": "writer",
            "caption": samples_of(d["n"], d["photographs"], WRITERS),
        }
        for d in record["domains"]
    ]
    path.write_text(json.dumps(record))
    return open_run(run.store, run.run_id)


@pytest.fixture(scope="module")
def exhibits(run) -> list[Exhibit]:
    """Return every exhibit of the run."""
    made = sections(run, LIGHT, every=True)
    return [e for section in made if section.key not in OF_PHOTOGRAPHS for e in section.items]


def test_no_exhibit_of_writers_speaks_of_photographs_or_tiles(exhibits):
    assert len(exhibits) > 60
    found = {
        f"{exhibit.key}: {text}"
        for exhibit in exhibits
        if exhibit.key not in GENERAL
        for text in (*said(exhibit), *traced(dict(exhibit.trace)))
        if re.search(r"photograph|\btiles?\b", text, re.IGNORECASE)
    }
    assert not found, "\n".join(sorted(found))


def test_exhibits_of_writers_say_writers(exhibits):
    saying = [e for e in exhibits if any("writer" in text for text in said(e))]
    assert len(saying) > 30


def test_the_ledger_rests_on_writers_and_says_for_want_of_what(run):
    def ask(question):
        try:
            return obtain(question[0], run, question[1])
        except ValueError as error:
            return str(error)

    rows = [row for row in ledger(run, register(), ask, more=lambda _: None).rows if not row.stored]
    own = " ".join(f"{row.counted} {row.reason}" for row in rows)
    assert len(rows) > 40 and "writers" in own
    assert not re.search(r"photograph|\btiles?\b", own.replace("tiles held out", ""))
