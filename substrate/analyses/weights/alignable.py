"""Which encoders of a run can be aligned, layer by layer, and why others cannot."""

from __future__ import annotations

from collections.abc import Sequence

from substrate.analyses.spec import AnalysisError
from substrate.analyses.weights.crossed import AlignedParams
from substrate.analyses.weights.stored import StoredLayer, read_weights, without_network
from substrate.encoder_ref import EncoderRef
from substrate.runs import Run

#: Photographs that an alignment needs: half of them fit it, half of them judge it.
FEWEST = 20
#: Ends of the names of matrices that read and write the residual stream of a transformer.
MATRICES = ("attn.q", "attn.k", "attn.v", "attn.proj", "mlp.fc1", "mlp.fc2")


def aligned_params(run: Run, first: str, second: str) -> AlignedParams:
    """Return the parameters of two encoders, on the domain of most photographs."""
    return AlignedParams(first, second, run.main_domain, int(run.study["seed"]))


def require_alignable(run: Run, params: AlignedParams) -> None:
    """Refuse a pair that no pass can align, in one sentence.

    Raises
    ------
    AnalysisError
        If there is one encoder, a network is not at hand or not finite, the networks have no layers
        that belong together, or photographs are few.
    """
    if not params.second or params.first == params.second:
        raise AnalysisError("An alignment needs two encoders. Choose another one as B.")
    for name in params.names:
        info = run.encoders[EncoderRef.parse(name).name]
        if info.source == "features":
            raise AnalysisError(without_network(info.title))
    _require_common_layers(run, params.names)
    domain = run.domains[params.domain]
    if domain.photographs < FEWEST:
        raise AnalysisError(
            f"{domain.title} has {domain.photographs} photographs, and an alignment needs "
            f"{FEWEST}: half of them fit it and half judge it."
        )


def _require_common_layers(run: Run, names: Sequence[str]) -> None:
    """Refuse networks without layers that belong together, where their weights were read.

    Raises
    ------
    AnalysisError
        If they have none, or one holds weights that are not finite.
    """
    both = []
    for name in names:
        try:
            both.append(read_weights(run, EncoderRef(name)))
        except AnalysisError:  # of an earlier run: the job will see
            return
        if broken := [layer.name for layer in both[-1] if not layer.finite]:
            raise AnalysisError(
                f"{run.encoders[name].title} holds weights that are not finite, in {broken[0]}: "
                "what follows that layer is no number."
            )
    first, second = (_convolutions(layers) for layers in both)
    shared = first.items() & second.items() or (first and len(first) == len(second))
    if not shared and not _matrices(both[0]) & _matrices(both[1]):
        titles = [run.encoders[name].title for name in names]
        raise AnalysisError(
            f"{titles[0]} and {titles[1]} cannot be aligned: they have {len(first)} and "
            f"{len(second)} convolutions, of which none share name and shape, and no matrices of "
            "a transformer of one name. Layers are aligned between networks of one architecture."
        )


def _convolutions(layers: Sequence[StoredLayer]) -> dict[str, tuple[int, ...]]:
    """Return the kernels that mix channels, by name: all but depthwise ones."""
    return {
        one.name: one.shape
        for place, one in enumerate(layers)
        if len(one.shape) == 4 and (one.shape[1] > 1 or not place)
    }


def _matrices(layers: Sequence[StoredLayer]) -> set[str]:
    return {
        one.name for one in layers if one.name.startswith("blocks.") and one.name.endswith(MATRICES)
    }
