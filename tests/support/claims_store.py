"""A planted store with enough encoders of both kinds for every row about encoders."""

from __future__ import annotations

from pathlib import Path

import pytest

from substrate.runs import Run
from tests.support import planted

KINDS = ("supervised",) * 4 + ("contrastive",) + ("masked",) * 2 + ("autoencoding",) * 2


def many_encoders(root: Path, *, n: int = 40, groups: int = 20, untrained: int = 5) -> Run:
    """Plant nine encoders: five that discriminate, four that reconstruct."""
    names = ["resnet", "convnext", "vit", "vgg", "simclr", "mae", "mae2", "autoencoder", "vae"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planted, "ENCODERS", {name: 24 + 2 * i for i, name in enumerate(names)})
        patch.setattr(planted, "PARADIGMS", dict(zip(names, KINDS, strict=True)))
        return planted.planted_run(root, n=n, groups=groups, untrained=untrained)
