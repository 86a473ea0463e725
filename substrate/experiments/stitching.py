"""The experiment `stitching`: the lower part of one network under the upper part of another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from substrate.analyses.experiments.catalogue import EXPERIMENTS
from substrate.analyses.experiments.file import Card, inputs_digest
from substrate.analyses.experiments.stitching import (
    Measured,
    StitchFile,
    StitchRepeat,
    estimates,
)
from substrate.encoders.bundled import SOURCE, Bundled
from substrate.experiments.options import Options
from substrate.experiments.record import (
    ExperimentError,
    Keep,
    Watched,
    described,
    read_finished,
    run_to_file,
)
from substrate.store import digest, write_text
from substrate.zoo.data import Cifar, fewer, load_cifar

if TYPE_CHECKING:
    from substrate.zoo.staged import Cut, Staged

OWN = ("data", "seeds", "steps", "encoders")
#: Lower and upper network: one recipe twice, two architectures both ways, one without labels.
PAIRS = (
    ("resnet", "resnet_seed1"),
    ("vit", "vit_seed1"),
    ("vgg", "resnet"),
    ("resnet", "vgg"),
    ("simclr", "resnet"),
)
IMAGES, TESTED, STEPS, BATCH, RATE, DRAWS, SEED = 2_000, 2_000, 120, 100, 3e-3, 5, 0
#: Expected seconds of one cut, for the first estimate only.
CUT_S = 80.0

CARD = Card(
    title="Stitching networks",
    question=EXPERIMENTS["stitching"].question,
    protocol="At a cut where the outputs of both networks have one grid, a 1x1 convolution (a "
    "linear map of tokens) carries the channels of the lower network over to those of the upper "
    "one. It starts from the affine map of least squares and is trained for the upper network's "
    "classes by cross-entropy (Adam, 120 steps of 100 of 2,000 training images of CIFAR-10); both "
    "networks stay as they are. Accuracy is measured on 2,000 test images, beside the upper "
    "network's own, and beside the held-out R2 of the affine map at the same cut. Pairs: one "
    "recipe with two seeds, two architectures both ways, and a network trained without labels "
    "under a supervised one.",
    null="The same with untrained twins of the lower network, five draws. Differences are paired "
    "by test image; their intervals carry the draws.",
    limits=(
        "A stitched network that is accurate says that the lower part holds, linearly, what the "
        "upper part needs; not that the two represent the same. The map is trained with labels: at "
        "late cuts little is left above it, and it may be a classifier by itself. The untrained "
        "lower parts say how far that goes.",
        "Intervals are over test images and draws of twins, for these networks and this one "
        "training of each map.",
        "Both networks saw all training images; the maps saw 2,000 of them.",
        "The networks are small and see 32 x 32 pixels.",
    ),
)


@dataclass(eq=False)
class Stitching:
    """One run of the experiment in its state directory."""

    cifar: Cifar
    pairs: tuple[tuple[str, str], ...]
    draws: int
    steps: int
    state: Path
    progress: Watched
    images: int = IMAGES
    tested: int = TESTED
    source: Bundled = SOURCE
    _loaded: dict[tuple[str, int | None], Staged] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find the place where this configuration keeps what is finished."""
        self.settings = {
            "pairs": [list(pair) for pair in self.pairs],
            "images": self.images,
            "tested": self.tested,
            "steps": self.steps,
            "batch": BATCH,
            "rate": RATE,
            "untrained": self.draws,
            "seed": SEED,
        }
        rng = np.random.default_rng(SEED)
        self.train = fewer(self.cifar.train, self.images, rng)
        self.test = fewer(self.cifar.test, self.tested, rng)
        own = {key: value for key, value in self.settings.items() if key != "pairs"}
        self.place = self.state / inputs_digest(own, self.data, {})[:16]

    @property
    def data(self) -> dict[str, str]:
        """The digest of the images and labels."""
        return {"CIFAR-10": self.cifar.digest}

    @property
    def weights(self) -> dict[str, str]:
        """The digests of the networks' weights."""
        names = dict.fromkeys(name for pair in self.pairs for name in pair)
        return {name: str(self.source.card(name)["sha256"]) for name in names}

    def run(self, keep: Callable[[list[StitchRepeat]], None]) -> list[StitchRepeat]:
        """Measure every cut that is not finished yet; hand over all after each pair."""
        every = [(pair, cut) for pair in self.pairs for cut in self._cuts(*pair)]
        self.progress.declare({self._key(*pair, cut): CUT_S for pair, cut in every})
        done: list[StitchRepeat] = []
        for pair in self.pairs:
            for cut in self._cuts(*pair):
                done.append(self._repeat(*pair, cut))
            if pair != self.pairs[-1]:
                keep(done)
        return done

    def _repeat(self, first: str, second: str, cut: Cut) -> StitchRepeat:
        """Return what a cut gives; one that was finished before is read again."""
        from substrate.zoo.stitching import outputs

        key = self._key(first, second, cut)
        path = self.place / "repeats" / f"{key.replace(' ', '-')}-{self._of(first, second)}.json"
        finished = read_finished(path, StitchRepeat)
        if finished is not None:
            self.progress.step(key, 1.0, skipped=True)
            return finished
        begun = time.monotonic()
        upper, measured = self._staged(second), []
        theirs = [outputs(upper, cut.upper, part.images) for part in (self.train, self.test)]
        for number, twin in enumerate((None, *range(self.draws))):
            who = first if twin is None else f"untrained {first}, draw {twin + 1}"
            self.progress.phase(f"{who} under {second} at {cut.grid}")
            measured.append(self._measured(self._staged(first, twin), upper, cut, theirs))
            self.progress.step(key, 0.99 * (number + 1) / (self.draws + 1))
        repeat = self._filed(first, second, cut, measured, time.monotonic() - begun)
        write_text(path, repeat.model_dump_json())
        self.progress.step(key, 1.0)
        return repeat

    def _of(self, *names: str) -> str:
        """Return the beginning of the digest of some networks' weights."""
        return digest([self.source.card(name)["sha256"] for name in names])[:12]

    def _measured(self, lower: Staged, upper: Staged, cut: Cut, theirs: list[Any]) -> Measured:
        """Map a lower network's outputs to the upper one's (``theirs``, train and test)."""
        from substrate.zoo import stitching as zoo

        train, test = (
            zoo.outputs(lower, cut.lower, part.images) for part in (self.train, self.test)
        )
        above, labels = (upper, cut.upper), self.test.labels
        fitted = zoo.least_squares(train, theirs[0])
        trained = zoo.trained_map(
            fitted,
            train,
            self.train.labels,
            *above,
            steps=self.steps,
            batch=BATCH,
            rate=RATE,
            seed=SEED,
        )
        error, deviation = zoo.squares(fitted, test, theirs[1])
        return Measured(
            zoo.right(trained, test, labels, *above),
            zoo.right(fitted, test, labels, *above),
            error,
            deviation,
        )

    def _filed(
        self, first: str, second: str, cut: Cut, measured: list[Measured], seconds: float
    ) -> StitchRepeat:
        from substrate.zoo.stitching import right_alone

        lower, upper = self._staged(first), self._staged(second)
        own, theirs = lower.shapes()[cut.lower], upper.shapes()[cut.upper]
        return StitchRepeat(
            first=first,
            first_title=lower.encoder.info.title,
            second=second,
            second_title=upper.encoder.info.title,
            first_layer=lower.names[cut.lower],
            second_layer=upper.names[cut.upper],
            depth=cut.upper / (len(upper.stages) - 1),
            grid=cut.grid,
            channels=(_channels(own), _channels(theirs)),
            images=self.images,
            tested=self.tested,
            steps=self.steps,
            **estimates(right_alone(upper, self.test), measured[0], measured[1:]),
            seconds=round(seconds, 1),
        )

    def _cuts(self, first: str, second: str) -> list[Cut]:
        from substrate.zoo.staged import cuts

        return cuts(self._staged(first), self._staged(second))

    def _staged(self, name: str, twin: int | None = None) -> Staged:
        from substrate.zoo.staged import Staged

        if (name, twin) not in self._loaded:
            config = {"name": name, "layers": "penultimate"}
            made = self.source.load(config) if twin is None else self.source.untrained(config, twin)
            self._loaded[name, twin] = Staged.of(made)
        return self._loaded[name, twin]

    @staticmethod
    def _key(first: str, second: str, cut: Cut) -> str:
        return f"{first} {second} {cut.lower} {cut.upper}"


