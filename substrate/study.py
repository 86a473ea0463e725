"""What a study compares: the configuration file, its validation and the run id derived from it."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from substrate.inputs.roots import of_another, resolved
from substrate.inputs.untrusted import UntrustedError, name_problem, plain, read_yaml, safe_name

ALL_BUNDLED = "all bundled"
PRESET = "bundled "
ALL_PACKAGED = "all packaged"
IF_AT_HAND = " if at hand"
CIFAR10 = "cifar10"
#: What the images of named domains are of, where the study does not say.
TAGS = {"natural": "natural", CIFAR10: "natural"}


#: What encoders may have learnt from, as cards say it; a study may use words of its own.
PARADIGMS = (
    "supervised",
    "contrastive",
    "self-distilled",
    "masked",
    "autoencoding",
    "rotation",
    "random labels",
)


class StudyError(ValueError):
    """A study that cannot be run as written; the message says what, which and what to do."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Domain(_Strict):
    """What every domain may say: ``tag``, what its images are of ("natural", "medical").

    A claim about natural photographs follows the tag, whatever the domain is called.
    """

    tag: str | None = Field(default=None, min_length=1, max_length=40)


def _require_names(config: BaseModel, keys: Iterable[str]) -> None:
    """Refuse texts that pages cannot show as names; empty ones are left out."""
    for key in keys:
        value = getattr(config, key)
        if value and (problem := name_problem(value.replace("/", ""))):
            raise ValueError(f"{key} {value[:60]!r} {problem}")


class PackagedDomain(_Domain):
    """Image tiles read from the installed scikit-image and scikit-learn.

    ``rest`` adds to the faces patches without a face, so that there are two classes.
    """

    source: Literal["packaged"] = "packaged"
    name: str
    rest: bool | None = None


class FolderDomain(_Domain):
    """A directory of images; subfolders are classes, ``groups`` a CSV of (file, group)."""

    source: Literal["folder"] = "folder"
    path: Path
    name: str = ""
    groups: Path | None = None

    @model_validator(mode="after")
    def _named(self) -> FolderDomain:
        if not self.name:
            object.__setattr__(self, "name", safe_name(self.path.name, "images"))
        return self


class ParquetDomain(_Domain):
    """A parquet file of images with labels; without a path, CIFAR-10 where it is present."""

    source: Literal["parquet"] = "parquet"
    name: str = ""
    path: Path | None = None

    @model_validator(mode="after")
    def _named(self) -> ParquetDomain:
        if not self.name:
            name = safe_name(self.path.stem, "images") if self.path else CIFAR10
            object.__setattr__(self, "name", name)
        return self


def domain_tag(config: DomainConfig) -> str:
    """Return what a domain's images are of, as the study or the domain's own name says it."""
    if config.tag is not None:
        return config.tag
    own = config.source == "packaged" or getattr(config, "path", None) is None
    return TAGS.get(config.name, "") if own else ""


class BundledEncoder(_Strict):
    """An encoder trained for this program and shipped with it."""

    source: Literal["bundled"] = "bundled"
    name: str


class TimmEncoder(_Strict):
    """Any timm architecture, with a local weights file or the hub's weights.

    Where ``size``, ``mean``, ``std``, ``crop_pct`` (share of the resized image's side that is
    kept) or ``interpolation`` are left out, timm's own configuration decides; ``channel_order`` is
    the order in which the weights expect colours, and that of mean and std.
    ``family`` is the kind of architecture (where left out: timm's module that defines it),
    ``paradigm`` what the weights were trained for (supervised, contrastive, self-distilled,
    masked, autoencoding, rotation, random labels; where left out: unstated). Encoders of one
    ``recipe`` are copies of each other, of which an analysis takes the first by default (where
    left out: the architecture with its tag, and the paradigm).
    """

    source: Literal["timm"] = "timm"
    architecture: str
    name: str = ""
    weights: Path | None = None
    kwargs: dict[str, Any] = Field(default_factory=dict)
    size: int | None = Field(default=None, ge=16, le=1024)
    mean: tuple[float, float, float] | None = None
    std: tuple[float, float, float] | None = None
    crop_pct: float | None = Field(default=None, ge=0.1, le=1)
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"] | None = (
        None
    )
    channel_order: Literal["RGB", "BGR"] = "RGB"
    family: str = Field(default="", max_length=60)
    paradigm: str = Field(default="", max_length=60)
    recipe: str = Field(default="", max_length=120)

    @model_validator(mode="after")
    def _named(self) -> TimmEncoder:
        if not self.name:
            name = self.weights.stem if self.weights else self.architecture
            object.__setattr__(self, "name", safe_name(name, "encoder"))
        return self

    @model_validator(mode="after")
    def _usable(self) -> TimmEncoder:
        _require_names(self, ("family", "paradigm", "recipe"))
        for channel in self.std or ():
            if not 1e-6 <= channel <= 1e6:
                raise ValueError(f"std holds {channel}; give deviations above zero")
        return self


