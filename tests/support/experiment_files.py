"""Results of experiments as the pages read them, with numbers that were put in by hand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from substrate.analyses.experiments.concepts import ConceptFile, ConceptRepeat
from substrate.analyses.experiments.distill import (
    ARMS,
    DistillFile,
    DistillRepeat,
)
from substrate.analyses.experiments.emergence import (
    EmergenceFile,
    EmergenceRepeat,
)
from substrate.analyses.experiments.file import (
    Card,
    ExperimentFile,
    encode,
    inputs_digest,
)
from substrate.analyses.experiments.modality import (
    ModalityFile,
    ModalityRepeat,
)
from substrate.analyses.experiments.panel import (
    EncoderPair,
    PanelFile,
    PanelRepeat,
)
from substrate.analyses.experiments.polarisation import (
    PolarisedFile,
    PolarisedRepeat,
    PolarisedStep,
)
from substrate.analyses.experiments.stitching import StitchFile, StitchRepeat
from substrate.analyses.experiments.weights import (
    ALIGNMENT,
    CLASSES,
    FILTERS,
    INITIALISATION,
    LABELS,
    RANDOM_LABELS,
    RANK,
    RESAMPLING,
    TRAINING,
    WeightPoint,
    WeightsFile,
    WeightsRepeat,
)
from substrate.numerics.estimates import Estimate, Null
from tests.support.student_file import students_repeats_file

CARD = Card(title="A card", question="Does it?", protocol="So.", null="That.", limits=("Little.",))
#: Accuracy that each arm has beyond cross-entropy, before the seeds' own differences.
EFFECT = {
    "cross_entropy": 0.0,
    "substrate": 0.05,
    "label_free": 0.02,
    "shuffled": -0.01,
    "untrained": -0.02,
    "within": 0.06,
    "across": 0.01,
}


def _file(
    kind: Any,
    name: str,
    configuration: dict[str, Any],
    repeats: list[Any],
    status: str,
    seeds: tuple[int, ...],
) -> Any:
    data, encoders = {"images": "d" * 64}, {"resnet": "e" * 64}
    return kind(
        experiment=name,
        status=status,
        command=f"python -m substrate experiment {name}",
        card=CARD,
        configuration=configuration,
        seeds=seeds,
        data=data,
        encoders=encoders,
        inputs=inputs_digest(configuration, data, encoders),
        versions={"numpy": "2"},
        device="cpu",
        wall_s=90.0,
        repeats=tuple(repeats),
    )


def distill_file(seeds: int = 3, status: str = "complete") -> ExperimentFile[DistillRepeat]:
    """Arms whose differences to cross-entropy are EFFECT plus or minus .01 by seed."""
    repeats = [
        DistillRepeat(
            fraction=fraction,
            arm=arm,
            seed=seed,
            images=round(50_000 * fraction),
            steps=600,  # type: ignore[arg-type]
            accuracy=0.4 + fraction + EFFECT[arm] + 0.01 * (seed - 1) * (arm != "cross_entropy"),
            alignment=0.5,
            seconds=30.0,
        )
        for seed in range(seeds)
        for fraction in (0.01, 0.1)
        for arm in ARMS
    ]
    settings = {"steps": 600, "batch": 128, "components": 16, "weight": 1.0, "test_images": 10_000}
    return _file(DistillFile, "distill", settings, repeats, status, tuple(range(seeds)))


def modality_file() -> ExperimentFile[ModalityRepeat]:
    """One scope that can be tested and one that cannot."""
    base = {
        "tiles": 144,
        "value": 0.30,
        "calibrated": 0.06,
        "null_mean": 0.25,
        "null_low": 0.2,
        "null_high": 0.31,
        "tau": 0.29,
        "p": 0.02,
        "low": 0.15,
        "high": 0.45,
        "reason": "",
        "naive_p": 0.005,
    }
    few = base | {
        "p": None,
        "low": None,
        "high": None,
        "tiles": 56,
        "reason": "Cannot be tested here: at most 7 photographs.",
    }
    kinds = (
        ("panel", "Substrate of the panel"),
        ("untrained", "Substrate of untrained twins"),
        ("pixels", "Raw pixels"),
        ("encoder", "ResNet"),
    )
    repeats = [
        ModalityRepeat(scope=scope, kind=kind, features=name, photographs=n, **numbers)  # type: ignore[arg-type]
        for scope, n, numbers in (("all", 18, base), ("natural", 7, few))
        for kind, name in kinds
    ]
    settings = {"components": 16, "text_components": 8, "permutations": 200, "seed": 0}
    return _file(ModalityFile, "modality", settings, repeats, "complete", (0,))


def emergence_file() -> ExperimentFile[EmergenceRepeat]:
    """Two trainings on a domain of many photographs and on one of few."""
    null = Null(mean=0.0, level=0.1, p=0.005)
    repeats = []
    for encoder, title, share in (("alpha", "Alpha", 0.8), ("beta", "Beta", None)):
        for domain, within in (("rich", False), ("few", True)):
            ends = {"low": None, "high": None} if within else {"low": 0.6, "high": 1.0}
            series = (0.1, 0.3, 0.5)
            nothing = (None, None, None)
            repeats.append(
                EmergenceRepeat(
                    encoder=encoder,
                    title=title,
                    paradigm="supervised",
                    domain=domain,
                    domain_title=domain.capitalize(),
                    layer="penultimate",
                    target="panel's substrate",
                    members=("gamma", "delta"),
                    metric="debiased CKA",
                    photographs=3 if within else 100,
                    tiles=100,
                    within=within,
                    facts="100 tiles · of photographs · seed 0",
                    accuracy_kind="test",
                    steps=(0, 10, 100),
                    accuracy=(0.1, 0.4, 0.7),
                    values=series,
                    low=nothing if within else (0.0, 0.2, 0.4),
                    high=nothing if within else (0.2, 0.4, 0.6),
                    null_mean=(0.0, 0.0, 0.0),
                    tau=(0.05, 0.05, 0.05),
                    p=nothing,
                    calibrated=series,
                    effective_rank=series,
                    participation_ratio=series,
                    untrained=(0.1, 0.1),
                    half_position=1.0,
                    half_step=10.0,
                    half_accuracy=0.4,
                    half_reason="",
                    share=Estimate(share, **ends, null=null),
                    gain=Estimate(0.4, low=0.2 if share else -0.1, high=0.6, null=null),
                )
            )
    return _file(EmergenceFile, "emergence", {"panel": ["alpha"]}, repeats, "complete", (0,))


def panel_file() -> ExperimentFile[PanelRepeat]:
    """Domains where training adds, takes away, changes nothing, and one of few photographs."""
    repeats = []
    for domain, trained, photographs in (
        ("more", 0.6, 40),
        ("same", 0.3, 30),
        ("less", 0.1, 20),
        ("few", 0.5, 3),
    ):
        few, gap = photographs < 10, trained - 0.3
        reason = "Too few photographs." if few else ""

        def ends(value: float, few: bool = few) -> dict[str, float | None]:
            return {
                "low": None if few else value - 0.05,
                "high": None if few else value + 0.05,
            }

        pairs = [
            EncoderPair(
                first=first,
                second=second,
                same_recipe=same,
                estimate=Estimate(value, **ends(value), reason=reason),
            )
            for first, second, same, value in (
                ("resnet", "resnet_seed1", True, 0.8),
                ("resnet", "vit", False, 0.4),
            )
        ]
        repeats.append(
            PanelRepeat(
                domain=domain,
                title=domain.title(),
                photographs=photographs,
                tiles=100,
                held_out=50,
                within=few,
                trained=Estimate(trained, **ends(trained), reason=reason),
                untrained=(0.25, 0.3, 0.35),
                shuffled=(-0.02, 0.0, 0.02),
                difference=Estimate(gap, **ends(gap), reason=reason),
                pairs=tuple(pairs),
            )
        )
    settings = {"panel": ["resnet", "vit"], "components": 16, "samples": 256}
    return _file(PanelFile, "panel", settings, repeats, "complete", (0, 1, 2))


def stitching_file() -> ExperimentFile[StitchRepeat]:
    """Two pairs of two cuts; the first loses nothing, the last less by R2 than by accuracy."""
    repeats = []
    for second, place, grid, stitched, r2, untrained in (
        ("Same", 0, "16 x 16", 0.8, 0.9, (0.5, 0.6)),
        ("Same", 1, "2 x 2", 0.8, 0.7, (0.2, 0.3)),
        ("Other", 0, "16 x 16", 0.6, 0.5, (0.5, 0.6)),
        ("Other", 1, "2 x 2", 0.76, 0.3, (0.2, 0.3)),
    ):
        gain = stitched - sum(untrained) / 2
        repeats.append(
            StitchRepeat(
                first="resnet",
                first_title="ResNet",
                second=second.lower(),
                second_title=second,
                first_layer=f"layer{place + 1}",
                second_layer=f"layer{place + 1}",
                depth=place,
                grid=grid,
                channels=(32, 64),
                images=200,
                tested=100,
                steps=10,
                original=Estimate(0.8, low=0.7, high=0.85),
                stitched=Estimate(stitched, low=stitched - 0.05, high=stitched + 0.05),
                fitted=Estimate(stitched - 0.1, low=stitched - 0.15, high=stitched - 0.05),
                drop=Estimate(stitched - 0.8, low=stitched - 0.85, high=stitched - 0.75),
                r2=Estimate(r2, low=r2 - 0.02, high=r2 + 0.02),
                untrained=untrained,
                untrained_r2=(r2 / 2, r2 / 2),
                gain=Estimate(gain, low=gain - 0.1, high=gain + 0.1),
                seconds=3.0,
            )
        )
    return _file(StitchFile, "stitching", {"steps": 10}, repeats, "complete", (0,))


#: S of the pairs of each relation.
SIMILAR = {INITIALISATION: 0.9, CLASSES: 0.7, LABELS: 0.2, RANDOM_LABELS: 0.8}


def weights_curve(part: str, name: str, points: list[WeightPoint], **options: Any) -> WeightsRepeat:
    """Return one curve of the experiment on weights."""
    own = {"relation": "", "networks": ("a",), "titles": ("Net",), **options}
    return WeightsRepeat(
        part=part,  # type: ignore[arg-type]
        name=name,
        points=tuple(points),
        images=10,
        tested=100,
        seconds=1.0,
        **own,
    )


def weights_pair(relation: str, seed: int = 0) -> WeightsRepeat:
    """Return a pair of eight layers, about as alike as its relation is; the last is not told."""
    points = []
    for layer in range(1, 9):
        s = SIMILAR[relation] + 0.003 * (seed * (1 + list(SIMILAR).index(relation)) % 5 - 2)
        value = Estimate(s, low=s - 0.1, high=s + 0.1)
        told = {"permuted": (0.05, 0.07), "planted": (0.95,), "ranks": (2.0, 3.0)}
        told["planted ranks"] = (1.5, 2.5)
        told |= {"unaligned": (0.8,), "halved": (s - 0.04,), "identical": (1.03, 1.03)}
        if layer == 8:
            value, told = Estimate(None, reason="No eigenvalue stands out of the noise."), {}
        beside = {"error": (0.3,), "error permuted": (0.8, 0.9), "inputs seen": (80, 80), **told}
        points.append(
            WeightPoint(label=f"layer {layer}", x=float(layer), value=value, beside=beside)
        )
    names = {"networks": (f"a{seed}", f"b{seed}"), "titles": (f"A {seed}", f"B {seed}")}
    return weights_curve(ALIGNMENT, relation, points, relation=relation, **names)


def _accurate(label: str, x: float, value: float, *draws: float) -> WeightPoint:
    beside = {"draws": draws} if draws else {}
    estimate = Estimate(value, low=value - 0.02, high=value + 0.02)
    return WeightPoint(label=label, x=x, value=estimate, beside=beside)


#: Steps of a training: agreement and accuracy; filters appear at step 100, accuracy half way then.
STEPS = ((0, 0.3, 0.1), (10, 0.38, 0.2), (100, 0.6, 0.5), (1000, 0.8, 0.8))


def _step(step: int, value: float, accuracy: float) -> WeightPoint:
    beside = {"random": (0.32,), "level": (0.37,), "accuracy": (accuracy,), "layers": (value,) * 3}
    estimate = Estimate(value, low=value - 0.05, high=value + 0.05)
    return WeightPoint(label=f"step {step}", x=float(step), value=estimate, beside=beside)


def weights_file(repeats: list[WeightsRepeat] | None = None) -> ExperimentFile[WeightsRepeat]:
    """Return pairs of four relations, filters, ranks, redrawn neurons, and steps of a training."""
    if repeats is None:
        repeats = [weights_pair(relation) for relation in SIMILAR]
        kinds = {"universal": 0.52, "universal, second seed": 0.51, "random orthonormal": 0.48}
        filters = [_accurate(kind, i, v) for i, (kind, v) in enumerate(kinds.items())]
        repeats.append(weights_curve(FILTERS, "frozen filters", filters))
        for kept, values in (
            ("leading", (0.3, 0.5)),
            ("others", (0.4, 0.1)),
            ("random", (0.1, 0.2)),
        ):
            points = [_accurate(str(r), r, v) for r, v in zip((1, 4), values, strict=True)]
            repeats.append(weights_curve(RANK, kept, [*points, _accurate("all", 16, 0.52)]))
        for drawn, value in (("fitted", 0.3), ("isotropic", 0.1)):
            redrawn = _accurate("redrawn", 1, value, value - 0.01, value + 0.01)
            points = [_accurate("as trained", 0, 0.52), redrawn]
            repeats.append(weights_curve(RESAMPLING, drawn, points))
        repeats.append(weights_curve(TRAINING, "spatial filters", [_step(*row) for row in STEPS]))
    return _file(WeightsFile, "weights", {"draws": 3}, repeats, "complete", (0,))


def students_file(**options: Any) -> ExperimentFile[Any]:
    """Return linear students at their closed form, and networks of planted curves."""
    return students_repeats_file(_file, **options)


def polarised_row(
    encoder: str, domain: str, photographs: int, mixed: float, **own: Any
) -> PolarisedRepeat:
    """Return the last layer of an encoder: no unit passive, so many mixed, in twins .3 and .1."""
    few = photographs < 10
    reason = "Too few photographs." if few else ""

    def near(value: float) -> Estimate:
        ends = {} if few else {"low": round(value - 0.05, 3), "high": round(value + 0.05, 3)}
        return Estimate(value, reason=reason, **ends)

    return PolarisedRepeat(
        encoder=encoder,
        title=encoder.title(),
        domain=domain,
        domain_title=domain.title(),
        sampled_as="photograph",
        grouped_by="photograph",
        photographs=photographs,
        images=photographs,
        within=few,
        units=4,
        passive=near(0.0),
        mixed=near(mixed),
        active=near(round(1 - mixed, 3)),
        untrained_passive=(0.25, 0.35),
        untrained_mixed=(0.05, 0.15),
        more_passive=near(-0.3),
        more_mixed=near(round(mixed - 0.1, 3)),
        support=(0.2, 0.4, 0.6, 0.8, 1.0),
        **{"family": "resnet", "paradigm": "supervised", "layer": "penultimate", **own},
    )


def polarisation_file() -> ExperimentFile[PolarisedRepeat]:
    """Two layers of a training, another encoder of its architecture and one of another."""
    repeats = []
    for domain, photographs in (("rich", 30), ("few", 3)):
        steps = tuple(
            PolarisedStep(step=step, passive=Estimate(0.3 - share), mixed=Estimate(share))
            for step, share in ((0, 0.1), (10, 0.2), (100, 0.3))
        )
        units = ((0.001, 0.9), (0.5, 0.3), (1.5, 0.7), (2.0, 1.0))
        for layer in ("layer1.0", "penultimate"):
            kept = {"start": units, "end": units} if layer == "penultimate" else {}
            repeats.append(
                polarised_row("vae", domain, photographs, 0.3, layer=layer, steps=steps, **kept)
            )
        repeats.append(polarised_row("resnet", domain, photographs, 0.4))
        repeats.append(polarised_row("vgg", domain, photographs, 0.0, family="vgg"))
    settings = {"noise": 0.01, "mixed": 0.5, "followed": "vae"}
    return _file(PolarisedFile, "polarisation", settings, repeats, "complete", (0,))


def _concept_row(domain: str, kind: Any, value: float, **own: Any) -> ConceptRepeat:
    def near(one: float) -> Estimate:
        return Estimate(one, low=round(one - 0.05, 3), high=round(one + 0.05, 3))

    fields = {"kept": Estimate(None, reason="Others."), "more": Estimate(None, reason="Others.")}
    if kind == "changed":
        null = Null(mean=0.1, level=0.13, p=0.005)
        fields = {"kept": replace(near(value), null=null), "more": near(round(value - 0.4, 3))}
        own |= {"kept_codes": (value, value), "kept_untrained": (0.35, 0.45), "kept_units": 0.3}
    return ConceptRepeat(
        domain=domain,
        title=domain.replace("_", " ").capitalize(),
        kind=kind,
        sampled_as="image",
        grouped_by="photograph",
        images=20,
        photographs=20,
        firing=near(value),
        firing_codes=(value, value),
        firing_untrained=(0.3, 0.4),
        unexplained=near(0.2),
        unexplained_codes=(0.1, 0.3),
        unexplained_untrained=(0.1, 0.1),
        **fields,
        **own,
    )


def concepts_file() -> ExperimentFile[ConceptRepeat]:
    """Two changes, one that keeps more than twins do and one that keeps less, and other images."""
    own = ((0, 1, 2, 3, 4, 5), (6, 7, 8, 9, 10, 11))
    repeats = [
        _concept_row("as_they_are", "inside", 0.8, own=own, places=tuple(range(20))),
        _concept_row("blurred", "changed", 0.6, own=((0, 1, 2, 12, 13, 14), own[1])),
        _concept_row("noisy", "changed", 0.2, own=(own[1], own[0])),
        _concept_row("digit", "other", 0.4),
    ]
    settings = {"concepts": 64, "active": 4, "title": "ResNet", "dead": [0, 3]}
    return _file(ConceptFile, "concepts", settings, repeats, "complete", (0, 1))


FILES: dict[str, Callable[[], ExperimentFile[Any]]] = {
    "distill": distill_file,
    "modality": modality_file,
    "emergence": emergence_file,
    "panel": panel_file,
    "stitching": stitching_file,
    "weights": weights_file,
    "students": students_file,
    "polarisation": polarisation_file,
    "concepts": concepts_file,
}


def write_all(folder: Path) -> Path:
    """Write all of them as the commands do."""
    for name, make in FILES.items():
        (folder / f"{name}.json").write_text(encode(make()), encoding="utf-8")
    return folder