def _channels(shape: tuple[int, ...]) -> int:
    return shape[0] if len(shape) == 3 else shape[-1]


def _pairs(chosen: tuple[str, ...] | None) -> Iterator[tuple[str, str]]:
    if chosen is None:
        yield from PAIRS
    elif len(chosen) == 2:
        yield chosen[0], chosen[1]
    else:
        raise ExperimentError(
            f"{len(chosen)} encoders were named; name two, the lower network first."
        )


def require_stitchable(pairs: Iterable[tuple[str, str]], source: Bundled = SOURCE) -> None:
    """Refuse pairs that cannot be joined, before any image is asked for.

    Raises
    ------
    ExperimentError
        If a network is not there, or an upper one tells no classes of CIFAR-10.
    ZooInputError
        If no outputs of the two have one size.
    """
    from substrate.zoo.staged import Staged, cuts

    cards = source.cards()
    for lower, upper in pairs:
        for name in (lower, upper):
            if name not in cards:
                raise ExperimentError(
                    f"There is no bundled encoder {name!r}; there are {', '.join(cards)}."
                )
        recipe = cards[upper]["recipe"]
        if not cards[upper]["has_classifier"] or str(recipe.get("labels", "true")) != "true":
            raise ExperimentError(
                f"{upper} does not tell CIFAR-10's ten classes: it cannot be the upper "
                "network. Name it first, or choose another."
            )
        parts = ({"name": name, "layers": "penultimate"} for name in (lower, upper))
        cuts(*(Staged.of(source.load(config)) for config in parts))


def run(options: Options, progress: Watched, *, state: Path, keep: Keep) -> Any:
    """Run the experiment and return its file; ``keep`` gets partial files on the way."""
    options.only("stitching", OWN)
    draws = DRAWS if options.seeds is None else options.seeds
    steps = STEPS if options.steps is None else options.steps
    if draws < 0 or steps < 1:
        raise ExperimentError(f"{draws} draws and {steps} steps: give at least 0 and 1.")
    pairs = tuple(_pairs(options.encoders))
    require_stitchable(pairs)
    progress.phase("Reading CIFAR-10")
    work = Stitching(load_cifar(options.data, download=True), pairs, draws, steps, state, progress)

    return run_to_file(
        StitchFile,
        work,
        keep,
        lambda: described(work.settings, work.data, work.weights),
        experiment="stitching",
        command=options.command("stitching"),
        card=CARD,
        seeds=(SEED,),
    )
