"""A run as the analyses read it: which representations exist, for which encoders and domains."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd
from filelock import FileLock
from jaxtyping import UInt8

from substrate.encoder_ref import Encoder, EncoderRef, as_ref, parse_pair
from substrate.representation import Representation
from substrate.store import CorruptEntryError, Entry, Store, StoreError, digest, write_text
from substrate.wording import Nouns, common_nouns, no_images

Read = TypeVar("Read")

#: What a record or a study says that no analysis reads: where files lie, what was left out.
NOT_READ = ("path", "groups", "weights", "skipped")

#: The paradigm of networks that learnt labels drawn at random: controls, never panel members.
RANDOM_LABELS = "random labels"


class RunError(ValueError):
    """A run that is unknown, unreadable or not far enough along for what was asked."""


class NoImagesError(RunError):
    """Images were asked for of a domain whose features were read from files."""


@dataclass(frozen=True)
class LayerInfo:
    """One stored layer: see `substrate.encoders.spec.Layer`."""

    name: str
    module: str
    depth: float
    pooling: str
    width: int


@dataclass(frozen=True)
class Checkpoint:
    """One stored step of an encoder's training, with the accuracy measured on it."""

    step: int
    accuracy: float | None = None


@dataclass(frozen=True)
class EncoderRecord:
    """One encoder of a run, as its card describes it.

    ``family`` is the kind of architecture (resnet, vit, ...), ``paradigm`` what it learnt from, and
    ``recipe`` names what it shares with its copies: encoders that differ by their seed, width or
    weights alone have one recipe. All three come from the encoder's card, timm's own registry or
    the study. ``trajectory`` lists the steps of its training whose weights are stored, whether or
    not they have been extracted; ``accuracy_kind`` says what their accuracies are of. ``assumed``
    says what of the preprocessing the study left to timm.
    """

    name: str
    title: str
    source: str
    family: str
    paradigm: str
    weights_digest: str
    layers: tuple[LayerInfo, ...]
    parameters: int | None = None
    accuracy: str = ""
    accuracy_kind: str = ""
    assumed: str = ""
    trajectory: tuple[Checkpoint, ...] = ()
    recipe: str = ""

    @property
    def default_layer(self) -> str:
        """Return the layer that is shown at first: the penultimate one, else the last."""
        names = [layer.name for layer in self.layers]
        return "penultimate" if "penultimate" in names else names[-1]

    @property
    def feature_layers(self) -> tuple[LayerInfo, ...]:
        """Return the layers up to the last features: logits are left out, few have them."""
        names = [layer.name for layer in self.layers]
        return self.layers[: names.index(self.default_layer) + 1]


@dataclass(frozen=True)
class DomainRecord:
    """One domain of a run: the store entry of its samples, and how many photographs they are of.

    ``samples_digest`` covers the samples' contents in order, ``table`` their whole table.
    ``tag`` says what its images are of, where the study or the domain's own name does.
    ``sampled_as`` and ``grouped_by`` name a sample and a group (a tile, a writer).
    """

    name: str
    title: str
    caption: str
    samples_digest: str
    entry: str
    n: int
    photographs: int
    skipped: tuple[tuple[str, str], ...] = ()
    table: str = ""
    tag: str = ""
    pictured: bool = True
    sampled_as: str = "tile"
    grouped_by: str = "photograph"

    @property
    def nouns(self) -> Nouns:
        """Return what a sample is and what a group is, for sentences."""
        return Nouns(self.sampled_as, self.grouped_by)


