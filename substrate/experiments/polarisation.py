"""The experiment `polarisation`: passive, mixed and active units along the training of the VAE."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from substrate.analyses.experiments.file import Card
from substrate.analyses.experiments.polarisation import (
    QUANTILES,
    PolarisedFile,
    PolarisedLayer,
    PolarisedRepeat,
    PolarisedStep,
    filed,
)
from substrate.encoder_ref import EncoderRef
from substrate.experiments.extracted import bundled, extract, samples, weights
from substrate.experiments.options import Options
from substrate.experiments.record import Keep, Watched, described
from substrate.numerics.intervals import MIN_GROUPS
from substrate.numerics.units.polarised import MIXED, NOISE, READINGS, polarisation
from substrate.runs import Run

OWN = ("domains",)
FOLLOWED = "vae"
DOMAINS: tuple[Any, ...] = (
    {"source": "packaged", "name": "face", "rest": True},
    "digit",
    "natural",
)
SAMPLES, UNTRAINED, SEED = 512, 5, 0
LAYER = "penultimate"

CARD = Card(
    title="The polarised regime of a variational autoencoder",
    question="Which units say something of every image, which of some, and which of none, and is "
    "that the work of the variational objective?",
    protocol="Units of the bundled VAE's encoder, layer by layer at every stored step, and of the "
    "last features of the other bundled encoders, averaged over positions. Each unit is read with "
    "noise of 1 % of its layer's mean variance. Passive: it varies no more than the noise. Mixed: "
    "the entropy over images gives it less than half of the support of a Gaussian of the same "
    "variance, as where it rests on one value for half of the images or more, or switches between "
    "two modes. Active: all others.",
    null="Untrained twins of every encoder, five draws each; step 0 of the training is one more. "
    "Intervals are of random halves of the photographs (of the writers of digits).",
    limits=(
        "The literature tells mixed from active units by the variance that the encoder states for "
        "the code. The head that states it was not kept: what is classed here are the units of the "
        "encoder, whose last map the code is a linear map of, by their means alone. Entropy of the "
        "mean alone cannot tell mixed from active for sure (Clapham, Bonheme & Grzes 2026, "
        "arXiv:2605.15965).",
        "After a ReLU a unit that is silent on half of the images is mixed by this rule: active on "
        "some, still on the others. Where layers are rectified, mixed units are no mark of a VAE.",
        "Variances are measured in units of the layer's mean: a few units of large variance make "
        "the others passive.",
        "An exponential distribution lies at the border (0.53 of a Gaussian's support).",
    ),
)


def _study(options: Options) -> dict[str, Any]:
    return {
        "name": "Polarised regime",
        "encoders": bundled(None),
        "domains": list(options.domains or DOMAINS),
        "samples": SAMPLES,
        "untrained": UNTRAINED,
        "trajectories": [FOLLOWED],
        "layers": "all",
        "seed": SEED,
    }


def run(options: Options, progress: Watched, *, state: Path, keep: Keep) -> Any:
    """Run the experiment and return its file."""
    del keep  # what is finished lies in the state's store
    options.only("polarisation", OWN)
    begun = time.monotonic()
    progress.declare({"layers": 30.0})
    extracted = extract(_study(options), state, progress)
    todo = [(name, domain) for domain in extracted.domains for name in _ordered(extracted)]
    repeats: list[PolarisedRepeat] = []
    for place, (name, domain) in enumerate(todo):
        progress.phase(f"The units of {name} on {domain}")
        repeats += _layers(extracted, name, domain)
        progress.step("layers", (place + 1) / len(todo))
    configuration = {
        "followed": FOLLOWED,
        "panel": list(extracted.encoders),
        "domains": list(extracted.domains),
        "noise": NOISE,
        "mixed": MIXED,
        "readings": READINGS,
        "samples": SAMPLES,
        "untrained": UNTRAINED,
        "seed": SEED,
    }
    return PolarisedFile(
        experiment="polarisation",
        status="complete",
        command=options.command("polarisation"),
        card=CARD,
        seeds=(SEED,),
        **described(configuration, samples(extracted), weights(extracted)),
        wall_s=round(time.monotonic() - begun, 1),
        repeats=tuple(repeats),
    )


def _ordered(run: Run) -> list[str]:
    """Return the encoder that is followed first, then one of every recipe."""
    return [FOLLOWED, *(name for name in run.panel if name != FOLLOWED)]


def _layers(run: Run, name: str, domain: str) -> Iterator[PolarisedRepeat]:
    """Yield the layers of an encoder; of those that are not followed the last one alone."""
    layers = [layer.name for layer in run.encoders[name].feature_layers]
    if name != FOLLOWED:
        layers = [LAYER]
    for layer, later in zip(layers, [*layers[1:], ""], strict=True):
        if not later or not _same(run, name, domain, layer, later):
            yield _repeat(run, name, domain, layer)


def _same(run: Run, name: str, domain: str, layer: str, later: str) -> bool:
    """Say whether two layers are one: the mean of the last map is the last features."""
    one, other = (run.representation(name, domain, which).features for which in (layer, later))
    return one.shape == other.shape and bool(np.allclose(one, other))


def _repeat(run: Run, name: str, domain: str, layer: str) -> PolarisedRepeat:
    def read(ref: EncoderRef) -> Float[np.ndarray, "n d"]:
        return run.representation(ref, domain, layer).features.astype(np.float64)

    record, of = run.encoders[name], run.domains[domain]
    draws = [EncoderRef(name, twin=seed) for seed in run.untrained_seeds(name, domain)]
    groups = run.groups(domain)
    trained = read(EncoderRef(name))
    made = PolarisedLayer(
        groups, f"{of.nouns.groups}", trained, [read(ref) for ref in draws], seed=SEED
    )
    passive, mixed, active = map(filed, made.shares(trained))
    more_passive, more_mixed, _ = map(filed, made.beyond())
    whole, twins = polarisation(trained, made.noise), made.draws()
    steps, start = [], None
    for step in run.checkpoints(name, domain) if name == FOLLOWED else ():
        x = read(EncoderRef(name, step=step))
        start = polarisation(x, made.noise) if start is None else start
        still, some, _ = map(filed, made.shares(x))
        steps.append(PolarisedStep(step=step, passive=still, mixed=some))
    pointed = layer == LAYER and start is not None
    return PolarisedRepeat(
        encoder=name,
        title=record.title,
        family=record.family,
        paradigm=record.paradigm,
        domain=domain,
        domain_title=of.title,
        sampled_as=of.sampled_as,
        grouped_by=of.grouped_by,
        photographs=len(set(groups.tolist())),
        images=len(groups),
        within=len(set(groups.tolist())) < MIN_GROUPS,
        layer=layer,
        units=trained.shape[1],
        passive=passive,
        mixed=mixed,
        active=active,
        untrained_passive=_rounded(twins[:, 0]),
        untrained_mixed=_rounded(twins[:, 1]),
        more_passive=more_passive,
        more_mixed=more_mixed,
        support=_rounded(np.quantile(whole.support, QUANTILES)),
        steps=tuple(steps),
        start=_points(start.variance, start.support) if pointed and start else (),
        end=_points(whole.variance, whole.support) if pointed else (),
    )


def _rounded(values: Float[np.ndarray, " m"]) -> tuple[float, ...]:
    return tuple(round(float(v), 4) for v in values)


def _points(
    variance: Float[np.ndarray, " d"], support: Float[np.ndarray, " d"]
) -> tuple[tuple[float, float], ...]:
    """Return units as pairs of numbers with three digits."""
    return tuple(
        (float(f"{v:.3g}"), float(f"{s:.3g}")) for v, s in zip(variance, support, strict=True)
    )
