"""The experiment `distill`: does a student gain from being aligned to the substrate?"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from substrate.analyses.experiments.distill import (
    ARMS,
    DistillFile,
    DistillRepeat,
)
from substrate.analyses.experiments.file import (
    Card,
    inputs_digest,
)
from substrate.encoders.bundled import SOURCE, Bundled
from substrate.encoders.spec import Encoder
from substrate.experiments.options import Options
from substrate.experiments.record import ExperimentError, Keep, Watched, described, read_finished
from substrate.numerics.metrics.cka import linear_cka
from substrate.store import Store, digest, write_text
from substrate.zoo import distillation_targets as targets
from substrate.zoo import probe
from substrate.zoo.data import Cifar, LabelledImages, fewer, load_cifar
from substrate.zoo.distillation import STUDENT, Teacher, device_name, student_recipe, train_student
from substrate.zoo.train import choose_device, mixed_precision

if TYPE_CHECKING:
    import torch

OWN = ("device", "data", "seeds", "steps", "fractions", "encoders")
FRACTIONS = {"cpu": (0.01, 0.1), "cuda": (0.01, 0.1, 0.5, 1.0)}
SEEDS, STEPS, BATCH = 3, 600, 128
COMPONENTS, WEIGHT, TEMPERATURE = 16, 1.0, 4.0
ALIGNMENT_IMAGES = 2_000
TEACHERS = {"within": "resnet", "across": "simclr"}
#: Expected seconds of one student, for the first estimate only.
STUDENT_S = 30.0

CARD = Card(
    title="Distilling the substrate",
    question="Does a small student learn more from few labels when its features are also asked to "
    "align with what the panel's encoders share?",
    protocol="A small VGG is trained on CIFAR-10 with 1 and 10 % of the labels (50 and 100 % "
    "too on a GPU) for the same number of steps in every arm: cross-entropy alone; plus "
    "λ (1 − linear CKA of its last features with the substrate scores of the batch); plus a "
    "teacher's softened classes (T² times the divergence, T = 4). λ = 1. The substrate is the 16 "
    "leading principal scores of the z-scored last features, side by side, of one bundled encoder "
    "per recipe, fitted to the labelled images alone and computed once, without augmentation. A "
    "seed fixes the labelled images, the initial weights and the order of batches, the same in "
    "every arm. "
    "The teacher of the same paradigm is the supervised ResNet; that of another paradigm is the "
    "same ResNet trained contrastively, with a linear probe fitted to the student's own labels.",
    null="The same loss with the scores of other images (rows shuffled once per seed), and the "
    "substrate of untrained twins. Differences are paired by seed.",
    limits=(
        "The supervised encoders saw the labels of all 50,000 training images, the student's "
        "unlabelled ones included: what the substrate and the supervised teacher add may be their "
        "labels. The arm of encoders trained without labels has no such leak; the contrastive "
        "teacher's probe has none either.",
        "Few seeds give wide intervals; more can be added with --seeds and --resume, and "
        "finished repeats are kept.",
        "The published experiment used a ResNet-18, CIFAR-100, ImageNet encoders and up to 200 "
        "epochs; this is an analogue in small.",
        "One λ, one K and one student: nothing was tuned, for any arm.",
    ),
)


@dataclass(eq=False)
class Distill:
    """One run of the experiment in its state directory."""

    cifar: Cifar
    device: torch.device
    settings: dict[str, Any]
    fractions: tuple[float, ...]
    seeds: int
    state: Path
    progress: Watched
    chosen: tuple[str, ...] = ()
    source: Bundled = SOURCE
    encoders: dict[str, Encoder] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Load the panel, and find the place where this configuration keeps what is finished."""
        cards = targets.trained(self.source)
        names = self.chosen or tuple(targets.panel(self.source))
        for name in (*names, *TEACHERS.values()):
            if name not in cards or name not in names:
                raise ExperimentError(
                    f"{name!r} is not among the encoders of the panel "
                    f"({', '.join(set(names) & set(cards)) or 'none'}); the bundled ones are "
                    f"{', '.join(cards) or 'none'}, and {' and '.join(TEACHERS.values())} teach."
                )
        cards = {name: card for name, card in cards.items() if name in names}
        self.label_free = targets.label_free(cards)
        self.encoders = {name: self._load(name) for name in cards}
        self.settings |= {"panel": list(cards), "label_free": self.label_free}
        self.place = self.state / inputs_digest(self.settings, self.data, self.weights)[:16]
        self.store = Store(self.state / "features")
        self.test = fewer(self.cifar.test, ALIGNMENT_IMAGES)

    def _load(self, name: str) -> Encoder:
        self.progress.phase(f"Loading {name}")
        return self.source.load({"name": name, "layers": "penultimate"})

    @property
    def data(self) -> dict[str, str]:
        """The digest of the images and labels."""
        return {"CIFAR-10": self.cifar.digest}

    @property
    def weights(self) -> dict[str, str]:
        """The digests of the encoders' weights."""
        return {name: encoder.weights_digest for name, encoder in self.encoders.items()}

    def run(self, keep: Callable[[list[DistillRepeat]], None]) -> list[DistillRepeat]:
        """Train every student that is not finished yet; hand over all after each seed."""
        self.progress.declare({key: STUDENT_S for key, *_ in self._plan()})
        done: list[DistillRepeat] = []
        for seed in range(self.seeds):
            for fraction in self.fractions:
                done += self._fraction(fraction, seed)
            if seed + 1 < self.seeds:
                keep(done)
        return done

    def _plan(self) -> Iterator[tuple[str, int, float, str]]:
        for seed in range(self.seeds):
            for fraction in self.fractions:
                for arm in ARMS:
                    yield f"{arm} {fraction:g} {seed}", seed, fraction, arm

    def _fraction(self, fraction: float, seed: int) -> list[DistillRepeat]:
        arms = [(key, arm) for key, s, f, arm in self._plan() if (s, f) == (seed, fraction)]
        finished = {arm: self._finished(key) for key, arm in arms}
        if None in finished.values():
            lesson = self._lesson(fraction, seed)
        repeats = []
        for key, arm in arms:
            repeat = finished[arm] or self._repeat(key, arm, fraction, seed, *lesson)
            self.progress.step(key, 1.0, skipped=finished[arm] is not None)
            repeats.append(repeat)
        return repeats

    def _finished(self, key: str) -> DistillRepeat | None:
        """Return a repeat that was finished before; a damaged one is trained again."""
        return read_finished(self._file(key), DistillRepeat)

    def _file(self, key: str) -> Path:
        return self.place / "repeats" / f"{key.replace(' ', '-')}.json"

    def _repeat(
        self,
        key: str,
        arm: str,
        fraction: float,
        seed: int,
        data: LabelledImages,
        wishes: dict[str, Teacher],
        target: Float[np.ndarray, "m k"],
    ) -> DistillRepeat:
        self.progress.phase(f"{ARMS[arm]}, {100 * fraction:g} % of the labels, seed {seed}")
        name = f"distill_{arm}_{round(1000 * fraction)}_{seed}"
        recipe = student_recipe(name=name, batch=self.settings["batch"], seed=seed)
        folder = self.place / "training" / name
        steps = self.settings["steps"]
        student, history = train_student(
            data,
            wishes[arm],
            recipe=recipe,
            steps=steps,
            weight=WEIGHT,
            temperature=TEMPERATURE,
            folder=folder,
            device=self.device,
            report=lambda p: self.progress.step(key, 0.95 * p.step / p.steps),
        )
        correct = probe.predict(student, self.cifar.test.images, self.device)
        own = probe.penultimate(student, self.test.images, self.device)
        repeat = DistillRepeat(
            fraction=fraction,
            arm=arm,  # type: ignore[arg-type]
            seed=seed,
            images=len(data.labels),
            steps=steps,
            accuracy=float((correct == self.cifar.test.labels).mean()),
            alignment=round(linear_cka(own, target), 6),
            seconds=round(history.seconds, 1),
        )
        write_text(self._file(key), repeat.model_dump_json())
        shutil.rmtree(folder)
        return repeat

    def _lesson(
        self, fraction: float, seed: int
    ) -> tuple[LabelledImages, dict[str, Teacher], Float[np.ndarray, "m k"]]:
        """Return the labelled images, what each arm is asked for, and the substrate of the test."""
        rows = targets.labelled_rows(self.cifar.train.labels, fraction, seed)
        data = LabelledImages(self.cifar.train.images[rows], self.cifar.train.labels[rows])
        within, across = (TEACHERS[arm] for arm in ("within", "across"))
        trained = {name: self._features(self.encoders[name], data) for name in self.encoders}
        twins = [self._features(self._twin(name, seed), data) for name in self.encoders]
        substrate = targets.Substrate.of(list(trained.values()), COMPONENTS)
        scores = substrate.scores(list(trained.values()))
        order = np.random.default_rng([seed, 1]).permutation(len(rows))
        wishes = {
            "cross_entropy": Teacher(),
            "substrate": Teacher(scores=scores),
            "shuffled": Teacher(scores=scores[order]),
            "label_free": Teacher(scores=_own([trained[name] for name in self.label_free])),
            "untrained": Teacher(scores=_own(twins)),
            "within": Teacher(
                logits=targets.classifier_logits(self.encoders[within], trained[within])
            ),
            "across": Teacher(logits=targets.probe_logits(trained[across], data.labels)),
        }
        test = [self._features(encoder, self.test) for encoder in self.encoders.values()]
        return data, wishes, substrate.scores(test)

    def _twin(self, name: str, seed: int) -> Encoder:
        return self.source.untrained({"name": name, "layers": "penultimate"}, seed)

    def _features(self, encoder: Encoder, data: LabelledImages) -> Float[np.ndarray, "n d"]:
        """Return an encoder's features of some images, computed once."""
        images = hashlib.sha256(np.ascontiguousarray(data.images).tobytes()).hexdigest()
        key = digest({"kind": "experiment features", "of": [encoder.weights_digest, images]})
        entry = self.store.get(key)
        if entry is None:
            self.progress.phase(f"Features of {encoder.name} on {len(data.labels):,} images")
            features = targets.features(encoder, data.images, self.device)
            entry = self.store.put(key, arrays={"features": features}, meta={"kind": "features"})
        return entry.array("features").astype(np.float64)


