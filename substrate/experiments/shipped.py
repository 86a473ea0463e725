"""With what `data/results` is made: every experiment with its options, in one command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from substrate.experiments.options import Options

#: What `experiment all` runs, the shortest questions about the whole panel first.
SHIPPED: Mapping[str, Options] = {
    "emergence": Options(),
    "panel": Options(),
    "distill": Options(seeds=5, fractions=(0.01, 0.1)),
    "modality": Options(),
    "stitching": Options(),
    "weights": Options(),
    "students": Options(),
    "polarisation": Options(),
    "concepts": Options(),
}

#: The word for all of them, and the options that may be given with it.
ALL = "all"
OWN = ("device", "data")


def shipped_options(asked: Options) -> dict[str, Options]:
    """Return every experiment with the options of its shipped results.

    What computes and where the data lies may be asked for; what is computed may not, so that the
    results are those that the documentation speaks of.

    Raises
    ------
    ExperimentError
        If another option was given.
    """
    asked.only(ALL, OWN)
    distill = replace(SHIPPED["distill"], device=asked.device, data=asked.data)
    stitching = replace(SHIPPED["stitching"], data=asked.data)
    weights = replace(SHIPPED["weights"], data=asked.data)
    return {**SHIPPED, "distill": distill, "stitching": stitching, "weights": weights}
