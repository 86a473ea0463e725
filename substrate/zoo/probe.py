"""How good an encoder is: class accuracy, or that of a linear probe on its frozen features."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64, UInt8
from sklearn.linear_model import LogisticRegression

from substrate.zoo.data import LabelledImages, as_pixels, normalise

BATCH = 500


def _in_batches(
    images: UInt8[np.ndarray, "n h w 3"], device: torch.device
) -> Iterator[torch.Tensor]:
    """Yield standardised batches in order, in the memory order that convolutions are fast in."""
    for start in range(0, len(images), BATCH):
        batch = normalise(as_pixels(images[start : start + BATCH]).to(device))
        yield batch.contiguous(memory_format=torch.channels_last)


@torch.inference_mode()
def predict(
    model: Any, images: UInt8[np.ndarray, "n h w 3"], device: torch.device
) -> Int64[np.ndarray, " n"]:
    """Return the class with the largest score for each image, computed in float32."""
    model.eval()
    return np.concatenate(
        [model(batch).argmax(1).cpu().numpy() for batch in _in_batches(images, device)]
    )


@torch.inference_mode()
def penultimate(
    model: Any, images: UInt8[np.ndarray, "n h w 3"], device: torch.device
) -> Float[np.ndarray, "n d"]:
    """Return the pooled features before the classifier, computed in float32."""
    model.eval()
    features = [
        model.forward_head(model.forward_features(batch), pre_logits=True).cpu().numpy()
        for batch in _in_batches(images, device)
    ]
    return np.concatenate(features).astype(np.float64)


def linear_probe(
    train_features: Float[np.ndarray, "n d"],
    train_labels: Int64[np.ndarray, " n"],
    test_features: Float[np.ndarray, "m d"],
    test_labels: Int64[np.ndarray, " m"],
) -> float:
    """Return the test accuracy of a multinomial logistic regression on standardised features.

    Weak L2 penalty (C = 1 on the summed loss), fitted to convergence, so nothing is left to tune.
    Features that are constant over the training images carry nothing and are left out.
    """
    spread = train_features.std(axis=0)
    varying = spread > 0
    center, spread = train_features[:, varying].mean(axis=0), spread[varying]
    fitted = LogisticRegression(C=1.0, max_iter=2000).fit(
        (train_features[:, varying] - center) / spread, train_labels
    )
    return float(fitted.score((test_features[:, varying] - center) / spread, test_labels))


def probe_accuracy(
    model: Any, train: LabelledImages, test: LabelledImages, device: torch.device
) -> float:
    """Return the linear probe's test accuracy on the pooled penultimate features of a model."""
    return linear_probe(
        penultimate(model, train.images, device),
        train.labels,
        penultimate(model, test.images, device),
        test.labels,
    )
