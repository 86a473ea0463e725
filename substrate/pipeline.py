"""What a run does: domains, features, untrained twins and every page's default analysis."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache, partial
from importlib.metadata import version
from itertools import count
from threading import Lock
from typing import Any

import psutil
import torch

from substrate import __version__
from substrate.analyses.defaults import defaults, first_look
from substrate.analyses.sharedness.copies import Copies, copies_sentence
from substrate.analyses.spec import Analysis, AnalysisError, obtain, result_key
from substrate.analyses.weights.stored import store_weights, weights_key
from substrate.domains import DOMAIN_SOURCES
from substrate.domains.pictures import THUMBNAIL, shorter_side, small_pictures
from substrate.domains.spec import Domain
from substrate.encoder_pool import EncoderPool
from substrate.encoder_ref import EncoderRef, as_ref, parse_pair, steps_of
from substrate.encoders import ENCODER_SOURCES
from substrate.encoders.spec import Encoder, twin_origins
from substrate.encoders.weights import weights_of
from substrate.extraction import (
    EXTRACTION,
    Inputs,
    extract,
    features_key,
    memory_needed,
)
from substrate.housekeeping import sweep
from substrate.inputs.roots import require_inside
from substrate.memory import give_back
from substrate.numerics.parallel import parallel_map
from substrate.progress import CancelledError, Progress
from substrate.representation import RepresentationError, sample_digest, table_digest
from substrate.runs import NoImagesError, Run, RunError, open_run, save_record
from substrate.store import CorruptEntryError, Store, digest
from substrate.study import EncoderConfig, StudyConfig, domain_tag, run_id

#: What analyses side by side may hold together, about, and from where freed memory is given back.
ANALYSIS_BYTES, GIVEN_BACK = 2**30, 2**28
#: Expected seconds of one unit of each kind of work, for the first estimate only.
LOAD_S, IMAGE_S, ANALYSIS_S = 0.3, 0.0006, 0.4


Which = Callable[[Run], Iterator[tuple[Analysis, Any]]]


@dataclass(eq=False)
class Pipeline:
    """One run of one study in one store; without ``analyses`` it ends with the features."""

    study: StudyConfig
    store: Store
    progress: Progress
    warn: Callable[[str], None]
    analyses: bool = True
    record: dict[str, Any] = field(default_factory=dict)
    domains: dict[str, Domain] = field(default_factory=dict)
    inputs: Inputs = field(default_factory=Inputs)
    pool: EncoderPool = field(default_factory=EncoderPool)
    _said: set[str] = field(default_factory=set)
    _origins: dict[str, str] = field(default_factory=dict)
    _recording: Lock = field(default_factory=Lock)

    def run(self) -> str:
        """Do everything that is not in the store yet; return the run's id."""
        require_inside(self.study)
        sweep(self.store)
        self._read_domains()
        encoders = self._identify()
        pairs = [f"{e.name}/{d}" for e in self.study.encoders for d in self.domains]
        twins = [
            EncoderRef(c.name, twin=seed).on(d) for c, seed in self._twins() for d in self.domains
        ]
        self.progress.declare({pair: self._weight(pair) for pair in (*pairs, *twins)})
        if self.analyses:
            self.progress.declare({"analyses": 20 * ANALYSIS_S})
        need = max(memory_needed(encoder) for encoder in encoders.values())
        self.pool = self.pool.within(psutil.virtual_memory().available, need)
        self.pool.work(partial(self._extract, c, encoders[c.name]) for c in self.study.encoders)
        encoders.clear()  # what follows reads features, and draws twins of its own
        with self.pool.working(self._nulls_and_checkpoints()) as extracting:
            self._analyse(first_look, as_long_as=extracting)
        self.inputs.forget()
        self._analyse(defaults)
        self.record["status"] = "done"
        self._save()
        return str(self.record["run_id"])

    def _nulls_and_checkpoints(self) -> Iterator[Callable[[], None]]:
        for config, seed in self._twins():
            yield partial(self._extract_twin, config, seed)
        for config in self.study.encoders:
            if self.study.trajectories == "all" or config.name in self.study.trajectories:
                yield partial(self._extract_checkpoints, config)

    def _twins(self) -> list[tuple[EncoderConfig, int]]:
        """List every untrained twin that can be had, seed by seed."""
        wanted = self.study.untrained
        had = {
            c.name: ENCODER_SOURCES[c.source].draws(self._config(c), wanted)
            for c in self.study.encoders
        }
        return [
            (c, seed) for seed in range(wanted) for c in self.study.encoders if seed < had[c.name]
        ]

    def _weight(self, pair: str) -> float:
        _, domain = parse_pair(pair)
        return LOAD_S + IMAGE_S * len(self.domains[domain])

    def _read_domains(self) -> None:
        self.progress.phase("Reading images")
        records = []
        for config in self.study.domains:
            source = DOMAIN_SOURCES[config.source]
            plain = config.model_dump(mode="json", exclude_none=True, exclude={"tag"})
            domain = source.load(
                plain, limit=self.study.samples, seed=self.study.seed, tile=self.study.tile
            )
            domain = replace(domain, name=config.name)
            self.domains[config.name] = domain
            for skipped in domain.skipped:
                self.warn(f"{config.name}: skipped {skipped.path} ({skipped.reason})")
            records.append(self._domain_record(domain) | {"tag": domain_tag(config)})
            self.progress.check()
        self.record["domains"] = records

    def _domain_record(self, domain: Domain) -> dict[str, Any]:
        content = domain.samples["content_sha256"].tolist()
        table = domain.samples.assign(domain=domain.name)
        described = table_digest(table)
        key = digest(["samples", 4, THUMBNAIL, described])
        with self.store.computing(key, waiting=self.progress.check):
            if not self._sound(key):
                arrays = small_pictures(domain) if domain.pictured else {}
                side = shorter_side(domain) if domain.pictured else 0
                meta = {"kind": "samples", "side": side}
                self.store.put(key, arrays=arrays, meta=meta, table=table)
        return {
            "name": domain.name,
            "title": domain.title,
            "caption": domain.caption,
            "samples_digest": sample_digest(content),
            "entry": key,
            "n": len(domain),
            "photographs": domain.photographs,
            "skipped": [[s.path, s.reason] for s in domain.skipped],
            "table": described,
            "pictured": domain.pictured,
            "sampled_as": domain.nouns.sample,
            "grouped_by": domain.nouns.group,
        }

    def _identify(self) -> dict[str, Encoder]:
        """Load every encoder once, so that the run's id follows from weights and samples."""
        loaded = {}
        for config in self.study.encoders:
            self.progress.phase(f"Loading {config.name}")
            loaded[config.name] = self._load(config)
            if assumed := loaded[config.name].info.assumed:
                self.warn(f"{config.name}: {assumed}")
        self._origins = twin_origins({name: e.weights_digest for name, e in loaded.items()})
        resolved = self._resolved(loaded)
        identity = run_id(resolved)
        self.record |= {
            "run_id": identity,
            "study": self.study.model_dump(mode="json", exclude_none=True),
            "resolved": resolved,
            "encoders": [
                _encoder_record(config.name, loaded[config.name]) | self._trajectory_record(config)
                for config in self.study.encoders
            ],
            "pairs": {},
            "status": "running",
            "created": time.time(),
            "versions": _versions(),
        }
        self._keep_earlier_pairs(identity)
        self._save()
        self.progress.phase("Extracting features", run_id=identity)
        return loaded

    def _trajectory_record(self, config: EncoderConfig) -> dict[str, Any]:
        steps = ENCODER_SOURCES[config.source].steps(self._config(config))
        return {"trajectory": [{"step": step, "accuracy": value} for step, value in steps]}

    def _keep_earlier_pairs(self, identity: str) -> None:
        try:
            earlier = open_run(self.store, identity)
        except RunError:
            return
        self.record["created"] = earlier.record.get("created", self.record["created"])
        kept = {
            pair: key for pair, key in earlier.pairs.items() if parse_pair(pair)[0].step is not None
        }
        self.record["pairs"] |= {pair: key for pair, key in kept.items() if key in self.store}

    def _stated(self) -> dict[str, Any]:
        """Return what the study itself says of its encoders: it decides who is compared.

        Where it says nothing, families, paradigms and recipes follow from weights and cards.
        """
        said = [
            [getattr(config, field, "") for field in ("family", "paradigm", "recipe")]
            for config in self.study.encoders
        ]
        return {"stated": said} if any(map(any, said)) else {}

    def _resolved(self, loaded: dict[str, Encoder]) -> dict[str, Any]:
        study = self.study
        return {
            "samples": [
                [item["samples_digest"], self.domains[item["name"]].digest]
                for item in self.record["domains"]
            ],
            "encoders": [
                {
                    "weights": encoder.weights_digest,
                    "preprocessing": asdict(encoder.preprocessing),
                    "layers": [[layer.module, layer.pooling] for layer in encoder.layers],
                }
                for encoder in loaded.values()
            ],
            **self._stated(),
            "extraction": EXTRACTION,
            "components": study.components,
            "untrained": study.untrained,
            "permutations": study.permutations,
            "seed": study.seed,
        }

    def _config(self, config: EncoderConfig) -> dict[str, Any]:
        plain = config.model_dump(mode="json", exclude_none=True)
        return plain | {"layers": self.study.layers, "pooling": self.study.pooling}

    def _load(self, config: EncoderConfig) -> Encoder:
        return ENCODER_SOURCES[config.source].load(self._config(config))

    def _extract(self, config: EncoderConfig, encoder: Encoder) -> None:
        self._keep_weights(EncoderRef(config.name), encoder)
        for name, domain in self.domains.items():
            self._pair(EncoderRef(config.name).on(name), encoder, domain)

    def _extract_twin(self, config: EncoderConfig, seed: int) -> None:
        ref = EncoderRef(config.name, twin=seed)
        source = ENCODER_SOURCES[config.source]
        twin = source.untrained(self._config(config), seed, self._origins[config.name])
        self._keep_weights(ref, twin)
        for domain_name, domain in self.domains.items():
            self._pair(ref.on(domain_name), twin, domain)

    def _keep_weights(self, ref: EncoderRef, encoder: Encoder) -> None:
        """Keep what the Weights page reads of a network while it is at hand."""
        if encoder.model is not None:
            key = weights_key(self._so_far(), ref)
            store_weights(self.store, key, weights_of(encoder), raw=ref.twin is None)

    def _extract_checkpoints(self, config: EncoderConfig) -> None:
        source = ENCODER_SOURCES[config.source]
        plain = self._config(config)
        steps = [step for step, _ in source.steps(plain)]
        refs = steps_of(config.name, steps)
        pairs = [ref.on(domain) for ref in refs for domain in self.domains]
        self.progress.declare({pair: self._weight(pair) for pair in pairs})
        for step, ref in zip(steps, refs, strict=True):
            encoder = source.checkpoint(plain, step)
            for domain_name, domain in self.domains.items():
                self._pair(ref.on(domain_name), encoder, domain)

    def _pair(self, pair: str, encoder: Encoder, domain: Domain) -> None:
        key = features_key(encoder, self._samples_digest(domain.name))
        with self.store.computing(key, waiting=self._still_wanted):
            sound = self._sound(key)
            if not sound:
                self._put_features(key, pair, encoder, domain)
        with self._recording:
            self.record["pairs"][pair] = key
            self._save()
        self.progress.step(pair, 1.0, skipped=sound)

    def _put_features(self, key: str, pair: str, encoder: Encoder, domain: Domain) -> None:
        self.progress.phase(self._in_words(pair))
        features = extract(
            encoder,
            domain,
            progress=lambda n: self._seen(pair, n / len(domain)),
            inputs=self.inputs,
        )
        meta = {
            "kind": "features",
            "encoder": encoder.name,
            "domain": domain.name,
            "versions": _versions(),
        }
        self.store.put(key, arrays=features, meta=meta)

    def _in_words(self, pair: str) -> str:
        """Name what sees which images: ``Untrained ResNet, 2 of 3, Handwritten digits``."""
        ref, domain = parse_pair(pair)
        title = _titles(self._so_far())[ref.name]
        if ref.twin is not None:
            title = f"Untrained {title}, {ref.twin + 1} of {self.study.untrained}"
        elif ref.step is not None:
            title = f"{title} at step {ref.step:,}"
        return f"{title}, {self.domains[domain].title}"

    def _seen(self, pair: str, share: float) -> None:
        """Say how far a pass is; the whole share is said once its features are recorded."""
        self._still_wanted()
        self.progress.step(pair, 0.95 * share)

    def _still_wanted(self) -> None:
        """Raise where the run was asked to stop, or another of its tasks has failed."""
        if self.pool.stop.is_set():
            raise CancelledError
        self.progress.check()

    def _samples_digest(self, name: str) -> str:
        return next(d["samples_digest"] for d in self.record["domains"] if d["name"] == name)

    def _sound(self, key: str) -> bool:
        """Say whether an entry is there and whole; a damaged one is reported and removed."""
        try:
            return self.store.get(key) is not None
        except CorruptEntryError as error:
            self.warn(str(error))
            self.store.remove_damaged(key)
            return False

    def _analyse(self, which: Which, *, as_long_as: Callable[[], bool] | None = None) -> None:
        """Compute what the pages show by default, as far as the extracted pairs allow.

        Beside encoders at work, ``as_long_as`` these are: one after another, and what is left then
        waits for the round that has all cores.
        """
        if not self.analyses:
            return
        run = self._so_far()
        todo = list(self._possible(run, which))
        if as_long_as is not None:
            todo = list(_settled(run, self._with_all_twins(run), todo))
        done = count(1)

        def compute(asked: tuple[Analysis, Any]) -> None:
            analysis, params = asked
            self.progress.phase(f"Comparing: {analysis.title}")
            try:
                result = obtain(analysis, run, params, waiting=self._still_wanted)
                if isinstance(result, Copies) and result.pairs:
                    self._warn_once(copies_sentence(result, _titles(run)))
            except (AnalysisError, RepresentationError, NoImagesError) as error:
                self._warn_once(f"{analysis.title}: {error}")
            if _bytes_needed(run, asked) > GIVEN_BACK:
                give_back()
            share = next(done) / len(todo)
            self.progress.step("analyses", share if as_long_as is None else share / 2)

        if as_long_as is not None:
            for asked in todo:
                if not as_long_as():
                    return
                compute(asked)
            return

        def in_turn(several: list[tuple[Analysis, Any]]) -> None:
            for asked in several:
                compute(asked)

        parallel_map(in_turn, self._side_by_side(run, todo))  # nothing else runs now: one per core

    def _with_all_twins(self, run: Run) -> Run:
        """Return the run as it will be once every twin has been extracted."""
        refs = [EncoderRef(c.name, twin=seed) for c, seed in self._twins()]
        twins = {ref.on(domain): "" for ref in refs for domain in self.domains}
        return replace(run, record={**run.record, "pairs": {**twins, **run.pairs}})

    @staticmethod
    def _side_by_side(
        run: Run, todo: list[tuple[Analysis, Any]]
    ) -> list[list[tuple[Analysis, Any]]]:
        """Divide analyses into those that may run beside others, and large ones to do in turn.

        Those of which two would take more than `ANALYSIS_BYTES` come one after another, beside the
        small ones.
        """
        large: list[tuple[Analysis, Any]] = []
        small: list[tuple[Analysis, Any]] = []
        for asked in todo:
            (large if 2 * _bytes_needed(run, asked) > ANALYSIS_BYTES else small).append(asked)
        return [large, *([asked] for asked in small)] if large else [[asked] for asked in small]

    def _warn_once(self, text: str) -> None:
        """Say what both rounds of analyses would say."""
        if text not in self._said:
            self._said.add(text)
            self.warn(text)

    def _so_far(self) -> Run:
        """Return the run with the pairs that this process has extracted or found whole."""
        with self._recording:
            record = {**self.record, "pairs": dict(self.record["pairs"])}
        return Run(str(record["run_id"]), self.store, record)

    @staticmethod
    def _possible(run: Run, which: Which) -> Iterator[tuple[Analysis, Any]]:
        for analysis, params in which(run):
            try:
                result_key(analysis, run, params)
            except RunError:
                continue
            yield analysis, params

    def _save(self) -> None:
        save_record(self.store, self.record)


