"""Every term of the program, defined once: for tooltips, Explain, and docs/glossary.md."""

from __future__ import annotations

import re

#: Terms in the order of the alphabet; where one is said in several ways, all of them.
TERMS: dict[str, str] = {
    "95 % CI": "A confidence interval that covers the true value in 95 % of studies; by default a "
    "jackknife that leaves out whole photographs (or encoders) in turn.",
    "A and B": "The two sides of a comparison: encoder A with its layer, and encoder B with its "
    "layer. Directions of A are rows, directions of B columns.",
    "affine map": "A weighted sum of the source's units, with a constant, for each unit of the "
    "target; here with ridge, which keeps the weights small.",
    "baseline": "What a simple method reaches on the same images, such as raw pixels, encoder "
    "size, or training without alignment.",
    "calibrated": "A similarity moved so that its null is 0 and identical features are 1: "
    "(value − mean null) / (1 − mean null), not clipped.",
    "canonical correlation": "The largest correlation that weighted sums of the units of two "
    "layers have, then the next one, and so on: it does not change with the axes of either layer.",
    "chance level": "What a value reaches by chance in 95 % of cases; for the largest of many "
    "cells, what the largest cell reaches.",
    "CKA": "Centered kernel alignment: how alike the similarities between images are in two "
    "feature spaces; 1 for features equal up to rotation and scale.",
    "confusion matrix": "Rows are the true domains, columns the ones that the detector names.",
    "dead unit": "A unit that hardly varies on these images: below 1 % of the median deviation of "
    "its layer; it takes part in no match.",
    "debiased": "An estimate corrected for the number of images, which alone makes features look "
    "alike.",
    "direction": "A principal axis of the features: each image has a score along it. Its sign is "
    "a convention.",
    "domain": "One kind of images, such as faces or handwritten digits.",
    "effective rank": "Over how many directions the variance is spread: the exponential of the "
    "entropy of the shares of variance. Of weights: the mean rank of the eigenvalues beyond noise, "
    "each weighted by its size.",
    "encoder": "A network that turns an image into features; every layer gives features of its "
    "own.",
    "equal error rate": "The share of wrong decisions at the threshold where pairs of one class "
    "are refused as often as pairs of two are accepted; 50 % is guessing.",
    "family": "The kind of architecture, such as ResNet or ViT, in which an encoder is built.",
    "held-out": "Images of photographs that were not used to find what is tested on them.",
    "information imbalance": "The mean rank, in one feature space, of each image's nearest "
    "neighbour in another: near 0 where the other holds all that the one does, about 1 where it "
    "holds nothing of it.",
    "interpolation threshold": "The number of samples up to which a student can fit every label "
    "exactly, noise included: as many as inputs, or as weights per output.",
    "intrinsic dimension": "Over how many coordinates, straight or curved, images vary near each "
    "other; here from how much farther the second neighbour is than the first.",
    "jackknife": "Leaving out each photograph (or encoder) in turn, and taking the spread of what "
    "results as the error.",
    "K": "How many leading directions are kept of each feature space, or of the panel.",
    "kernel": "The weights with which one neuron of a convolution reads one input channel, a small "
    "square of pixels.",
    "lasso": "A prediction whose weights are penalised by their size, so that most of them are "
    "exactly 0; the penalty decides how many are left.",
    "loadings": "How much each encoder's units take part in a direction of the panel.",
    "margin": "Of a matched pair of units: its correlation minus the best that the unit reaches "
    "with any other unit of the other layer.",
    "mixed units": "Units that say something of some images: at rest on one value for half of them "
    "or more, or switching between two modes.",
    "mutual information": "How many bits the activation of one unit says of another's, whatever "
    "the shape of their relation; 0 where it says nothing.",
    "null": "What a value would be without what it is taken as evidence for: shuffled images, or "
    "untrained twins.",
    "one to one": "Every unit of the smaller layer gets a partner of its own in the other one, so "
    "that the sum of correlations is largest.",
    "panel": "The encoders that are compared as one: one of each recipe unless chosen otherwise.",
    "passive units": "Units that vary no more over images than 1 % of their layer's mean variance.",
    "permutation": "A random order of whole photographs for one encoder; what remains is chance.",
    "photograph": "The unit that is shuffled and left out. Tiles of one photograph belong "
    "together; digits are images, and the unit is their writer.",
    "power": "Of a study: how often one of its kind would tell a value from its null, if the value "
    "is what was measured. Of filters: their squared amplitude at a spatial frequency.",
    "principal angle": "How far two subspaces lie apart, direction by direction; a cosine of 1 is "
    "a direction that both hold.",
    "Procrustes-CKA": "CKA between two sets of leading directions after the best rotation of one "
    "onto the other; compares domains, not encoders.",
    "random bases": "Filters with the eigenvalues of a layer's own, but with axes drawn at random: "
    "what any filters would agree by.",
    "recipe": "Encoders trained in the same way but for the seed; copies count once.",
    "relative depth": "A layer's place in its network: 0 is the input, 1 the last layer.",
    "replicates": "Of a direction: the other half of the images gives it as well, with a "
    "reliability of 0.5 or more.",
    "rotated axes": "Directions drawn at random in the same space: what any basis would match by, "
    "if there were nothing special about units.",
    "score correlation": "The correlation, over held-out images, of the scores along a direction "
    "of A with those along a direction of B.",
    "sharedness": "The leave-encoder-out correlation: what one encoder sees along a direction of "
    "the panel, correlated with what all others see, on held-out images.",
    "shuffling": "The null in which each encoder sees the photographs in an order of its own.",
    "signal-to-noise ratio": "The variance of what is to be learned over that of the noise on it.",
    "spatial eigenvector": "A pattern of the size of a kernel along which a layer's kernels vary "
    "most, then the next one, and so on; its sign is a convention.",
    "split half": "Finding directions in one half of the images and testing them in the other.",
    "split-half ceiling": "How well maps fitted to two halves of the photographs agree: what their "
    "own uncertainty leaves room for.",
    "students": "Two networks, or two linear maps, that learn from one teacher; their training "
    "sets differ in their noise alone.",
    "substrate": "The leading directions that a panel of encoders shares on a domain.",
    "tile": "A square cut from a photograph; tiles never overlap.",
    "unit": "One number of a layer at one position: a channel of a convolution, a coordinate of a "
    "token.",
    "untrained twin": "The same architecture with seeded initial weights: the null that says what "
    "training adds.",
    "whitening": "How features are brought to one scale before directions are found.",
}


def terms_in(*texts: str) -> list[str]:
    """Return the terms that stand in some texts, as whole words, in the order of the alphabet."""
    text = " ".join(texts)
    return [term for term in TERMS if _pattern(term).search(text)]


def _pattern(term: str) -> re.Pattern[str]:
    """Match a term as a word, in the plural too; capitals count where the term has several."""
    flags = re.NOFLAG if sum(map(str.isupper, term)) > 1 or len(term) == 1 else re.IGNORECASE
    return re.compile(rf"(?<![\w-]){re.escape(term)}s?(?![\w-])", flags)


def lines(*terms: str) -> str:
    """Return definitions as a list in Markdown; of all terms where none is named."""
    return "\n".join(f"- **{term}**: {TERMS[term]}" for term in terms or TERMS)


def page() -> str:
    """Return docs/glossary.md."""
    return (
        "# Glossary\n\n"
        "Written by `substrate.exhibits.glossary.page`; edit the terms there, not this page.\n"
        "Tooltips and Explain say the same.\n\n"
        f"{lines()}\n"
    )
