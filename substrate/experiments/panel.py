"""The experiment `panel`: the bundled encoders against twenty panels of untrained twins."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from substrate import catalogue
from substrate.analyses.experiments.catalogue import EXPERIMENTS
from substrate.analyses.experiments.file import (
    Card,
)
from substrate.analyses.experiments.panel import (
    EncoderPair,
    PanelFile,
    PanelRepeat,
    filed,
    repeat,
)
from substrate.analyses.sharedness.leave_encoder_out import (
    SHAREDNESS,
    SharednessParams,
)
from substrate.analyses.sharedness.untrained import (
    UNTRAINED_SHAREDNESS,
    UntrainedSharednessParams,
)
from substrate.analyses.spec import obtain
from substrate.experiments.extracted import bundled, extract, samples, weights
from substrate.experiments.options import Options
from substrate.experiments.record import ExperimentError, Keep, Watched, described
from substrate.runs import Run

#: Offered by the catalogue where its images are present.
CIFAR10 = "cifar10"
OWN = ("domains", "encoders", "seeds")
DOMAINS = (
    "natural",
    "fundus",
    "histology",
    "astronomy",
    "texture",
    "document",
    "face",
    "digit",
    "depth",
    "cells",
)
SAMPLES, SEEDS, COMPONENTS, SEED = 256, 20, 16, 0
#: Encoders of one recipe that differ by their seed, and pairs of other kinds to hold them against.
SAME = (("resnet", "resnet_seed1"), ("vit", "vit_seed1"), ("vgg_factorised", "vgg_factorised_bis"))
OTHER = (("resnet", "vit"), ("resnet", "vgg"), ("vgg", "vit"))

CARD = Card(
    title="The bundled panel against untrained panels",
    question=EXPERIMENTS["panel"].question,
    protocol="On every packaged domain, and on CIFAR-10's test images where they are present: K = "
    "16 directions of the z-scored encoders side by side, found on half of the photographs; each "
    "encoder's part correlated with the others' on the other half; the median over directions, "
    "averaged over encoders. The panel has one encoder per recipe and none of random labels.",
    null="The same for twenty panels of untrained twins, one for each seed, and for images "
    "shuffled between encoders. Pairs of encoders of one recipe with two seeds give the ceiling "
    "for pairs of different recipes.",
    limits=(
        "A domain of fewer than ten photographs gives values within its photographs: no interval.",
        "Intervals are over photographs, for these encoders; twenty seeds are all of one "
        "initialisation scheme.",
        "All encoders were trained on CIFAR-10: what they share on its test images may be its "
        "classes.",
        "The encoders are small and see 32 x 32 pixels.",
    ),
)


def run(options: Options, progress: Watched, *, state: Path, keep: Keep) -> Any:
    """Run the experiment and return its file."""
    del keep  # what is finished lies in the state's store
    options.only("panel", OWN)
    begun = time.monotonic()
    progress.declare({"domains": 60.0})
    seeds = tuple(range(options.seeds or SEEDS))
    names = bundled(options.encoders)
    extracted = extract(_study(names, options, len(seeds)), state, progress)
    panel = extracted.panel
    if len({extracted.recipe(name) for name in panel}) < 2:
        raise ExperimentError("A panel needs two encoders of different recipes; name more.")
    repeats = _domains(extracted, panel, seeds, progress)
    configuration = {
        "panel": list(panel),
        "domains": list(extracted.domains),
        "components": COMPONENTS,
        "samples": SAMPLES,
        "untrained": len(seeds),
        "whitening": "z-score",
        "seed": SEED,
    }
    data, encoders = samples(extracted), weights(extracted)
    return PanelFile(
        experiment="panel",
        status="complete",
        command=options.command("panel"),
        card=CARD,
        seeds=seeds,
        **described(configuration, data, encoders),
        wall_s=round(time.monotonic() - begun, 1),
        repeats=tuple(repeats),
    )


def _study(names: list[str], options: Options, seeds: int) -> dict[str, Any]:
    domains = list(options.domains or DOMAINS)
    if options.domains is None and any(d.name == CIFAR10 for d in catalogue.domains()):
        domains.insert(0, CIFAR10)
    return {
        "name": "Panel",
        "encoders": names,
        "domains": domains,
        "samples": SAMPLES,
        "untrained": seeds,
        "components": COMPONENTS,
        "layers": "penultimate",
        "seed": SEED,
    }


def _domains(
    run: Run, panel: tuple[str, ...], seeds: tuple[int, ...], progress: Watched
) -> list[PanelRepeat]:
    domains = []
    for domain in run.domains:
        progress.phase(f"What is shared on {domain}")
        trained = obtain(SHAREDNESS, run, _params(panel, domain))
        params = UntrainedSharednessParams(panel, domain, seeds, "z-score", COMPONENTS, SEED)
        untrained = obtain(UNTRAINED_SHAREDNESS, run, params)
        domains.append(repeat(trained, untrained, _pairs(run, domain)))
        progress.step("domains", len(domains) / len(run.domains))
    return domains


def _params(encoders: tuple[str, ...], domain: str) -> SharednessParams:
    return SharednessParams(encoders, domain, "z-score", COMPONENTS, SEED)


def _pairs(run: Run, domain: str) -> tuple[EncoderPair, ...]:
    return tuple(
        EncoderPair(
            first=first,
            second=second,
            same_recipe=(first, second) in SAME,
            estimate=filed(obtain(SHAREDNESS, run, _params((first, second), domain)).summary),
        )
        for first, second in (*SAME, *OTHER)
        if first in run.encoders and second in run.encoders
    )
