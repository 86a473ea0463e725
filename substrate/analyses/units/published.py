"""What was published of sparse predictions between layers, and where it was read."""

from __future__ import annotations

SOURCE = "Li et al. 2016, arXiv:1511.07543"
WHERE = (
    "Final validation losses in the authors' logs (github.com/YixuanLi/convergent_learning), half "
    "the unexplained variance; their decay times the number of units is about the penalty used here"
)
#: Weight decay, loss of conv1 and of conv2, and mean weights per unit above 10 % of the largest.
LASSO: tuple[tuple[float, float, float, float, float], ...] = (
    (0.0, 0.167, 0.371, 55.0, 177.0),
    (1e-5, 0.166, 0.367, 54.0, 173.0),
    (1e-4, 0.160, 0.335, 48.0, 140.0),
    (1e-3, 0.168, 0.387, 9.1, 6.6),
    (1e-2, 0.491, 0.513, 0.0, 0.0),
    (1e-1, 0.480, 0.511, 0.0, 0.0),
)
COLUMNS = ("decay", "conv1, loss", "conv2, loss", "conv1, weights", "conv2, weights")
