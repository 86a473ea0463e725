"""The claims as they were fixed beforehand: data/claims.yaml, checked, with its digest."""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from substrate.claims.verdict import Kind, tolerance

PATH = Path(__file__).parents[2] / "data" / "claims.yaml"


class ClaimsError(ValueError):
    """Claims that cannot be read or do not follow their own rules; the message says where."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Source(_Strict):
    """A work whose figures are claimed."""

    short: str
    full: str
    link: str


class Claim(_Strict):
    """One row: what was published, what is measured instead, and what would count for it.

    ``sign`` is the expected side of the controls, ``published`` the figure (None where only a
    direction or a bound was published), ``control`` the work's own control, ``margin`` the
    tolerance that follows from them (of logarithms for ratios). ``difference`` marks accuracies
    that are differences of two, written in points.
    """

    key: str = Field(pattern=r"^[a-z0-9_]+$")
    name: str = Field(max_length=32)
    theme: str
    source: str
    where: str
    says: str
    stated: str
    estimand: str
    kind: Kind
    difference: bool = False
    sign: Literal[-1, 1]
    published: float | None = None
    control: float | None = None
    margin: float | None = Field(default=None, gt=0)
    unit: Literal["photographs", "encoders", "seeds"]
    protocol: Literal["paper", "analogue"]
    controls: tuple[str, ...] = Field(min_length=1)
    counts: str
    page: str
    address: dict[str, str]

    @model_validator(mode="after")
    def _margin_follows_the_rule(self) -> Claim:
        expected = tolerance(self.kind, self.published, self.control)
        given = self.margin
        if (expected is None) != (given is None):
            raise ValueError("a margin belongs to a published figure and to nothing else")
        if expected is not None and given is not None and not math.isclose(expected, given):
            raise ValueError(f"the margin is {given}, and the rule gives {expected:.6g}")
        return self


class Unmeasured(_Strict):
    """A published figure that this program does not measure, and why."""

    says: str
    why: str


class _File(_Strict):
    format: Literal[1] = Field(alias="schema")
    sources: dict[str, Source]
    claims: tuple[Claim, ...]
    unmeasured: tuple[Unmeasured, ...] = ()

    @model_validator(mode="after")
    def _distinct(self) -> _File:
        keys = [claim.key for claim in self.claims]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise ValueError(f"the key {twice[0]!r} is used twice")
        if lost := sorted({c.source for c in self.claims} - set(self.sources)):
            raise ValueError(f"the source {lost[0]!r} is not described")
        return self


class Register(_Strict):
    """All claims in the file's order, and the SHA-256 of the file."""

    digest: str
    sources: dict[str, Source]
    claims: tuple[Claim, ...]
    unmeasured: tuple[Unmeasured, ...]


def read_register(path: Path = PATH) -> Register:
    """Read and check the file of claims.

    Raises
    ------
    ClaimsError
        If it cannot be read or breaks one of its own rules.
    """
    try:
        content = path.read_bytes()
        file = _File.model_validate(yaml.safe_load(content.decode("utf-8")))
    except OSError as error:
        raise ClaimsError(f"{path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ClaimsError(f"{path} is not valid YAML in UTF-8.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the top"
        raise ClaimsError(f"{path.name}, at {where}: {first['msg']}.") from error
    return Register(
        digest=hashlib.sha256(content).hexdigest(),
        sources=file.sources, claims=file.claims, unmeasured=file.unmeasured,
    )  # fmt: skip


@lru_cache(maxsize=1)
def register() -> Register:
    """Return the claims of this program."""
    return read_register()
