"""The works that the figures follow, and how to cite them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One work: who, what, where, and what is taken from it."""

    authors: str
    title: str
    where: str
    link: str
    used_for: str


#: The four works in the order in which the pages need them, then those that correct or extend them.
WORKS = (
    Source(
        "Yousef Radwan",
        "The Cross-Architecture Substrate: A Domain-Transcendent, Calibration-Surviving Geometric "
        "Invariant of Modern Vision Encoders",
        "2026, arXiv:2606.07882",
        "https://arxiv.org/abs/2606.07882",
        "the shared subspace of a panel, Procrustes-CKA, emergence during training",
    ),
    Source(
        "Yixuan Li, Jason Yosinski, Jeff Clune, Hod Lipson, John Hopcroft",
        "Convergent Learning: Do different neural networks learn the same representations?",
        "ICLR 2016, arXiv:1511.07543",
        "https://arxiv.org/abs/1511.07543",
        "matching of single units and directions between networks",
    ),
    Source(
        "Florentin Guth, Brice Ménard",
        "On the universality of neural encodings in CNNs",
        "ICLR 2024 workshop Re-Align, arXiv:2409.19460",
        "https://arxiv.org/abs/2409.19460",
        "alignment by activations, panels of eigenvector cosines",
    ),
    Source(
        "Mateo Mahaut, Marco Baroni",
        "Similarity of Processing Steps in Vision Model Representations",
        "2026, arXiv:2601.21621",
        "https://arxiv.org/abs/2601.21621",
        "comparison layer by layer along the depth",
    ),
)

ALSO = (
    Source(
        "Fabian Groeger, Shuo Wen, Maria Brbić",
        "Revisiting the Platonic Representation Hypothesis: An Aristotelian View",
        "ICML 2026, arXiv:2602.14486",
        "https://arxiv.org/abs/2602.14486",
        "calibration of similarities by permutations",
    ),
    Source(
        "Simon Kornblith, Mohammad Norouzi, Honglak Lee, Geoffrey Hinton",
        "Similarity of Neural Network Representations Revisited",
        "ICML 2019, arXiv:1905.00414",
        "https://arxiv.org/abs/1905.00414",
        "linear CKA",
    ),
    Source(
        "Le Song, Alex Smola, Arthur Gretton, Justin Bedo, Karsten Borgwardt",
        "Feature Selection via Dependence Maximization",
        "JMLR 13, 2012",
        "https://jmlr.org/papers/v13/song12a.html",
        "the unbiased estimate of HSIC behind debiased CKA",
    ),
    Source(
        "Kaichao You, Yong Liu, Jianmin Wang, Mingsheng Long",
        "LogME: Practical Assessment of Pre-trained Models for Transfer Learning",
        "ICML 2021, arXiv:2102.11005",
        "https://arxiv.org/abs/2102.11005",
        "the maximum evidence of labels as a transfer score",
    ),
    Source(
        "Prabhant Singh, Sibylle Hess, Joaquin Vanschoren",
        "How NOT to benchmark your SITE metric: Beyond Static Leaderboards and Towards Realistic "
        "Evaluation",
        "2025, arXiv:2510.06448",
        "https://arxiv.org/abs/2510.06448",
        "the ranking by size, which every transfer score is held against",
    ),
)
