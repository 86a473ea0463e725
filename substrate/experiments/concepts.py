"""The experiment `concepts`: do the concepts of a sparse code keep their images under shift?"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image
from scipy import ndimage

from substrate.analyses.experiments.catalogue import EXPERIMENTS
from substrate.analyses.experiments.concepts import (
    CHANGED,
    DRAWN,
    INSIDE,
    OTHER,
    OWN,
    PERMUTATIONS,
    Coded,
    ConceptFile,
    ConceptRepeat,
    chosen_concepts,
    measured,
    own_images,
)
from substrate.analyses.experiments.file import Card
from substrate.analyses.experiments.photographs import photographs
from substrate.encoder_ref import EncoderRef
from substrate.experiments.extracted import bundled, extract, samples, weights
from substrate.experiments.options import Options
from substrate.experiments.record import ExperimentError, Keep, Watched, described
from substrate.inputs.roots import name_roots, roots
from substrate.runs import Run

OPTIONS = ("encoders", "seeds")
ENCODER = "resnet"
CONCEPTS, ACTIVE, STEPS, RATE, SEEDS, UNTRAINED, SEED = 64, 4, 1_000, 0.003, 5, 5, 0
#: Views of a photograph that codes are made on: shifts by two pixels, and each mirrored.
SHIFTS = ((0, 0), (2, 0), (0, 2), (2, 2))
MADE, HELD = "made", "held"
OTHERS = ("digit", "natural", "texture")

CARD = Card(
    title="Sparse codes under shift",
    question=EXPERIMENTS["concepts"].question,
    protocol="The last features of one encoder on 200 photographs (faces and other patches). On "
    "100 of them, in eight views each (shifted by two pixels, mirrored), a top-k sparse "
    "autoencoder is fitted: 64 concepts, at most 4 to an image, with five seeds. On the other 100: "
    "which concepts fire, what stays unexplained, and the ten photographs that have most of each "
    "concept, before and after the photographs are changed (blurred, of low contrast, noisy, "
    "negative, upside down); and the same on other domains. Concepts that never fire on the "
    "photographs that they were made on are counted as dead and keep no images; they count among "
    "those that do not fire.",
    null="Photographs shuffled after the change, 200 times; five untrained twins of the encoder "
    "with a code each; the units themselves in place of concepts. Intervals leave out photographs "
    "and hold the codes; dots are single codes.",
    limits=(
        "One encoder of 32 x 32 images, 100 photographs to make the codes and 100 to test them: "
        "few for a dictionary.",
        "A concept's own images are those with the highest score before the top four are chosen.",
        "A change that moves all features in one direction leaves ranks as they are: kept images "
        "do not say that the concept means the same.",
        "Concepts that fire are counted on 50 images drawn from each domain. Domains of fewer "
        "than ten photographs have values alone.",
    ),
)


def run(options: Options, progress: Watched, *, state: Path, keep: Keep) -> Any:
    """Run the experiment and return its file."""
    del keep  # what is finished lies in the state's store
    options.only("concepts", OPTIONS)
    seeds = SEEDS if options.seeds is None else options.seeds
    chosen = bundled(options.encoders or (ENCODER,))
    if len(chosen) != 1 or seeds < 1:
        raise ExperimentError(
            f"{len(chosen)} encoders and {seeds} seeds: give one of each at least."
        )
    begun = time.monotonic()
    progress.declare({"codes": 20.0})
    changed = write_photographs(state / "images")
    name_roots([*roots(), state / "images"])  # what was written here may be read again
    extracted = extract(_study(chosen[0], state / "images", changed), state, progress)
    repeats, dead = _measure(extracted, chosen[0], list(changed), seeds, progress)
    configuration = {
        "encoder": chosen[0],
        "title": extracted.encoders[chosen[0]].title,
        "concepts": CONCEPTS,
        "active": ACTIVE,
        "steps": STEPS,
        "rate": RATE,
        "views": 2 * len(SHIFTS),
        "drawn": DRAWN,
        "own": OWN,
        "permutations": PERMUTATIONS,
        "untrained": UNTRAINED,
        "dead": dead,
        "seed": SEED,
    }
    return ConceptFile(
        experiment="concepts",
        status="complete",
        command=options.command("concepts"),
        card=CARD,
        seeds=tuple(range(seeds)),
        **described(configuration, samples(extracted), weights(extracted)),
        wall_s=round(time.monotonic() - begun, 1),
        repeats=tuple(repeats),
    )


def _study(encoder: str, folder: Path, changed: dict[str, Any]) -> dict[str, Any]:
    made = {"source": "folder", "path": str(folder / MADE), "name": MADE}
    domains: list[Any] = [{**made, "groups": str(folder / "groups.csv")}]
    domains += [
        {"source": "folder", "path": str(folder / name), "name": name} for name in (HELD, *changed)
    ]
    return {
        "name": "Sparse codes",
        "encoders": [encoder],
        "domains": [*domains, *OTHERS],
        "samples": 1_000,
        "untrained": UNTRAINED,
        "layers": "penultimate",
        "seed": SEED,
    }


Photograph = UInt8[np.ndarray, "h w 3"]


def changes(rng: np.random.Generator) -> dict[str, Any]:
    """Return what is done to held-out photographs, by name; pixels are floats from 0 to 255."""
    return {
        "blurred": lambda x: ndimage.gaussian_filter(x, (1.5, 1.5, 0)),
        "low_contrast": lambda x: x.mean() + 0.3 * (x - x.mean()),
        "noisy": lambda x: x + 25 * rng.standard_normal(x.shape[:2])[..., None],
        "negative": lambda x: 255 - x,
        "upside_down": lambda x: x[::-1],
    }


def write_photographs(folder: Path) -> dict[str, Any]:
    """Write views of one half of the photographs, and the other half as it is and changed."""
    images = photographs()
    order = np.random.default_rng(SEED).permutation(len(images))
    half, done = len(images) // 2, changes(np.random.default_rng(SEED))
    lines = ["file,group"]
    for place in order[:half]:
        for view, picture in enumerate(_views(images[place])):
            name = f"{place:03d}-{view}.png"
            _write(folder / MADE / name, picture)
            lines.append(f"{name},{place:03d}")
    (folder / "groups.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for place in sorted(order[half:]):
        picture = images[place]
        _write(folder / HELD / f"{place:03d}.png", picture)
        for name, change in done.items():
            after = np.clip(np.round(change(picture.astype(np.float64))), 0, 255)
            _write(folder / name / f"{place:03d}.png", after.astype(np.uint8))
    return done


def _views(picture: Photograph) -> list[Photograph]:
    views = []
    height, width = picture.shape[0] - 2, picture.shape[1] - 2
    for down, across in SHIFTS:
        view = picture[down : down + height, across : across + width]
        views += [view, view[:, ::-1]]
    return views


def _write(path: Path, picture: Photograph) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.ascontiguousarray(picture)).save(path)


def _measure(
    run: Run, name: str, changed: list[str], seeds: int, progress: Watched
) -> tuple[list[ConceptRepeat], list[int]]:
    from substrate.zoo.sparse import sparse_code

    refs = [EncoderRef(name), *(EncoderRef(name, twin=t) for t in range(UNTRAINED))]

    def read(ref: EncoderRef, domain: str) -> Float[np.ndarray, "n d"]:
        return run.representation(ref, domain, "penultimate").features.astype(np.float64)

    progress.phase("Fitting the codes")
    fitted = []
    for place, ref in enumerate(refs):
        x = read(ref, MADE)
        drawn = range(seeds) if place == 0 else (place - 1,)
        codes = tuple(
            sparse_code(x, CONCEPTS, ACTIVE, steps=STEPS, rate=RATE, seed=seed) for seed in drawn
        )
        fitted.append((codes, tuple(np.asarray((c.codes(x) > 0).any(axis=0)) for c in codes)))
        progress.step("codes", (place + 1) / (2 * len(refs)))
    repeats = []
    todo = [(HELD, INSIDE), *((c, CHANGED) for c in changed), *((o, OTHER) for o in OTHERS)]
    concepts = chosen_concepts(Coded(fitted[0][0], fitted[0][1], read(refs[0], HELD)))
    for place, (domain, kind) in enumerate(todo):
        progress.phase(f"Concepts on {domain}")
        coded = [
            Coded(one[0], one[1], read(ref, domain), read(ref, HELD) if kind == CHANGED else None)
            for one, ref in zip(fitted, refs, strict=True)
        ]
        repeats.append(_repeat(run, domain, kind, coded, concepts))
        progress.step("codes", 0.5 + (place + 1) / (2 * len(todo)))
    dead = [int((~alive).sum()) for alive in fitted[0][1]]
    return repeats, dead


def _repeat(
    run: Run, domain: str, kind: Any, coded: list[Coded], concepts: np.ndarray
) -> ConceptRepeat:
    record, groups = run.domains[domain], run.groups(domain)
    inside = kind == INSIDE
    return ConceptRepeat(
        domain=domain,
        title=_title(domain, kind, record.title),
        kind=kind,
        sampled_as=record.sampled_as,
        grouped_by=record.grouped_by,
        images=len(groups),
        photographs=len(set(groups.tolist())),
        **measured(coded[0], coded[1:], groups, record.nouns.groups, seed=SEED),
        own=() if kind == OTHER else own_images(coded[0], concepts),
        places=_places(run) if inside else (),
    )


def _title(domain: str, kind: str, title: str) -> str:
    if kind == OTHER:
        return title
    return "As they are" if kind == INSIDE else domain.replace("_", " ").capitalize()


def _places(run: Run) -> tuple[int, ...]:
    """Return where the held-out photographs stand in the packaged domain: their files' names."""
    return tuple(int(Path(sample).stem) for sample in run.samples(HELD)["sample_id"])
