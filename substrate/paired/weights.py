"""Two networks read side by side: what goes into each layer, aligned, and weights through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from substrate.analyses.spec import obtain
from substrate.analyses.weights.aligned import (
    ALIGNED,
    FEWEST,
    SHOWN,
    SHUFFLES,
    Aligned,
    measured,
    require_alignable,
)
from substrate.analyses.weights.channels import told
from substrate.analyses.weights.command import plain_layer
from substrate.analyses.weights.crossed import (
    AlignedParams,
    CrossedLayer,
    crossed_key,
    is_crossed,
    store_crossed,
)
from substrate.domains import folder
from substrate.domains.spec import Domain
from substrate.encoders import ENCODER_SOURCES
from substrate.encoders.bundled import DIRECTORY, SOURCE, require_architecture
from substrate.encoders.spec import Encoder, EncoderError
from substrate.numerics.nulls import group_permutations
from substrate.numerics.weights.alignment import (
    crossing,
    input_sums,
    joint_sum,
    turned_inputs,
)
from substrate.numerics.weights.spectrum import channel_eigenvalues, leading_vectors
from substrate.paired.passes import PairedPass, Place, paired_rows
from substrate.paired.weight_layers import paired_layers, reading
from substrate.paired.weight_patches import strongest_patches
from substrate.progress import Progress
from substrate.runs import Run
from substrate.worker import encoder_and_domain

#: Called with what is being read, and the share of the work that is done.
Said = Callable[[str, float], None]


def _silent(_what: str, _share: float) -> None:
    """Say nothing."""


def crossed_layers(
    first: Encoder, second: Encoder, domain: Domain, *, seed: int = 0, said: Said = _silent
) -> list[CrossedLayer]:
    """Align what the weights of every layer act on, and carry their eigenvectors over.

    An alignment is fitted on half of the photographs and judged on the others; those of the null
    are fitted to photographs that do not belong together, and one to half of the half alone.

    Raises
    ------
    EncoderError
        If the networks have no layers that see the same, or photographs are too few.
    """
    groups = domain.groups
    photographs = np.unique(groups)
    if len(photographs) < FEWEST:
        raise EncoderError(
            f"{domain.name} has {len(photographs)} {domain.nouns.groups}, and an alignment needs "
            f"{FEWEST}: half of them fit it and half judge it."
        )
    chosen = np.random.default_rng(seed).permutation(photographs)[: len(photographs) // 2]
    fitted = np.isin(groups, chosen)
    rows = [np.flatnonzero(fitted), np.flatnonzero(~fitted)]
    early = np.isin(groups[rows[0]], chosen[: len(chosen) // 2])
    pairs = paired_layers(first, second)
    sides = (
        reading(first, [one for one, _ in pairs]),
        reading(second, [other for _, other in pairs]),
    )
    places = list(dict.fromkeys(Place(one.read, other.read) for one, other in pairs))
    passes = SHUFFLES + 2
    done = 0

    def turned(sums: Mapping[Place, np.ndarray]) -> dict[Place, np.ndarray]:
        return {place: turned_inputs(one) for place, one in sums.items()}

    def count(images: int) -> None:
        nonlocal done
        done += images
        said(what, min(2 * done / (passes * len(groups)), 1.0))

    what = "Aligning what layers see"
    paired = PairedPass(*sides, places, domain, rows, progress=count)
    halves = [_summed(paired, one, one, joint_sum) for one in (rows[0][early], rows[0][~early])]
    halved = turned(halves[0])
    true = turned({place: one + halves[1][place] for place, one in halves[0].items()})
    what = "Judging alignments on other photographs"
    test = _summed(paired, rows[1], rows[1], input_sums)
    nulls = []
    for shuffle, order in enumerate(group_permutations(groups[rows[0]], SHUFFLES, seed)):
        what = f"Photographs shuffled, {shuffle + 1} of {SHUFFLES}"
        nulls.append(turned(_summed(paired, rows[0][order], rows[0], joint_sum)))
    out = []
    for pair in pairs:
        place, w = Place(*(one.read for one in pair)), [one.weights for one in pair]
        values = tuple(channel_eigenvalues(one) for one in w)
        vectors = [leading_vectors(one, _count(v, one)) for one, v in zip(w, values, strict=True)]
        out.append(
            CrossedLayer(
                names=(pair[0].name, pair[1].name),
                widths=tuple(one.shape for one in w),  # type: ignore[arg-type]
                values=values,  # type: ignore[arg-type]
                crossing=crossing(
                    vectors[0],
                    vectors[1],
                    true[place],
                    test[place],
                    [one[place] for one in nulls],
                    halved[place],
                ),
            )
        )
    return out


def _count(values: np.ndarray, weights: np.ndarray) -> int:
    """Return how many eigenvectors are carried over: those that are shown, and all learned ones."""
    found, reason = told(values, *weights.shape)
    return max(SHOWN, 0 if found is None or reason else len(found.learned))


def _summed(
    paired: PairedPass, first: np.ndarray, second: np.ndarray, of: Callable[..., Any]
) -> dict[Place, Any]:
    """Add up what the two networks' layers see of some images each, place by place."""
    sums: dict[Place, Any] = {}
    for batch in paired.batches(first, second):
        for place in paired.places:
            one = of(*paired_rows(*batch.of(place)))
            sums[place] = sums[place] + one if place in sums else one
    return sums