@dataclass(frozen=True, eq=False)
class Run:
    """A run's record: encoders, domains, and the store entry of every encoder-domain pair.

    ``pairs`` maps pairs of a network and a domain to entries (`EncoderRef.on`: untrained twins and
    steps of training among them). A pair that is not listed has not been extracted (yet).
    ``chosen`` is the panel where it is not the default.
    """

    run_id: str
    store: Store
    record: Mapping[str, Any]
    chosen: tuple[str, ...] = ()

    @cached_property
    def study(self) -> Mapping[str, Any]:
        """Return the study's configuration as plain data."""
        study: Mapping[str, Any] = self.record["study"]
        return study

    @cached_property
    def encoders(self) -> dict[str, EncoderRecord]:
        """Return the encoders by name, in the study's order."""
        return {
            item["name"]: EncoderRecord(
                **{
                    **item,
                    "layers": tuple(LayerInfo(**layer) for layer in item["layers"]),
                    "trajectory": tuple(Checkpoint(**c) for c in item.get("trajectory", ())),
                }
            )
            for item in self.record["encoders"]
        }

    @cached_property
    def domains(self) -> dict[str, DomainRecord]:
        """Return the domains by name, in the study's order."""
        return {
            item["name"]: DomainRecord(
                **{**item, "skipped": tuple((a, b) for a, b in item["skipped"])}
            )
            for item in self.record["domains"]
        }

    def recipe(self, encoder: Encoder) -> str:
        """Return the recipe of an encoder, its twins or checkpoints: one word for all copies."""
        record = self._encoder(as_ref(encoder).name)
        return record.recipe or record.name

    def family(self, encoder: Encoder) -> str:
        """Return the kind of architecture of an encoder, its twins or checkpoints."""
        return self._encoder(as_ref(encoder).name).family

    def paradigm(self, encoder: Encoder) -> str:
        """Return what an encoder (its twins or checkpoints, once trained) learns from."""
        return self._encoder(as_ref(encoder).name).paradigm

    @cached_property
    def panel(self) -> tuple[str, ...]:
        """Return the encoders that analyses take by default: one of each recipe.

        The first of each recipe in the study's order, and none that learnt random labels. Where
        that leaves fewer than two encoders, all of them: such a study is about the copies.
        """
        if self.chosen:
            return self.chosen
        kept = tuple(name for name in self.encoders if name not in self._set_apart)
        return kept if len(kept) > 1 else tuple(self.encoders)

    @property
    def main_domain(self) -> str:
        """Return the domain of the most photographs: the one that most can be said about."""
        return max(self.domains, key=lambda name: self.domains[name].photographs)

    def with_panel(self, encoders: Sequence[str]) -> Run:
        """Return the same run with another panel, for the parameters of analyses to follow it."""
        return replace(self, chosen=tuple(self._encoder(name).name for name in encoders))

    @property
    def first_two(self) -> tuple[str, str]:
        """Return the pair of encoders that pages compare at first: of two recipes if there are."""
        return self.panel[0], self.panel[min(1, len(self.panel) - 1)]

    @cached_property
    def left_out(self) -> dict[str, str]:
        """Return the encoders that are not in the default panel, each with the reason."""
        panel = set(self.panel)
        return {name: why for name, why in self._set_apart.items() if name not in panel}

    @cached_property
    def _set_apart(self) -> dict[str, str]:
        """Return the copies and the networks of random labels, each with the reason."""
        first: dict[str, str] = {}
        apart = {}
        for name, record in self.encoders.items():
            if record.paradigm == RANDOM_LABELS:
                apart[name] = "it learnt random labels"
            elif (earlier := first.setdefault(self.recipe(name), name)) != name:
                apart[name] = f"it is of one recipe with {self.encoders[earlier].title}"
        return apart

    @property
    def pairs(self) -> Mapping[str, str]:
        """Return the store entry of every extracted pair."""
        entries: Mapping[str, str] = self.record["pairs"]
        return entries

    def untrained_seeds(self, encoder: str, domain: str) -> tuple[int, ...]:
        """Return the seeds of the untrained twins that have been extracted on a domain."""
        extracted = self._extracted.get((encoder, domain), ())
        return tuple(sorted(ref.twin for ref in extracted if ref.twin is not None))

    def checkpoints(self, encoder: str, domain: str) -> tuple[int, ...]:
        """Return the steps of an encoder's training that have been extracted on a domain."""
        extracted = self._extracted.get((encoder, domain), ())
        return tuple(sorted(ref.step for ref in extracted if ref.step is not None))

    @cached_property
    def _extracted(self) -> dict[tuple[str, str], list[EncoderRef]]:
        """Return the networks that have been extracted, by encoder and domain."""
        networks: dict[tuple[str, str], list[EncoderRef]] = {}
        for pair in self.pairs:
            ref, domain = parse_pair(pair)
            networks.setdefault((ref.name, domain), []).append(ref)
        return networks

    def samples(self, domain: str) -> pd.DataFrame:
        """Return the ordered table of a domain's samples."""
        key = self._domain(domain).entry
        return self._read(key, f"the samples of {domain}", lambda entry: entry.table())

    def thumbnails(self, domain: str) -> UInt8[np.ndarray, "n s s 3"]:
        """Return small square pictures of a domain's samples, letterboxed."""
        return self._image(domain, "thumbnails")

    def pixels(self, domain: str) -> UInt8[np.ndarray, "n 32 32 3"]:
        """Return a domain's samples at 32 x 32 pixels, for the pixel controls."""
        return self._image(domain, "pixels")

    def side(self, domain: str) -> int:
        """Return the shorter side of a domain's images, the middle one, in pixels; 0 if unknown."""
        key = self._domain(domain).entry
        meta = self._read(key, f"the images of {domain}", lambda entry: entry.manifest["meta"])
        return int(meta.get("side", 0))

    def groups(self, domain: str) -> np.ndarray:
        """Return the group (photograph) of each sample."""
        return self.samples(domain)["group"].to_numpy(dtype=str)

    def nouns(self, domains: Iterable[str]) -> Nouns:
        """Return what samples and groups of these domains are called together."""
        return common_nouns(self.domains[name].nouns for name in domains)

    def representation(
        self,
        encoder: Encoder,
        domain: str,
        layer: str = "penultimate",
    ) -> Representation:
        """Return a layer's features: final, of an untrained twin, or at a step of training."""
        ref = as_ref(encoder)
        record = self._encoder(ref.name)
        info = self._domain(domain)
        if ref.on(domain) not in self.pairs:
            raise RunError(f"{ref} has not been extracted on {domain} in run {self.run_id} yet.")

        def of_layer(entry: Entry) -> np.ndarray:
            if layer not in entry.names:
                raise RunError(
                    f"{record.name} has no stored layer {layer!r}; it has {', '.join(entry.names)}."
                )
            return entry.array(layer)

        key, what = self.pairs[ref.on(domain)], f"the features of {ref} on {domain}"
        features = self._read(key, what, of_layer)
        return Representation(str(ref), layer, domain, info.samples_digest, features)

    def input_digests(self, encoders: Sequence[Encoder], domains: Sequence[str]) -> dict[str, str]:
        """Return digests of all that an analysis of these encoders and domains reads, in order.

        They cover each domain's sample table, the features of every pair, and what the record says
        of the encoders and domains: titles, trajectories, and what an encoder is taken for (family,
        paradigm, recipe), which decides what is compared with what and may be said anew.

        Raises
        ------
        RunError
            If one of the pairs has not been extracted.
        """
        digests = {}
        for domain in domains:
            record = self._domain(domain)
            digests[f"table of {domain}"] = record.table or record.entry
            digests[f"record of {domain}"] = self._recorded("domains", domain)
            for ref in map(as_ref, encoders):
                name = self._encoder(ref.name).name
                digests[f"record of encoder {name}"] = self._recorded("encoders", name)
                pair = ref.on(domain)
                if pair not in self.pairs:
                    raise RunError(f"{ref} has not been extracted on {domain} yet.")
                digests[pair] = self.pairs[pair]
        return digests

    def _recorded(self, kind: Literal["encoders", "domains"], name: str) -> str:
        """Return the digest of what the record and the study say of an encoder or a domain."""
        if (kind, name) not in self._digests:
            said = [
                {key: value for key, value in item.items() if key not in NOT_READ}
                for item in (*self.record[kind], *self.study[kind])
                if item.get("name") == name
            ]
            self._digests[kind, name] = digest(said)
        return self._digests[kind, name]

    @cached_property
    def _digests(self) -> dict[tuple[str, str], str]:
        return {}

    def pictured(self, *domains: str) -> bool:
        """Say whether there are images of all these domains, not only features from files."""
        return all(self._domain(domain).pictured for domain in domains)

    def _image(self, domain: str, name: str) -> np.ndarray:
        info = self._domain(domain)
        if not info.pictured:
            raise NoImagesError(f"{no_images(info.title)} What needs images cannot be shown.")
        return self._read(info.entry, f"the images of {domain}", lambda entry: entry.array(name))

    def _encoder(self, name: str) -> EncoderRecord:
        if name not in self.encoders:
            raise RunError(
                f"Run {self.run_id} has no encoder {name!r}; it has {', '.join(self.encoders)}."
            )
        return self.encoders[name]

    def _domain(self, name: str) -> DomainRecord:
        if name not in self.domains:
            raise RunError(
                f"Run {self.run_id} has no domain {name!r}; it has {', '.join(self.domains)}."
            )
        return self.domains[name]

    def _read(self, key: str, what: str, read: Callable[[Entry], Read]) -> Read:
        try:
            entry = self.store.get(key)
            if entry is not None:
                return read(entry)
            state = f"The store no longer holds {what}."
        except CorruptEntryError:
            state = f"The stored copy of {what} is damaged."
        raise RunError(f"{state} Run the study again: only this is recomputed.")


