"""Recipes: everything that determines a training, validated, with unknown keys refused."""

import difflib
import hashlib
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from substrate.inputs.untrusted import UntrustedError, printable, read_yaml
from substrate.zoo.errors import ZooInputError

RECIPES = Path(__file__).parent / "recipes"
_LABELS = ("name", "title", "preset", "control_of", "differs_in")


class _Strict(BaseModel):
    """Refuses unknown keys and is never changed after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Architecture(_Strict):
    """Which network: a kind of `substrate.encoders.networks.architectures` and its arguments."""

    kind: str
    kwargs: dict[str, Any] = Field(default_factory=dict)


class ObjectiveConfig(_Strict):
    """What the network is trained to do, and the arguments of that objective."""

    name: Literal["supervised", "simclr", "dino", "mae", "autoencoder", "vae", "rotation"]
    kwargs: dict[str, Any] = Field(default_factory=dict)


class Augmentation(_Strict):
    """Which transforms; `chunk` images share one draw of the parameters."""

    name: Literal["none", "crop_flip", "strong"] = "crop_flip"
    chunk: int = Field(default=8, ge=1)


class Optimiser(_Strict):
    """An optimiser of timm by name; `momentum` counts for SGD only."""

    name: str = "sgd"
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(default=5e-4, ge=0)
    momentum: float = Field(default=0.9, ge=0, lt=1)


class Schedule(_Strict):
    """Linear warm-up over a share of the steps, then a cosine down to a share of the peak."""

    warmup: float = Field(default=0.2, ge=0, lt=1)
    final: float = Field(default=0.0, ge=0, le=1)


class Recipe(_Strict):
    """One training, complete: the same recipe, data and machine give the same weights.

    `preset` is the set of encoders it belongs to. A control names the recipe that it is to be
    compared with and all that it differs in (dotted keys), so that the panel can be audited.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_]*$")
    title: str = ""
    architecture: Architecture
    objective: ObjectiveConfig = ObjectiveConfig(name="supervised")
    labels: str = "true"
    images: int | None = Field(default=None, ge=1)
    augmentation: Augmentation = Augmentation()
    optimiser: Optimiser
    schedule: Schedule = Schedule()
    epochs: int = Field(ge=1)
    batch: int = Field(default=128, ge=2)
    seed: int = Field(default=0, ge=0)
    trajectory: bool = False
    preset: Literal["panel", "weights", "units"] = "panel"
    control_of: str | None = None
    differs_in: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _labels_are_known(self) -> "Recipe":
        """Refuse a label variant that is none of the three."""
        if not re.fullmatch(r"true|random:\d+|classes:\d(,\d)*", self.labels):
            raise ValueError(
                f"labels is {self.labels!r}; write true, random:SEED or classes:0,1,2 (numbers)"
            )
        return self

    @property
    def classes(self) -> tuple[int, ...]:
        """The CIFAR-10 classes in use, in the order of the network's outputs."""
        if self.labels.startswith("classes:"):
            return tuple(int(c) for c in self.labels.removeprefix("classes:").split(","))
        return tuple(range(10))

    @property
    def label_seed(self) -> int | None:
        """The seed of random labels; None where the labels are true."""
        kind, _, seed = self.labels.partition(":")
        return int(seed) if kind == "random" else None

    @property
    def model_kwargs(self) -> dict[str, Any]:
        """The keyword arguments of `architectures.build`, without the seed."""
        outputs = len(self.classes) if self.objective.name == "supervised" else 0
        return {"num_classes": outputs, **self.architecture.kwargs}

    @property
    def digest(self) -> str:
        """The SHA-256 of what determines the training: all but what it is called and kept for."""
        content = self.model_dump_json(exclude=set(_LABELS))
        return hashlib.sha256(content.encode()).hexdigest()


def parse_recipe(content: object, origin: str) -> Recipe:
    """Validate the content of a recipe or of a card (whose recipe is under `recipe`)."""
    if isinstance(content, dict) and isinstance(content.get("recipe"), dict):
        content = content["recipe"]
    if not isinstance(content, dict):
        raise ZooInputError(
            f"{origin} is not a recipe: expected a mapping with name, architecture, ..."
        )
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        raise ZooInputError(f"{origin}: {_first_problem(error)}") from None


def load_recipe(path: Path) -> Recipe:
    """Read a recipe or card from a YAML file: plain data of bounded size, without aliases."""
    if not path.exists():
        raise ZooInputError(
            f"There is no recipe {printable(path)}. Those of the panel lie in {RECIPES}."
        )
    try:
        content = read_yaml(path)
    except UntrustedError as error:
        raise ZooInputError(f"The recipe cannot be read: {error}") from None
    return parse_recipe(content, printable(path))


def panel_recipes(folder: Path = RECIPES) -> list[Recipe]:
    """Return the recipes of the bundled panel in the order in which they are worth training."""
    return [load_recipe(p) for p in sorted(folder.rglob("*.yaml"), key=lambda p: p.name)]


def _first_problem(error: ValidationError) -> str:
    """Say in one sentence what is wrong, with the nearest known key for an unknown one."""
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"])
    if problem["type"] != "extra_forbidden":
        message = problem["msg"].removeprefix("Value error, ")
        return f"{where}: {message}" if where else message
    keys = _known_keys([str(part) for part in problem["loc"][:-1]])
    near = difflib.get_close_matches(str(problem["loc"][-1]), keys, n=1, cutoff=0.0)
    return f"unknown key {where!r}; the nearest known one is {near[0]!r}."


def _known_keys(location: list[str]) -> list[str]:
    """Return the keys that the part of the recipe at `location` may have."""
    model: type[BaseModel] = Recipe
    for part in location:
        annotation = model.model_fields[part].annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            model = annotation
    return list(model.model_fields)