def _own(features: list[Float[np.ndarray, "n d"]]) -> Float[np.ndarray, "n k"]:
    """Return the substrate scores of the images that the substrate was fitted to."""
    return targets.Substrate.of(features, COMPONENTS).scores(features)


def run(options: Options, progress: Watched, *, state: Path, keep: Keep) -> Any:
    """Run the experiment and return its file; ``keep`` gets partial files on the way."""
    options.only("distill", OWN)
    device = choose_device(options.device or "auto")
    seeds = SEEDS if options.seeds is None else options.seeds
    steps = STEPS if options.steps is None else options.steps
    fractions = tuple(sorted(set(options.fractions or FRACTIONS[device.type])))
    if seeds < 1 or steps < 1 or not all(0 < f <= 1 for f in fractions):
        raise ExperimentError(
            f"{seeds} seeds, {steps} steps, fractions {list(fractions)}: give at least one seed "
            "and one step, and fractions above 0 and up to 1."
        )
    progress.phase("Reading CIFAR-10")
    cifar = load_cifar(options.data, download=True)
    settings = {
        "steps": steps,
        "batch": BATCH,
        "components": COMPONENTS,
        "weight": WEIGHT,
        "temperature": TEMPERATURE,
        "student": STUDENT.model_dump(mode="json"),
        "recipe": student_recipe(name="student", batch=BATCH, seed=0).digest,
        "teachers": TEACHERS,
        "test_images": len(cifar.test.labels),
        "alignment_images": min(ALIGNMENT_IMAGES, len(cifar.test.labels)),
        "precision": "bfloat16 autocast" if mixed_precision(device) else "float32",
    }
    work = Distill(
        cifar, device, settings, fractions, seeds, state, progress, options.encoders or ()
    )

    def filed(repeats: list[DistillRepeat], status: str) -> DistillFile:
        whole = {**work.settings, "fractions": list(fractions)}
        return DistillFile(
            experiment="distill",
            status=status,  # type: ignore[arg-type]
            command=options.command("distill"),
            card=CARD,
            seeds=tuple(sorted({r.seed for r in repeats})),
            **described(whole, work.data, work.weights, device=device_name(device)),
            wall_s=sum(r.seconds for r in repeats),
            repeats=tuple(repeats),
        )

    done = work.run(lambda repeats: keep(filed(repeats, "partial")))
    return filed(done, "complete")