def read_weights_along(run: Run, params: AlignedParams, progress: Progress) -> Aligned:
    """Read two encoders of a run side by side, unless they were, and compare their weights.

    Raises
    ------
    AnalysisError, EncoderError
        If they cannot be read, or have no layers that see the same.
    """
    require_alignable(run, params)
    root = str(run.store.root)
    progress.declare({"images": 0.7, "patches": 0.2, "layers": 0.1})
    key = crossed_key(run, params)
    with run.store.computing(key):
        if not is_crossed(run, params):
            first, domain = encoder_and_domain(root, run.run_id, params.first, params.domain)
            second, _ = encoder_and_domain(root, run.run_id, params.second, params.domain)

            def said(what: str, share: float) -> None:
                progress.phase(what, run_id=run.run_id)
                progress.step("images", share)

            found = crossed_layers(first, second, domain, seed=params.seed, said=said)
            progress.phase("Cutting out what eigenvectors respond to", run_id=run.run_id)
            done = 0

            def count(images: int) -> None:
                nonlocal done
                done += images
                progress.step("patches", done / len(domain.groups))

            patches = strongest_patches(first, second, domain, progress=count)
            photographs = len(set(domain.groups))
            store_crossed(run.store, key, found, (len(domain.groups), photographs), patches)
    progress.step("images", 1.0)
    progress.step("patches", 1.0)
    progress.phase("Comparing layers", run_id=run.run_id)
    result: Aligned = obtain(ALIGNED, run, params)
    progress.step("layers", 1.0)
    return result


def aligned_weights(
    first: Encoder, second: Encoder, domain: Domain, *, seed: int = 0, said: Said = _silent
) -> dict[str, Any]:
    """Compare every layer through the alignment of its inputs, ready for JSON."""
    crossed = crossed_layers(first, second, domain, seed=seed, said=said)
    count = len(np.unique(domain.groups))
    return {
        "images": f"{len(domain.groups)} images of {count} {domain.nouns.groups}",
        "shuffles": SHUFFLES,
        "layers": {one.names[0]: plain_layer(measured(one, seed=seed)) for one in crossed},
    }


def aligned_networks(
    networks: Sequence[str],
    images: Path,
    architecture: str | None,
    *,
    seed: int,
    progress: Callable[[str], None],
) -> dict[str, Any]:
    """Load two networks by name or file, read a folder of images, and compare their weights.

    The file of a bundled encoder is known with its architecture; others are of the one that is
    given: timm's, or that of a bundled encoder or kind.

    Raises
    ------
    EncoderError
        If there are not two, or the architecture of a weights file is not given or known.
    """
    if len(networks) != 2:
        raise EncoderError(f"Images align two networks, not {len(networks)}: name two.")
    if architecture is not None:
        require_architecture(architecture)
    first, second = (_loaded(name, architecture) for name in networks)
    domain = folder.load(str(images))
    found = aligned_weights(first, second, domain, seed=seed, said=_each(progress))
    if first.weights_digest == second.weights_digest:
        found["note"] = f"{first.name} and {second.name} have the same weights: they must agree."
    return found


def _loaded(name: str, architecture: str | None) -> Encoder:
    """Load a bundled encoder by name or by its file, or a file of the architecture given."""
    config = {"name": name, "layers": "last", "pooling": "auto"}
    path = Path(name)
    if path.suffix != ".safetensors":
        return SOURCE.load(config)
    config["name"] = path.stem
    if path.resolve() in map(_bundled_file, SOURCE.cards()):
        return SOURCE.load(config)
    if architecture is None:
        raise EncoderError(
            f"{name}: say with --arch which architecture it is of: a bundled encoder or kind "
            "(vgg, resnet, vit and so on), or timm's name of another."
        )
    if architecture in SOURCE.shapes():
        return SOURCE.from_file(path, architecture, config)
    timm = {"architecture": architecture, "weights": name}
    return ENCODER_SOURCES["timm"].load(config | timm)


def _bundled_file(name: str) -> Path:
    return (DIRECTORY / f"{name}.safetensors").resolve()


def _each(progress: Callable[[str], None]) -> Said:
    """Say each phase once."""
    last = ""

    def said(what: str, _share: float) -> None:
        nonlocal last
        if what != last:
            last = what
            progress(what)

    return said