class FeaturesDomain(_Domain):
    """Samples whose features another program made: ``path/name`` holds the sample table."""

    source: Literal["features"] = "features"
    path: Path
    name: str


class FeaturesEncoder(_Strict):
    """Features that another program made: ``path/DOMAIN/name.npy``, or a folder of layers.

    ``family``, ``paradigm`` and ``recipe`` are said as of a timm encoder; where they are left out,
    the encoder is of a family and recipe of its own, and its paradigm is unstated.
    """

    source: Literal["features"] = "features"
    path: Path
    name: str
    title: str = Field(default="", max_length=60)
    family: str = Field(default="", max_length=60)
    paradigm: str = Field(default="", max_length=60)
    recipe: str = Field(default="", max_length=120)

    @model_validator(mode="after")
    def _usable(self) -> FeaturesEncoder:
        _require_names(self, ("title", "family", "paradigm", "recipe"))
        return self


DomainConfig = Annotated[
    PackagedDomain | FolderDomain | ParquetDomain | FeaturesDomain, Field(discriminator="source")
]
EncoderConfig = Annotated[
    BundledEncoder | TimmEncoder | FeaturesEncoder, Field(discriminator="source")
]


class StudyConfig(_Strict):
    """One study: which encoders, on which domains, with how many samples, nulls and seeds.

    Parameters
    ----------
    samples
        Samples per domain at most; a domain gives at most what it has.
    tile
        Side of the tiles that photographs are cut into, in pixels.
    layers
        "all" reads every block, "penultimate" only the last features (and logits).
    pooling
        "auto" takes the class token where there is one and the mean otherwise; "mean" always
        takes the mean over tokens or positions.
    components
        K, the dimension of the shared subspace.
    untrained
        Untrained twins per encoder, each with its own seed.
    permutations
        Permutations of each null.
    trajectories
        Encoders whose checkpoints along training are read too, "all" for every one that has them.
    """

    name: str = Field(default="Untitled study", max_length=200)
    encoders: tuple[EncoderConfig, ...]
    domains: tuple[DomainConfig, ...]
    samples: int = Field(default=256, ge=16, le=100_000)
    tile: int = Field(default=32, ge=8, le=512)
    layers: Literal["all", "penultimate"] = "all"
    pooling: Literal["auto", "mean"] = "auto"
    components: int = Field(default=16, ge=2, le=64)
    untrained: int = Field(default=10, ge=0, le=100)
    permutations: int = Field(default=200, ge=20, le=10_000)
    trajectories: tuple[str, ...] | Literal["all"] = ()
    seed: int = Field(default=0, ge=0, lt=2**31)

    @field_validator("encoders", mode="before")
    @classmethod
    def _short_encoders(cls, value: Any) -> Any:
        return [{"source": "bundled", "name": v} if isinstance(v, str) else v for v in value]

    @field_validator("domains", mode="before")
    @classmethod
    def _short_domains(cls, value: Any) -> Any:
        return [
            {"source": "parquet" if v == CIFAR10 else "packaged", "name": v}
            if isinstance(v, str)
            else v
            for v in value
        ]

    @model_validator(mode="after")
    def _distinct(self) -> StudyConfig:
        for what, items in (("encoder", self.encoders), ("domain", self.domains)):
            names = [item.name for item in items]
            if not names:
                raise ValueError(f"a study needs at least one {what}")
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"the {what} name {twice[0]!r} is used twice; give each its own")
            for name in names:
                if problem := name_problem(name):
                    raise ValueError(f"the {what} name {name[:60]!r} {problem}")
        from_files = {isinstance(item, FeaturesEncoder) for item in self.encoders}
        if len(from_files | {isinstance(item, FeaturesDomain) for item in self.domains}) > 1:
            raise ValueError(
                "features from files have no network and no images, so a study has source: "
                "features for all of its encoders and domains or for none"
            )
        encoder_names = {item.name for item in self.encoders}
        if self.trajectories != "all" and (lost := sorted(set(self.trajectories) - encoder_names)):
            raise ValueError(f"trajectories names {lost[0]!r}, which is no encoder of the study")
        return self