def runs_directory(store: Store) -> Path:
    """Return where the records of runs live."""
    return store.root / "runs"


def open_run(store: Store, run_id: str) -> Run:
    """Open a run by its id.

    Raises
    ------
    RunError
        If there is no such run, or its record cannot be read.
    """
    if not run_id or not run_id.isalnum():
        raise RunError(f"{run_id!r} is not the id of a run.")
    path = runs_directory(store) / f"{run_id}.json"
    try:
        run = read_run(store, path.read_text(encoding="utf-8"))
        if run.run_id != run_id:
            raise KeyError("run_id")
    except FileNotFoundError as error:
        raise RunError(f"There is no run {run_id!r} in {store.root}.") from error
    except (OSError, ValueError, KeyError) as error:
        raise RunError(
            f"The record of run {run_id} is damaged. Run its study again: "
            "stored features are reused."
        ) from error
    return run


def read_run(store: Store, text: str) -> Run:
    """Return the run whose record is this text, checked; its entries lie in the store.

    Raises
    ------
    RunError
        If the text is no record, or was altered.
    """
    try:
        record = json.loads(text)
        if not isinstance(record["pairs"], dict):
            raise KeyError("pairs")
        if record.pop("seal", _seal(record)) != _seal(record):
            raise ValueError("it was altered")
        run = Run(record["run_id"], store, record)
        _ = run.encoders, run.domains, run.study
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RunError(f"The record of a run is damaged: {error}.") from error
    return run