def _settled(
    run: Run, whole: Run, todo: Iterable[tuple[Analysis, Any]]
) -> Iterator[tuple[Analysis, Any]]:
    """Yield the analyses that will read no more of the whole run than they do now.

    What takes in all the twins that there are would be computed again, under another key.
    """
    for analysis, params in todo:
        if analysis.inputs(run, params) == analysis.inputs(whole, params):
            yield analysis, params


def _bytes_needed(run: Run, asked: tuple[Analysis, Any]) -> int:
    """Return what an analysis holds at most, about: its samples of its encoders a few times."""
    analysis, params = asked
    encoders, domains = analysis.inputs(run, params)
    names = {as_ref(encoder).name for encoder in encoders}
    width = sum(run.encoders[name].layers[-1].width for name in names)
    return 4 * 8 * sum(run.domains[domain].n for domain in domains) * width


def _encoder_record(name: str, encoder: Encoder) -> dict[str, Any]:
    info = encoder.info
    return {
        "name": name,
        "title": info.title,
        "source": info.source,
        "family": info.family,
        "paradigm": info.paradigm,
        "recipe": info.recipe,
        "weights_digest": encoder.weights_digest,
        "layers": [asdict(layer) for layer in encoder.layers],
        "parameters": info.parameters,
        "assumed": info.assumed,
        "accuracy": info.accuracy,
        "accuracy_kind": str(info.card.get("accuracy", {}).get("kind", "")),
    }


@cache
def _versions() -> Mapping[str, str]:
    packages = {name: version(name) for name in ("numpy", "scipy", "timm", "scikit-image")}
    return {
        "substrate": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        **packages,
    }


def _titles(run: Run) -> dict[str, str]:
    return {name: record.title for name, record in run.encoders.items()}
