"""Two networks read side by side: what goes into each layer, aligned, and weights through it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from substrate.analyses.spec import obtain
from substrate.analyses.weights.alignable import require_alignable
from substrate.analyses.weights.aligned import (
    ALIGNED,
    SHOWN,
    TWINS,
    Aligned,
    measured,
)
from substrate.analyses.weights.channels import learned_or_reason
from substrate.analyses.weights.command import aligned_of
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
from substrate.numerics.weights.alignment import crossing
from substrate.numerics.weights.spectrum import channel_eigenvalues, leading_vectors
from substrate.paired.reloaded import encoder_and_domain
from substrate.paired.weight_alignments import Said, aligned_inputs, silent
from substrate.paired.weight_layers import require_finite
from substrate.paired.weight_patches import strongest_patches
from substrate.progress import Progress
from substrate.runs import Run


def crossed_layers(
    first: Encoder, second: Encoder, domain: Domain, *, seed: int = 0, said: Said = silent
) -> list[CrossedLayer]:
    """Align what the weights of every layer act on, and carry their eigenvectors over.

    An alignment is fitted on half of the photographs and judged on the others; those of the null
    are fitted to photographs that do not belong together, and one to half of the half alone.

    Raises
    ------
    EncoderError
        If the networks have no layers that see the same, or photographs are too few.
    """
    out = []
    for pair, alignment in aligned_inputs(first, second, domain, seed=seed, said=said):
        w = [one.weights for one in pair]
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
                    alignment.turned,
                    alignment.test,
                    alignment.nulls,
                    alignment.halved,
                    w,
                ),
            )
        )
    return out


def _count(values: np.ndarray, weights: np.ndarray) -> int:
    """Return how many eigenvectors are carried over: those that are shown, and all learned ones."""
    separated, reason = learned_or_reason(values, *weights.shape)
    return max(SHOWN, 0 if separated is None or reason else len(separated.learned))


def read_weights_along(run: Run, params: AlignedParams, progress: Progress) -> Aligned:
    """Read two encoders of a run side by side, unless they were, and compare their weights.

    Raises
    ------
    AnalysisError, EncoderError
        If they cannot be read, or have no layers that see the same.
    """
    require_alignable(run, params)
    root = str(run.store.root)
    draws = _twin_draws(run, params)
    progress.declare({"images": 0.7, "twins": 0.6 * len(draws), "patches": 0.2, "layers": 0.1})
    key = crossed_key(run, params)
    with run.store.computing(key):
        if not is_crossed(run, params):
            first, domain = encoder_and_domain(root, run.run_id, params.first, params.domain)
            second, _ = encoder_and_domain(root, run.run_id, params.second, params.domain)

            def said(what: str, share: float) -> None:
                progress.phase(what, run_id=run.run_id)
                progress.step("images", share)

            crossed = crossed_layers(first, second, domain, seed=params.seed, said=said)
            progress.phase("Cutting out what eigenvectors respond to", run_id=run.run_id)
            done = 0

            def count(images: int) -> None:
                nonlocal done
                done += images
                progress.step("patches", done / len(domain.groups))

            patches = strongest_patches(first, second, domain, progress=count)
            loaded = (
                [
                    encoder_and_domain(root, run.run_id, f"{name}~{draw}", params.domain)[0]
                    for name in params.names
                ]
                for draw in draws
            )

            def of_twins(what: str, share: float) -> None:
                progress.phase(what, run_id=run.run_id)
                progress.step("twins", share)

            twins, reasons = twin_rows(
                ((one, other) for one, other in loaded), domain, seed=params.seed, said=of_twins
            )
            images = len(domain.groups), len(set(domain.groups))
            store_crossed(run.store, key, crossed, images, patches, twins, reasons)
    for part in ("images", "twins", "patches"):
        progress.step(part, 1.0)
    progress.phase("Comparing layers", run_id=run.run_id)
    result: Aligned = obtain(ALIGNED, run, params)
    progress.step("layers", 1.0)
    return result


def _twin_draws(run: Run, params: AlignedParams) -> list[int]:
    """Return the draws of both encoders' untrained twins that are aligned too."""
    first, second = (run.untrained_seeds(name, params.domain) for name in params.names)
    return [draw for draw in first if draw in second][:TWINS]


def twin_rows(
    pairs: Iterable[tuple[Encoder, Encoder]], domain: Domain, *, seed: int, said: Said = silent
) -> tuple[list[Float[np.ndarray, "l e"]], list[str]]:
    """Return what `CrossedNetworks` holds of untrained twins, by draw, and why S is not told."""
    rows, reasons = [], []
    for draw, (first, second) in enumerate(pairs, start=1):
        said(f"Untrained twins, draw {draw} of {TWINS}", (draw - 1) / TWINS)
        layers = [
            measured(one, seed=seed) for one in crossed_layers(first, second, domain, seed=seed)
        ]
        rows.append(
            np.array([[o.error, o.similarity, o.low, o.high, *o.error_permuted] for o in layers])
        )
        reasons += [one.reason for one in layers if one.reason]
    return rows, list(dict.fromkeys(reasons))


def aligned_weights(
    first: Encoder,
    second: Encoder,
    domain: Domain,
    *,
    twins: Iterable[tuple[Encoder, Encoder]] = (),
    seed: int = 0,
    said: Said = silent,
) -> Aligned:
    """Compare every layer of two networks and of their untrained twins, of no run."""
    crossed = crossed_layers(first, second, domain, seed=seed, said=said)
    rows, reasons = twin_rows(twins, domain, seed=seed, said=said)
    return Aligned(
        first=first.name,
        second=second.name,
        domain=domain.name,
        images=len(domain.groups),
        photographs=len(np.unique(domain.groups)),
        seed=seed,
        layers=tuple(measured(one, seed=seed) for one in crossed),
        twins=np.array(rows) if rows else np.empty((0, len(crossed), 0)),
        twin_reasons=tuple(reasons),
    )


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
    for encoder in (first, second):
        require_finite(encoder)
    domain = folder.load(str(images))
    result = aligned_weights(
        first, second, domain, twins=_twins(networks), seed=seed, said=_each(progress)
    )
    alignments = aligned_of(result, domain.nouns.groups)
    if first.weights_digest == second.weights_digest:
        alignments["note"] = (
            f"{first.name} and {second.name} have the same weights: they must agree."
        )
    return alignments


def _twins(networks: Sequence[str]) -> Iterator[tuple[Encoder, Encoder]]:
    """Yield draws of both networks' untrained twins: of bundled encoders and their files alone."""
    names = [_bundled(network) for network in networks]
    if None in names:
        return
    for draw in range(TWINS):
        yield tuple(  # type: ignore[misc]
            SOURCE.untrained(
                {"name": name, "layers": "last", "pooling": "auto"},
                draw,
                f"{side} {SOURCE.card(str(name))['sha256']}",
            )
            for side, name in enumerate(names)
        )


def _bundled(network: str) -> str | None:
    """Return the bundled encoder that a name or a file stands for, None for another file."""
    path = Path(network)
    if path.suffix != ".safetensors":
        return network
    return path.stem if path.resolve() in map(_bundled_file, SOURCE.cards()) else None


def _loaded(name: str, architecture: str | None) -> Encoder:
    """Load a bundled encoder by name or by its file, or a file of the architecture given."""
    config = {"name": name, "layers": "last", "pooling": "auto"}
    path = Path(name)
    if path.suffix != ".safetensors":
        return SOURCE.load(config)
    config["name"] = path.stem
    if _bundled(name) is not None:
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