def _seal(record: Mapping[str, Any]) -> str:
    """Return the digest of all that a record says, which shows whether it was altered since."""
    return digest({key: value for key, value in record.items() if key != "seal"})


def sealed(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with the seal that shows whether it was altered since."""
    return {**record, "seal": _seal(record)}


def save_record(store: Store, record: Mapping[str, Any]) -> None:
    """Replace the record of a run atomically; pairs that another process has added are kept."""
    home = runs_directory(store)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(home / f".{record['run_id']}.lock", timeout=60):
            pairs = {**_other_pairs(store, record), **record["pairs"]}
            whole = {**record, "pairs": pairs}
            text = json.dumps(sealed(whole), indent=1)
            write_text(home / f"{record['run_id']}.json", text)
    except OSError as error:
        raise StoreError(
            f"Cannot write to the store {store.root}: {error.strerror or error}."
        ) from error


def _other_pairs(store: Store, record: Mapping[str, Any]) -> dict[str, str]:
    """Return the pairs of the stored record that are of the encoders and domains of this one."""
    try:
        earlier = open_run(store, record["run_id"]).pairs
    except RunError:
        return {}
    encoders, domains = ({item["name"] for item in record[k]} for k in ("encoders", "domains"))
    parsed = {pair: parse_pair(pair) for pair in earlier}
    return {
        pair: earlier[pair]
        for pair, (ref, domain) in parsed.items()
        if ref.name in encoders and domain in domains
    }


def list_runs(store: Store) -> list[Run]:
    """Return every readable run, the latest first."""
    runs = []
    for path in runs_directory(store).glob("*.json"):
        try:
            runs.append((path.stat().st_mtime, open_run(store, path.stem)))
        except (RunError, OSError):
            continue
    return [run for _, run in sorted(runs, key=lambda item: -item[0])]
