"""A study that was run before: found by what it says, and put back into the form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from substrate import catalogue
from substrate.gallery.shown import is_shipped
from substrate.runs import Run
from substrate.study import StudyConfig
from substrate.ui.selection import Selection

#: What a study says that changes nothing of what is computed by default.
NOT_COMPARED = ("name", "trajectories")
#: The settings that the form holds.
SETTINGS = (
    "samples",
    "tile",
    "untrained",
    "permutations",
    "components",
    "seed",
    "layers",
    "pooling",
)


def same_run(study: StudyConfig, runs: Sequence[Run]) -> Run | None:
    """Return the finished run of one's own that was made of the same study, if there is one."""
    wanted = _compared(study.model_dump(mode="json", exclude_none=True))
    return next(
        (
            run
            for run in runs
            if run.record.get("status") == "done"
            and not is_shipped(run)
            and _compared(run.study) == wanted
        ),
        None,
    )


def _compared(study: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a study counts; the order of its encoders and domains does not."""
    kept = {name: value for name, value in study.items() if name not in NOT_COMPARED}
    for kind in ("encoders", "domains"):
        kept[kind] = sorted(kept[kind], key=lambda item: str(item["name"]))
    return kept


def duplicate(selection: Selection, run: Run) -> None:
    """Fill the form with a run's study, under a name of its own; draw the page again."""
    bundled = {info.name for info in catalogue.encoders()}
    packaged = {info.name for info in catalogue.domains()}
    encoders, own_encoders = _divided(run.study["encoders"], "bundled", bundled)
    domains, own_domains = _divided(run.study["domains"], "packaged", packaged)
    own = {"encoders": own_encoders, "domains": own_domains}
    any_own = any(own.values())
    changes = {
        "study.name": f"{str(run.study['name'])[:72]} (copy)",
        "study.encoders": encoders,
        "study.domains": domains,
        "study.own": json.dumps(own, separators=(",", ":")) if any_own else "",
        "study.job": "",
    }
    settings = {f"study.{name}": run.study[name] for name in SETTINGS if name in run.study}
    selection.put(changes | settings, again=True)


def _divided(
    items: Sequence[Mapping[str, Any]], source: str, names: set[str]
) -> tuple[list[str], list[dict[str, Any]]]:
    """Divide what a study lists into what the form offers by name, and what is the viewer's own."""
    plain = [item for item in items if item["name"] in names and set(item) <= {"source", "name"}]
    rest = [dict(item) for item in items if item not in plain]
    return [str(item["name"]) for item in plain], rest
