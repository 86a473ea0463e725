"""What students of an experiment are given: labelled images, substrate scores, teachers' logits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int, Int64, UInt8
from sklearn.linear_model import LogisticRegression

from substrate.encoders.bundled import Bundled, recipe_of
from substrate.encoders.spec import Encoder
from substrate.numerics.panel import substrate_basis
from substrate.numerics.whitening import (
    Standardisation,
    standardisation,
)
from substrate.zoo import probe
from substrate.zoo.data import CLASSES
from substrate.zoo.errors import ZooInputError

Features = Float[np.ndarray, "n d"]


def labelled_rows(
    labels: Int64[np.ndarray, " n"], fraction: float, seed: int
) -> Int[np.ndarray, " m"]:
    """Draw the same share of every class; a larger share of the same seed holds the smaller ones.

    Raises
    ------
    ZooInputError
        If the share leaves no image of a class.
    """
    order = np.random.default_rng([seed, len(labels)]).permutation(len(labels))
    kept = []
    for number, name in enumerate(CLASSES):
        members = order[labels[order] == number]
        count = round(fraction * len(members))
        if count < 1:
            raise ZooInputError(
                f"{fraction:.4%} of {len(members)} images leaves none of {name}; take more."
            )
        kept.append(members[:count])
    return np.sort(np.concatenate(kept))


@dataclass(frozen=True, eq=False)
class Substrate:
    """The leading principal scores of several encoders, z-scored, side by side."""

    scales: tuple[Standardisation, ...]
    basis: Float[np.ndarray, "D k"]

    @classmethod
    def of(cls, features: Sequence[Features], k: int) -> Substrate:
        """Fit on the features of some images, one array per encoder."""
        scales = tuple(standardisation(x) for x in features)
        blocks = [scale.apply(x) for scale, x in zip(scales, features, strict=True)]
        most = min(k, len(features[0]) - 1, sum(x.shape[1] for x in features))
        return cls(scales, substrate_basis(blocks, most).vectors)

    def scores(self, features: Sequence[Features]) -> Float[np.ndarray, "n k"]:
        """Return the scores of any images, one array of features per encoder."""
        blocks = [scale.apply(x) for scale, x in zip(self.scales, features, strict=True)]
        return np.hstack(blocks) @ self.basis


def panel(source: Bundled) -> dict[str, dict[str, Any]]:
    """Return the cards of the default panel: one encoder per recipe, none of random labels."""
    targets: dict[str, dict[str, Any]] = {}
    for name, card in trained(source).items():
        if card.get("preset", "panel") == "panel":
            targets.setdefault(recipe_of(card), {name: card})
    return {name: card for one in targets.values() for name, card in one.items()}


def trained(source: Bundled) -> dict[str, dict[str, Any]]:
    """Return the cards of the encoders whose training had a meaning: none of random labels."""
    return {n: card for n, card in source.cards().items() if card["paradigm"] != "random labels"}


def label_free(cards: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the encoders that were trained without any labels."""
    return [n for n, card in cards.items() if card["recipe"]["objective"]["name"] != "supervised"]


def features(
    encoder: Encoder, images: UInt8[np.ndarray, "n h w 3"], device: torch.device
) -> Float[np.ndarray, "n d"]:
    """Return an encoder's pooled last features of images as they are, not augmented."""
    return probe.penultimate(encoder.network.to(device), images, device)


@torch.inference_mode()
def classifier_logits(encoder: Encoder, x: Features) -> Float[np.ndarray, "n c"]:
    """Return the scores that an encoder's own classifier gives for its last features."""
    model: Any = encoder.network.cpu()
    return model.get_classifier()(torch.from_numpy(x).float()).double().numpy()


def probe_logits(x: Features, labels: Int64[np.ndarray, " n"]) -> Float[np.ndarray, "n c"]:
    """Return the scores of a linear probe that is fitted to exactly these images and labels.

    That is how an encoder without a classifier becomes a teacher that knows no other labels than
    its student.
    """
    scaled = standardisation(x).apply(x)
    fitted = LogisticRegression(C=1.0, max_iter=2000).fit(scaled, labels)
    return np.asarray(fitted.decision_function(scaled), dtype=np.float64)
