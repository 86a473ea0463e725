"""The results of an experiment as a file: its schema, how it is checked, and where it lies."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

from platformdirs import user_data_path
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
)

from substrate.analyses.spec import AnalysisError
from substrate.numerics.estimates import Estimate, Null
from substrate.shipped import INSTALLED, shipped
from substrate.store import digest

SHIPPED = shipped("data", "results")
SCHEMA = 1
VARIABLE = "SUBSTRATE_RESULTS"


def own_folder() -> Path:
    """Return where results of one's own lie: ``SUBSTRATE_RESULTS``, else the user's data directory.

    What the Experiments page starts is written there, beside the shipped results.
    """
    chosen = os.environ.get(VARIABLE)
    return Path(chosen).expanduser() if chosen else user_data_path("substrate") / "results"


def results_folder() -> Path:
    """Return where the command writes results: data/results in a checkout, which are shipped.

    An installed package and ``SUBSTRATE_RESULTS`` have them in `own_folder` instead.
    """
    return own_folder() if INSTALLED or os.environ.get(VARIABLE) else SHIPPED


def results_file(name: str) -> Path:
    """Return where an experiment's results are read: the own ones, else those that are shipped.

    With ``SUBSTRATE_RESULTS`` set only those in that folder count.
    """
    own = own_folder() / f"{name}.json"
    return own if own.is_file() or os.environ.get(VARIABLE) else SHIPPED / own.name


def both_are_there(name: str) -> bool:
    """Say whether an experiment has results of one's own beside the shipped ones."""
    if os.environ.get(VARIABLE):
        return False
    return all((folder / f"{name}.json").is_file() for folder in (own_folder(), SHIPPED))


class Strict(BaseModel):
    """Refuses unknown keys, NaN and infinity, and is never changed after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Flat(Strict):
    """An estimate as it lies in a file: its interval or the reason, and its null, side by side."""

    value: float | None
    low: float | None
    high: float | None
    reason: str
    null_mean: float | None = None
    null_high: float | None = None
    p: float | None = None


def _from_file(value: Any) -> Estimate:
    if isinstance(value, Estimate):
        return value
    flat = _Flat.model_validate(value)
    null = None
    if flat.null_mean is not None:
        null = Null(mean=flat.null_mean, level=flat.null_high, p=flat.p)
    return Estimate(flat.value, low=flat.low, high=flat.high, reason=flat.reason, null=null)


def _to_file(estimate: Estimate) -> dict[str, float | str | None]:
    e, null = estimate, estimate.null
    flat = {"value": e.value, "low": e.low, "high": e.high, "reason": e.reason}
    if null is None:
        return flat
    return flat | {"null_mean": null.mean, "null_high": null.level, "p": null.p}


#: An estimate in a file. The files do not say what was resampled: their repeats do.
FiledEstimate = Annotated[Estimate, PlainValidator(_from_file), PlainSerializer(_to_file)]


class Card(Strict):
    """What an experiment asks, how, against what, and what it cannot say."""

    title: str
    question: str
    protocol: str
    null: str
    limits: tuple[str, ...]


RepeatT = TypeVar("RepeatT", bound=Strict)


class ExperimentFile(Strict, Generic[RepeatT]):
    """One experiment: everything that it rests on, and every repeat as it was measured.

    ``inputs`` is the digest of configuration, data and encoders, ``checksum`` that of all else in
    the file, so that an edit or a damaged byte is noticed. ``wall_s`` adds up the repeats.
    """

    format: Literal[1] = Field(default=1, alias="schema")
    experiment: str
    status: Literal["complete", "partial"]
    command: str
    card: Card
    configuration: dict[str, Any]
    seeds: tuple[int, ...]
    data: dict[str, str]
    encoders: dict[str, str]
    inputs: str
    versions: dict[str, str]
    device: str
    wall_s: float = Field(ge=0)
    repeats: tuple[RepeatT, ...] = Field(min_length=1)
    checksum: str = ""


def inputs_digest(
    configuration: dict[str, Any], data: dict[str, str], encoders: dict[str, str]
) -> str:
    """Return the digest of what determines an experiment's numbers."""
    return digest({"configuration": configuration, "data": data, "encoders": encoders})


def encode(file: ExperimentFile[Any]) -> str:
    """Return the file's text, with its checksum."""
    body = file.model_dump(mode="json", by_alias=True, exclude={"checksum"})
    return json.dumps({**body, "checksum": digest(body)}, indent=1, ensure_ascii=False) + "\n"


def read_file(path: Path, kind: type[ExperimentFile[Any]], name: str) -> Any | None:
    """Read and check an experiment's file; None where there is none.

    Raises
    ------
    AnalysisError
        If the file is damaged, of another experiment or of another form; the message names it and
        the command that makes it again.
    """
    again = f"Make it again with `python -m substrate experiment {name}`."
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise AnalysisError(f"{path.name} is damaged: it is no JSON. {again}") from error
    if not isinstance(body, dict) or body.get("experiment") != name:
        raise AnalysisError(f"{path.name} does not hold the experiment {name!r}. {again}")
    if body.get("schema") != SCHEMA:
        raise AnalysisError(
            f"{path.name} has the form {body.get('schema')!r}, this version reads {SCHEMA}. {again}"
        )
    try:
        file = kind.model_validate(body)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise AnalysisError(f"{path.name} is damaged at {where or 'its top'}. {again}") from error
    body.pop("checksum", None)
    if file.checksum != digest(body):
        raise AnalysisError(f"{path.name} does not match its own checksum. {again}")
    return file
