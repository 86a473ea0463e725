"""The planted run whose exhibits are recorded, and these exhibits, made once."""

import pytest

from substrate.exhibits.exhibit import Section
from substrate.runs import Run
from tests.support.recorded import recorded_run, recorded_sections


@pytest.fixture(scope="session")
def recorded(tmp_path_factory) -> tuple[Run, dict[str, Section]]:
    run = recorded_run(tmp_path_factory.mktemp("recorded"))
    results = tmp_path_factory.mktemp("planted") / "results"
    return run, {section.key: section for section in recorded_sections(run, results)}
