"""Which networks the experiment `weights` compares, and in what they differ."""

from __future__ import annotations

from substrate.analyses.experiments.weights import (
    CLASSES,
    INITIALISATION,
    KIND,
    LABELS,
    RANDOM_LABELS,
    WIDTH,
)

F, V = "matched_factorised", "matched_vgg"
#: Pairs of networks, by what they differ in. Networks of true and random labels start from one
#: initialisation, those of other classes from two.
PAIRS = (
    (INITIALISATION, V, f"{V}_bis"),
    (INITIALISATION, F, f"{F}_bis"),
    (LABELS, V, f"{V}_random_a"),
    (LABELS, f"{V}_bis", f"{V}_random_b"),
    (LABELS, F, f"{F}_random_a"),
    (RANDOM_LABELS, f"{V}_random_a", f"{V}_random_b"),
    (RANDOM_LABELS, f"{F}_random_a", f"{F}_random_b"),
    (CLASSES, f"{F}_cifar5a", f"{F}_cifar5b"),
    (KIND, V, F),
    (CLASSES, f"{F}_cifar5a", f"{F}_bis"),
    (CLASSES, f"{F}_cifar5b", F),
    (WIDTH, F, f"{F}_double"),
)
#: Networks whose filters are frozen, by the kind of filters; all are trained alike.
PRESET = {
    "universal": F,
    "universal, second seed": f"{F}_bis",
    "random orthonormal": f"{F}_filters_random",
    "of an untrained network": f"{F}_filters_untrained",
}
#: Networks whose weights are projected.
PROJECTED = (F, f"{F}_bis", V, f"{V}_bis", "vgg", "resnet")
#: Networks whose neurons are drawn anew. None has a residual stream: several layers write into it,
#: and neurons that are drawn layer by layer have no axes in common.
REDRAWN = (V, f"{V}_bis", "vgg", F, f"{F}_bis", f"{F}_double")
#: Networks whose weights were kept along training and that have kernels beyond the first layer,
#: and those whose filters, as trained, they are compared with besides each other's.
TRAINED, FURTHER = ("resnet", "simclr", "vae"), ("vgg", "rotation", "autoencoder")
