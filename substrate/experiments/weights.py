"""The experiment `weights`: are channels alike, can filters be preset, which directions matter?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from substrate.analyses.experiments.catalogue import EXPERIMENTS
from substrate.analyses.experiments.file import Card, inputs_digest
from substrate.analyses.experiments.weights import (
    ALIGNMENT,
    FILTERS,
    RANK,
    RESAMPLING,
    TRAINING,
    WeightPoint,
    WeightsFile,
    WeightsRepeat,
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
from substrate.experiments.weights_chosen import (
    FURTHER,
    PAIRS,
    PRESET,
    PROJECTED,
    REDRAWN,
    TRAINED,
    F,
)
from substrate.numerics.estimates import Estimate
from substrate.numerics.proportions import proportion
from substrate.store import digest, write_text
from substrate.zoo.data import Cifar, fewer, load_cifar

if TYPE_CHECKING:
    from torch import nn

    from substrate.analyses.weights.aligned import AlignedLayer
    from substrate.encoders.spec import Encoder

OWN = ("data", "seeds")
#: Directions that are kept or taken out.
RANKS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
#: Images that align networks, half of them to fit; to measure statistics on; that are tested; that
#: align a network whose neurons are drawn anew.
ALIGNING, FITTED, TESTED, REDRAWING, SEED = 2_000, 400, 1_000, 2_000, 0
DRAWS = 3
IMAGES = "images"

CARD = Card(
    title="What weights hold",
    question=EXPERIMENTS["weights"].question,
    protocol="Similarity: what goes into each layer of two networks is aligned by an orthogonal "
    "map on half of 2,000 test images of CIFAR-10 and judged on the other half; through it the "
    "learned covariances of channels are compared (normalised Bures-Wasserstein S, mean of both "
    "orders), and once more through a map fitted to half of that half. "
    "Filters: accuracy of a factorised VGG whose frozen spatial filters are the universal ones, "
    "random orthonormal ones, or those of an untrained network, as its card states it for all test "
    "images. Rank: accuracy on 1,000 test images when the weights of every layer are projected on "
    "their first r channel eigenvectors, or on all others. Redrawing: accuracy when every layer's "
    "neurons are drawn anew from their covariance, from the first to the last, each layer aligned "
    "to what the network saw before, on up to 2,000 training images: four samples for each input. "
    "The statistics of batch normalisation are measured anew on "
    "400 training images. Training: the first five spatial eigenvectors of every layer after "
    "the first, at each stored step, beside the mean basis of other networks as trained.",
    null="Alignments fitted to shuffled images, and what the estimators of S and of the rank give "
    "for samples of one covariance; projections on random directions of equal rank, and neurons "
    "drawn from a white covariance, three draws each; random bases of each layer's own symmetry.",
    limits=(
        "The networks are small (16 to 192 channels), and those of pairs were trained on 4,000 "
        "images. In many layers nothing learned can be told from noise by the "
        "size of its eigenvalues: there S has no value.",
        "One or two seeds of each kind: intervals are over images, rotations and resamples, and "
        "say nothing of other trainings.",
        "No network here was trained on CIFAR-100 or ImageNet, and one alone at another width: the "
        "published pairs of data sets, and curves over width, cannot be drawn.",
        "Neurons of narrow layers, drawn anew, are few: the published test lives of wide networks.",
    ),
)


@dataclass(eq=False)
class Weights:
    """One run of the experiment in its state directory."""

    cifar: Cifar
    draws: int
    state: Path
    progress: Watched
    aligning: int = ALIGNING
    tested: int = TESTED
    source: Bundled = SOURCE
    ranks: tuple[int, ...] = RANKS
    _loaded: dict[str, Encoder] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Draw the images, and find the place where this configuration keeps what is finished."""
        self.settings = {
            "pairs": [list(pair) for pair in PAIRS],
            "preset": PRESET,
            "projected": list(PROJECTED),
            "redrawn": list(REDRAWN),
            "trained": [*TRAINED, *FURTHER],
            "ranks": list(self.ranks),
            "aligning": self.aligning,
            "fitted": FITTED,
            "tested": self.tested,
            "redrawing": REDRAWING,
            "draws": self.draws,
            "seed": SEED,
        }
        rng = np.random.default_rng(SEED)
        self.fit = fewer(self.cifar.train, FITTED, rng)
        self.test = fewer(self.cifar.test, self.tested, rng)
        self.seen = fewer(self.cifar.test, self.aligning, rng)
        more = fewer(self.cifar.train, REDRAWING, rng)  # by class, as the file has them
        self.redrawing = rng.permutation(more.images)
        self.place = self.state / inputs_digest(self.settings, self.data, self.weights)[:16]

    @property
    def data(self) -> dict[str, str]:
        """The digest of the images and labels."""
        return {"CIFAR-10": self.cifar.digest}

    @property
    def weights(self) -> dict[str, str]:
        """The digests of the networks' weights."""
        named = [name for _, *pair in PAIRS for name in pair]
        names = dict.fromkeys([*named, *PRESET.values(), *PROJECTED, *REDRAWN, *TRAINED, *FURTHER])
        return {name: str(self.source.card(name)["sha256"]) for name in names}

    def run(self, keep: Callable[[list[WeightsRepeat]], None]) -> list[WeightsRepeat]:
        """Measure every curve that is not finished yet; hand over all after each."""
        todo = list(self._todo())
        self.progress.declare({key: seconds for key, seconds, _ in todo})
        done: list[WeightsRepeat] = []
        for key, _, work in todo:
            path = self.place / "repeats" / f"{digest([key])[:16]}.json"
            finished = read_finished(path, WeightsRepeat)
            if finished is None:
                self.progress.phase(key)
                begun = time.monotonic()
                measured = work()
                seconds = round(time.monotonic() - begun, 1)
                finished = measured.model_copy(update={"seconds": seconds})
                write_text(path, finished.model_dump_json())
            self.progress.step(key, 1.0)
            done.append(finished)
            keep(done)
        return done

    def _todo(self) -> Iterator[tuple[str, float, Callable[[], WeightsRepeat]]]:
        """Yield every curve with its name and about how long it takes."""
        yield "Preset filters", 1.0, self._preset
        for name in PROJECTED:
            for kept in ("leading", "others", "random"):
                yield (
                    f"{name} on {kept} directions",
                    30.0 if kept == "random" else 10.0,
                    lambda name=name, kept=kept: self._projected(name, kept),  # type: ignore[misc]
                )
        for name in REDRAWN:
            for drawn in ("fitted", "isotropic"):
                yield (
                    f"{name} redrawn, {drawn}",
                    30.0,
                    lambda name=name, drawn=drawn: self._redrawn(name, drawn),  # type: ignore[misc]
                )
        for name in TRAINED:
            yield f"{name} along training", 20.0, lambda name=name: self._along(name)  # type: ignore[misc]
        for relation, first, second in PAIRS:
            yield (
                f"{first} and {second}",
                5.0 if F not in first + second else 40.0,
                lambda r=relation, a=first, b=second: self._aligned(r, a, b),  # type: ignore[misc]
            )

    def _preset(self) -> WeightsRepeat:
        """Return the accuracies that the cards state, each on all test images."""
        points = []
        for place, (kind, name) in enumerate(PRESET.items()):
            stated = self.source.card(name)["accuracy"]
            rows = np.arange(int(stated["images"]))
            right = rows < round(float(stated["value"]) * len(rows))
            value = proportion(right, rows, unit=IMAGES)
            points.append(WeightPoint(label=kind, x=float(place), value=value))
        return self._filed(FILTERS, "frozen filters", tuple(PRESET.values()), points, len(rows))

    def _projected(self, name: str, kept: str) -> WeightsRepeat:
        from substrate.zoo.changed.weights import projected, right, widest

        network = self._network(name)
        ranks = [rank for rank in self.ranks if rank < widest(network)]
        points = []
        for rank in ranks:
            every = [
                right(
                    projected(network, rank, kept, self.fit.images, seed=SEED + draw),  # type: ignore[arg-type]
                    self.test,
                )
                for draw in range(self.draws if kept == "random" else 1)
            ]
            points.append(self._point(str(rank), rank, every))
        own = right(network, self.test)
        points.append(self._point("all", widest(network), [own]))
        return self._filed(RANK, kept, (name,), points, self.tested, fitted=FITTED)

    def _redrawn(self, name: str, drawn: str) -> WeightsRepeat:
        from substrate.zoo.changed.weights import redrawn, right

        network, images = self._network(name), (self.fit.images, self.redrawing)
        every = [
            right(
                redrawn(network, drawn, *images, seed=SEED + draw),  # type: ignore[arg-type]
                self.test,
            )
            for draw in range(self.draws)
        ]
        points = [
            self._point("as trained", 0, [right(network, self.test)]),
            self._point("redrawn", 1, every),
        ]
        return self._filed(RESAMPLING, drawn, (name,), points, self.tested, fitted=FITTED)

    def _point(self, label: str, x: float, every: list[np.ndarray]) -> WeightPoint:
        """Return the accuracy of one network, or the mean over draws with each beside it."""
        value = proportion(np.mean(every, axis=0), np.arange(self.tested), unit=IMAGES)
        beside = {"draws": tuple(float(one.mean()) for one in every)} if len(every) > 1 else {}
        return WeightPoint(label=label, x=float(x), value=value, beside=beside)

    def _aligned(self, relation: str, first: str, second: str) -> WeightsRepeat:
        from substrate.analyses.weights.aligned import measured
        from substrate.paired.arrays import images_as_domain
        from substrate.paired.weights import crossed_layers

        a, b = self._encoder(first), self._encoder(second)
        images = images_as_domain(self.seen.images, self.seen.labels, "CIFAR-10")
        crossed = crossed_layers(a, b, images, seed=SEED)
        points = [
            _layer_point(place, measured(one, seed=SEED))
            for place, one in enumerate(crossed, start=1)
        ]
        half = self.aligning // 2
        return self._filed(
            ALIGNMENT, relation, (first, second), points, half, relation=relation, fitted=half
        )

    def _along(self, name: str) -> WeightsRepeat:
        from substrate.experiments.weights_training import along_training

        others = [one for one in (*TRAINED, *FURTHER) if one != name]
        points = along_training(self.source, name, others, seed=SEED)
        return self._filed(TRAINING, "spatial filters", (name,), points, 0)

    def _filed(
        self,
        part: str,
        name: str,
        networks: tuple[str, ...],
        points: list[WeightPoint],
        tested: int,
        *,
        relation: str = "",
        fitted: int = 0,
    ) -> WeightsRepeat:
        return WeightsRepeat(
            part=part,  # type: ignore[arg-type]
            name=name,
            relation=relation,
            networks=networks,
            titles=tuple(str(self.source.card(one)["title"]) for one in networks),
            points=tuple(points),
            images=fitted,
            tested=tested,
            seconds=0.0,
        )

    def _encoder(self, name: str) -> Encoder:
        if name not in self._loaded:
            config = {"name": name, "layers": "penultimate"}
            self._loaded[name] = self.source.load(config)
            self._loaded[name].network.eval().requires_grad_(False)
        return self._loaded[name]

    def _network(self, name: str) -> nn.Module:
        return self._encoder(name).network


