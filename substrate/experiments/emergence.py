"""The experiment `emergence`: the Training page's numbers for every stored training."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from substrate.analyses.experiments.emergence import (
    EmergenceFile,
    EmergenceRepeat,
    repeat,
)
from substrate.analyses.experiments.file import (
    Card,
)
from substrate.analyses.shared.effort import DEFAULT_METRIC
from substrate.analyses.spec import obtain
from substrate.analyses.training.alignment import (
    TRAINING,
    training_params,
    trajectories,
)
from substrate.analyses.training.target import SUBSTRATE
from substrate.experiments.extracted import bundled, extract, samples, weights
from substrate.experiments.options import Options
from substrate.experiments.record import ExperimentError, Keep, Watched, described
from substrate.runs import Run

OWN = ("domains", "encoders")
DOMAINS = ("natural", "face", "digit", "texture")
SAMPLES, UNTRAINED, PERMUTATIONS, COMPONENTS, SEED = 256, 3, 200, 16, 0
LAYER = "penultimate"

CARD = Card(
    title="Emergence in every stored training",
    question="When, along training, do an encoder's features come to align with what the other "
    "encoders share?",
    protocol="For every bundled encoder whose weights were kept along training: the similarity of "
    "its last features at each step with the substrate of the other bundled encoders, none of "
    "random labels (final weights, K = 16, z-scored), on each domain, beside its accuracy. The "
    "share is how much of its whole way the alignment had made when accuracy had made half of its "
    "gain.",
    null="Photographs permuted, 200 times (below ten of them, tiles within photographs), and "
    "untrained twins of the encoder with three seeds. "
    "Intervals leave out photographs and hold target and accuracy.",
    limits=(
        "A domain of fewer than ten photographs gives no interval and no p-value: its values hold "
        "within its photographs.",
        "The share is given only where the whole change exceeds its interval.",
        "Natural photographs and textures are far from CIFAR-10, on which accuracy was measured.",
        "Which encoders the target is made of decides much; they are listed with every result.",
    ),
)


def _study(options: Options) -> dict[str, Any]:
    return {
        "name": "Emergence",
        "encoders": bundled(options.encoders),
        "domains": list(options.domains or DOMAINS),
        "samples": SAMPLES,
        "untrained": UNTRAINED,
        "permutations": PERMUTATIONS,
        "components": COMPONENTS,
        "trajectories": "all",
        "layers": LAYER,
        "seed": SEED,
    }


def run(options: Options, progress: Watched, *, state: Path, keep: Keep) -> Any:
    """Run the experiment and return its file."""
    del keep  # what is finished lies in the state's store
    options.only("emergence", OWN)
    begun = time.monotonic()
    progress.declare({"trainings": 30.0})
    extracted = extract(_study(options), state, progress)
    names = trajectories(extracted)
    if not names or len(extracted.encoders) < 3:
        raise ExperimentError(
            f"{', '.join(extracted.encoders)}: a training kept step by step and two more encoders "
            "for its target are needed."
        )
    repeats = _trainings(extracted, names, progress)
    configuration = {
        "panel": list(extracted.encoders),
        "domains": list(extracted.domains),
        "layer": LAYER,
        "target": SUBSTRATE,
        "metric": DEFAULT_METRIC,
        "components": COMPONENTS,
        "samples": SAMPLES,
        "untrained": UNTRAINED,
        "permutations": PERMUTATIONS,
        "seed": SEED,
    }
    data, encoders = samples(extracted), weights(extracted)
    return EmergenceFile(
        experiment="emergence",
        status="complete",
        command=options.command("emergence"),
        card=CARD,
        seeds=(SEED,),
        **described(configuration, data, encoders),
        wall_s=round(time.monotonic() - begun, 1),
        repeats=tuple(repeats),
    )


def _trainings(run: Run, names: tuple[str, ...], progress: Watched) -> list[EmergenceRepeat]:
    todo = [(name, domain) for name in names for domain in run.domains]
    repeats = []
    for name, domain in todo:
        progress.phase(f"The training of {name} on {domain}")
        params = training_params(run, name, domain, SUBSTRATE, LAYER, DEFAULT_METRIC)
        training, record = obtain(TRAINING, run, params), run.encoders[name]
        repeats.append(repeat(training, record.title, record.paradigm, run.domains[domain].title))
        progress.step("trainings", len(repeats) / len(todo))
    return repeats