def _at_hand(domains: Iterable[Any], names: set[str]) -> list[Any]:
    """Keep the domains asked for only if they are at hand, by their plain name, or drop them."""
    at_hand = []
    for item in domains:
        if not (isinstance(item, str) and item.endswith(IF_AT_HAND)):
            at_hand.append(item)
        elif (name := item.removesuffix(IF_AT_HAND)) in names:
            at_hand.append(name)
    return at_hand


def parse(
    data: Any,
    *,
    bundled: Iterable[str] = (),
    packaged: Iterable[str] = (),
    presets: Mapping[str, Iterable[str]] | None = None,
    at_hand: Iterable[str] = (),
) -> StudyConfig:
    """Validate a study given as plain data; ``bundled`` and ``packaged`` expand the "all" forms.

    A domain called "NAME if at hand" is taken where NAME is among those ``at_hand``.

    ``encoders: bundled NAME`` stands for the set of bundled encoders called NAME in ``presets``.
    """
    if not isinstance(data, Mapping):
        raise StudyError(
            f"A study is a mapping of names to values, not {type(data).__name__}. "
            "See examples/default.yaml."
        )
    try:
        data = dict(plain(data))
    except UntrustedError as error:
        raise StudyError(f"The study cannot be run: {error}") from error
    if data.get("encoders") == ALL_BUNDLED:
        data["encoders"] = list(bundled)
    elif "encoders" in data:
        data["encoders"] = _preset(data["encoders"], presets or {})
    if data.get("domains") == ALL_PACKAGED:
        data["domains"] = list(packaged)
    elif isinstance(data.get("domains"), list | tuple):
        data["domains"] = _at_hand(data["domains"], set(at_hand))
    for field in ("encoders", "domains"):
        if field in data and not isinstance(data[field], list | tuple):
            all_form = ALL_BUNDLED if field == "encoders" else ALL_PACKAGED
            raise StudyError(
                f"{field}: expected a list or {all_form!r}, got {type(data[field]).__name__} "
                f"{str(data[field])[:40]!r}."
            )
    try:
        return StudyConfig.model_validate(data)
    except ValidationError as error:
        raise StudyError(_sentence(error)) from error


def _preset(encoders: Any, presets: Mapping[str, Iterable[str]]) -> Any:
    """Expand "bundled NAME" to the encoders of that set; leave anything else as it is."""
    if not isinstance(encoders, str) or not encoders.startswith(PRESET):
        return encoders
    name = encoders.removeprefix(PRESET)
    if name not in presets:
        raise StudyError(
            f"encoders: no set of bundled encoders is called {name!r}; there are "
            f"{', '.join(presets) or 'none'}. Write {PRESET + next(iter(presets), 'panel')!r}, "
            f"{ALL_BUNDLED!r} or a list."
        )
    return list(presets[name])


def read(
    path: Path,
    *,
    bundled: Iterable[str] = (),
    packaged: Iterable[str] = (),
    presets: Mapping[str, Iterable[str]] | None = None,
    at_hand: Iterable[str] = (),
) -> StudyConfig:
    """Read and validate a study file; relative paths in it are relative to the file."""
    try:
        data = read_yaml(path)
    except UntrustedError as error:
        raise StudyError(f"The study cannot be read: {error}") from error
    return parse(
        _anchored(data, path.parent),
        bundled=bundled,
        packaged=packaged,
        presets=presets,
        at_hand=at_hand,
    )


