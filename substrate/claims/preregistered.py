"""The claims as they were fixed beforehand: data/claims.yaml, checked, with its digest."""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from substrate.claims.protocol import Protocol
from substrate.claims.verdict import EQUAL, Form, Kind, tolerance
from substrate.shipped import shipped, shipped_yaml
from substrate.wording import figures_written

PATH = shipped("data", "claims.yaml")
#: A text of the file, whose figures are written as everywhere else.
Words = Annotated[str, AfterValidator(figures_written)]


class ClaimsError(ValueError):
    """Claims that cannot be read or do not follow their own rules; the message says where."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ClaimSource(_Strict):
    """A work whose figures are claimed."""

    short: str
    full: str
    link: str


class Needs(_Strict):
    """What a study must bring before a claim is tested at all; 0 asks for nothing.

    ``discriminative`` and ``reconstructive`` count encoders of the kinds, ``encoders`` all of the
    panel, ``halved`` domains that fall into halves of ten photographs, ``draws`` seeds of untrained
    twins that every encoder has, ``samples`` images of the smallest domain, ``labelled`` domains
    with classes to learn, ``copies`` pairs of encoders of one recipe and shape.
    """

    domains: int = Field(default=0, ge=0)
    halved: int = Field(default=0, ge=0)
    encoders: int = Field(default=0, ge=0)
    discriminative: int = Field(default=0, ge=0)
    reconstructive: int = Field(default=0, ge=0)
    samples: int = Field(default=0, ge=0)
    labelled: int = Field(default=0, ge=0)
    draws: int = Field(default=0, ge=0)
    copies: int = Field(default=0, ge=0)


class Claim(_Strict):
    """One row: what was published, what is measured instead, and what would count for it.

    ``form`` is the expected side of the controls, ``published`` the figure (None where only a
    direction or a bound was published), ``control`` the work's own control, ``tolerance`` what
    follows from them (of logarithms for ratios). ``controls`` are what the figure is tested
    against, each with the name of the contrast that this is: one name, one test, in however many
    rows it stands; the hardest gives the verdict. ``rests_on`` names the one without which the
    others decide nothing, ``given`` the row without whose agreement this one supports nothing.
    ``apart`` is tested and said like them, and has no part in the verdict;
    ``beside`` is shown and not tested. ``derived`` names the row of which this one
    is another form, ``again`` the row whose published figure is measured here in another way:
    neither is counted once more. ``needs`` is what a study must bring, ``paper`` what
    the publication had: a study with less is an analogue. ``difference`` marks accuracies that
    are differences of two, written in points.
    """

    key: str = Field(pattern=r"^[a-z0-9_]+$")
    name: str = Field(max_length=32)
    theme: str
    source: str
    where: str
    says: Words
    stated: Words
    estimand: Words
    kind: Kind
    difference: bool = False
    form: Form
    published: float | None = None
    control: float | None = None
    tolerance: float | None = Field(default=None, gt=0)
    unit: Literal["photographs", "encoders", "seeds"]
    needs: Needs
    paper: Protocol
    controls: dict[str, str] = Field(min_length=1)
    rests_on: str = ""
    given: str = ""
    apart: dict[str, str] = Field(default_factory=dict)
    beside: tuple[str, ...] = ()
    derived: str = ""
    again: str = ""
    counts: Words
    page: str
    address: dict[str, str]

    def __hash__(self) -> int:
        """Hash by key: the mappings have no hash, and no two claims of a register share a key."""
        return hash(self.key)

    @property
    def own(self) -> bool:
        """Say whether the row is counted: whether it says what no other row says."""
        return not (self.derived or self.again)

    @property
    def tested(self) -> dict[str, str]:
        """Return all controls that the figure is tested against, those that decide first."""
        return {**self.controls, **self.apart}

    @model_validator(mode="after")
    def _controls_are_told_apart(self) -> Claim:
        if self.rests_on and self.rests_on not in self.controls:
            raise ValueError(f"it rests on {self.rests_on!r}, which is none of its controls")
        if both := sorted(set(self.controls) & set(self.apart)):
            raise ValueError(f"{both[0]!r} cannot both decide and be said apart")
        return self

    @model_validator(mode="after")
    def _tolerance_follows_the_rule(self) -> Claim:
        expected = tolerance(self.kind, self.form, self.published, self.control)
        given = self.tolerance
        if (expected is None) != (given is None):
            raise ValueError("a tolerance belongs to a published figure and to no difference")
        if expected is not None and given is not None and not math.isclose(expected, given):
            raise ValueError(f"the tolerance is {given}, and the rule gives {expected:.6g}")
        if self.form == EQUAL and self.control is not None:
            raise ValueError("a claim of no difference has no published control")
        return self


class Unmeasured(_Strict):
    """A published figure that this program does not measure, and why."""

    says: Words
    why: Words


class _File(_Strict):
    format: Literal[2] = Field(alias="schema")
    sources: dict[str, ClaimSource]
    protocols: dict[str, Protocol]
    claims: tuple[Claim, ...]
    unmeasured: tuple[Unmeasured, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _protocols_by_name(cls, data: Any) -> Any:
        """Put the protocol in the place of its name."""
        if not isinstance(data, dict) or not isinstance(data.get("claims"), list):
            return data
        protocols = data.get("protocols")
        claims = []
        for claim in data["claims"]:
            name = claim.get("paper") if isinstance(claim, dict) else None
            if isinstance(name, str):
                if not isinstance(protocols, dict) or name not in protocols:
                    raise ValueError(f"the protocol {name!r} is not described")
                claim = {**claim, "paper": protocols[name]}
            claims.append(claim)
        return {**data, "claims": claims}

    @model_validator(mode="after")
    def _distinct(self) -> _File:
        keys = [claim.key for claim in self.claims]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise ValueError(f"the key {twice[0]!r} is used twice")
        if lost := sorted({c.source for c in self.claims} - set(self.sources)):
            raise ValueError(f"the source {lost[0]!r} is not described")
        by_key = {claim.key: claim for claim in self.claims}
        for claim in self.claims:
            if claim.derived:
                _check_derived(claim, by_key)
            if claim.again and claim.again not in by_key:
                raise ValueError(f"{claim.key} measures {claim.again!r} again, which is no row")
        return self


def _check_derived(claim: Claim, by_key: dict[str, Claim]) -> None:
    """Refuse a derived row that tests what the row it comes from does not."""
    parent = by_key.get(claim.derived)
    if parent is None or parent.derived:
        raise ValueError(f"{claim.key} is derived from {claim.derived!r}, which is no row itself")
    own = set(claim.tested.values()) - set(parent.tested.values())
    if own:
        raise ValueError(f"{claim.key} is marked as derived but tests {sorted(own)[0]!r} itself")


class Register(_Strict):
    """All claims in the file's order, and the SHA-256 of the file."""

    digest: str
    sources: dict[str, ClaimSource]
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
        file = _File.model_validate(shipped_yaml(content.decode("utf-8")))
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
        sources=file.sources,
        claims=file.claims,
        unmeasured=file.unmeasured,
    )


@lru_cache(maxsize=1)
def register() -> Register:
    """Return the claims of this program."""
    return read_register()