def _layer_point(place: int, one: AlignedLayer) -> WeightPoint:
    """Return S of a layer; its interval is over rotations and resamples."""
    value = Estimate(None, reason=one.reason)
    beside = {
        "error": (one.error,),
        "error permuted": tuple(one.error_permuted.tolist()),
        "inputs seen": (float(one.seen), float(one.inputs)),
    }
    if np.isfinite(one.identical):
        beside["identical"] = (one.identical, one.identical_seen)
    if not one.reason:
        ends = (one.low, one.high) if np.isfinite(one.low) else (None, None)
        reason = "" if np.isfinite(one.low) else "A draw of the levels has no eigenvalue left."
        value = Estimate(one.similarity, low=ends[0], high=ends[1], reason=reason)
        beside |= {
            "orders": (one.forth, one.back),
            "permuted": tuple(one.permuted.tolist()),
            "ranks": one.ranks,
            "halved": (one.halved,),
        }
        if np.isfinite(one.planted_ranks).all():
            beside["planted ranks"] = one.planted_ranks
        if np.isfinite(one.planted[0]):
            beside |= {"planted": one.planted[:1], "planted deviation": one.planted[1:]}
        if np.isfinite(one.unaligned):
            beside["unaligned"] = (one.unaligned,)
    return WeightPoint(label=one.names[0], x=float(place), value=value, beside=beside)


def run(options: Options, progress: Watched, *, state: Path, keep: Keep) -> Any:
    """Run the experiment and return its file; ``keep`` gets partial files on the way."""
    options.only("weights", OWN)
    draws = DRAWS if options.seeds is None else options.seeds
    if draws < 1:
        raise ExperimentError(f"{draws} draws: give at least 1.")
    progress.phase("Reading CIFAR-10")
    work = Weights(load_cifar(options.data, download=True), draws, state, progress)

    return run_to_file(
        WeightsFile,
        work,
        keep,
        lambda: described(work.settings, work.data, work.weights),
        experiment="weights",
        command=options.command("weights"),
        card=CARD,
        seeds=(SEED,),
    )