def _anchored(data: Any, folder: Path) -> Any:
    """Make the paths of a study file absolute."""
    if not isinstance(data, Mapping):
        return data
    anchored = dict(data)
    for field in ("encoders", "domains"):
        items = anchored.get(field)
        if isinstance(items, list):
            anchored[field] = [_anchored_item(item, folder) for item in items]
    return anchored


def _anchored_item(item: Any, folder: Path) -> Any:
    if not isinstance(item, Mapping):
        return item
    return {
        key: str(resolved(Path(value) if value.startswith("~") else folder / value))
        if key in ("path", "groups", "weights")
        and isinstance(value, str)
        and not of_another(value)  # refused, or written out, where it is opened
        else value
        for key, value in item.items()
    }


def to_yaml(study: StudyConfig) -> str:
    """Return the study as a YAML document that `read` accepts."""
    data = study.model_dump(mode="json", exclude_none=True)
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def run_id(resolved: Mapping[str, Any]) -> str:
    """Return the id of a run from its resolved configuration.

    The resolved configuration holds the digests of samples and weights, layers, pooling,
    preprocessing, sizes and seeds; no name, path or device, so that a changed folder is another
    run and a renamed one is not.
    """
    text = json.dumps(resolved, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _known_keys() -> dict[str, list[str]]:
    models = (
        StudyConfig,
        PackagedDomain,
        FolderDomain,
        ParquetDomain,
        BundledEncoder,
        TimmEncoder,
        FeaturesDomain,
        FeaturesEncoder,
    )
    return {model.__name__: list(model.model_fields) for model in models}


_SCOPES = {
    "packaged": "PackagedDomain",
    "folder": "FolderDomain",
    "parquet": "ParquetDomain",
    "bundled": "BundledEncoder",
    "timm": "TimmEncoder",
}
_OF_FEATURES = {
    "encoders": {"features": "FeaturesEncoder"},
    "domains": {"features": "FeaturesDomain"},
}


#: Complaints about an encoder or a domain as a whole.
_OF_ITEMS = ("union_tag_not_found", "union_tag_invalid", "model_attributes_type")


def _of_item(where: str, complaint: Mapping[str, Any]) -> str:
    """Say what is wrong with an encoder or a domain that is of no known kind."""
    article, kind = ("a", "domain") if where.startswith("domains") else ("an", "encoder")
    config: Any = DomainConfig if kind == "domain" else EncoderConfig
    models = get_args(get_args(config)[0])
    *most, last = (model.model_fields["source"].default for model in models)
    sources = f"{', '.join(most)} or {last}"
    if complaint["type"] == "union_tag_not_found" and isinstance(complaint["input"], Mapping):
        return f"{where} says no source; write source: and one of {sources}."
    if complaint["type"] == "union_tag_invalid":
        tag = str(complaint["ctx"]["tag"])[:40]
        return f"{where}: {tag!r} is no source of {article} {kind}; write {sources}."
    got = repr(complaint.get("input"))[:57]
    return f"{where}: expected {article} {kind}'s name or a mapping with its source, got {got}."


def _sentence(error: ValidationError) -> str:
    """Turn the first of pydantic's complaints into one sentence with a remedy."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        scopes = _SCOPES | _OF_FEATURES.get(str(first["loc"][0]), {})
        scope = next((scopes[p] for p in first["loc"] if p in scopes), "StudyConfig")
        keys = _known_keys()[scope]
        key = str(first["loc"][-1])
        near = difflib.get_close_matches(key, keys, n=1, cutoff=0.0)
        return f"Unknown key {where!r}; did you mean {near[0]!r}? Known: {', '.join(keys)}."
    if first["type"] in _OF_ITEMS:
        return _of_item(where, first)
    if first["type"] == "missing":
        return f"The study lacks {where!r}. See examples/default.yaml."
    if first["type"] == "value_error":
        return f"The study cannot be run: {first['ctx']['error']}."
    got = repr(first.get("input"))
    shown = got if len(got) < 60 else f"{got[:57]}..."
    return f"{where or 'study'}: {first['msg']}, got {shown}."
