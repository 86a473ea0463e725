"""Which pixels a position of a layer's map depends on: its receptive field, measured."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from substrate.encoders.readout import grids_with_gradient
from substrate.encoders.spec import Layer

#: Random images whose gradients are taken together: pooling hides pixels that lose in one of them.
IMAGES = 4


@dataclass(frozen=True)
class ReceptiveField:
    """The box of pixels that positions of a map see.

    ``side`` is its height and width; the box of position (row, column) is centred at
    ``start + step * row`` and ``start + step * column``, in pixels of the model's input, and may
    reach beyond it.
    """

    side: int
    step: float
    start: float

    def box(self, row: int, column: int, size: int) -> tuple[int, int, int, int]:
        """Return left, top, right and bottom of a position's field inside an image of ``size``."""
        edges = []
        for place in (column, row):
            low = self.start + self.step * place - self.side / 2
            edges.append((max(0, round(low)), min(size, round(low + self.side))))
        (left, right), (top, bottom) = edges
        return left, top, right, bottom


def receptive_field(model: nn.Module, size: int, layer: Layer) -> ReceptiveField:
    """Measure a layer's receptive field at an image size by gradients at the middle of its map.

    Where every position depends on every pixel (attention, or a field larger than the image), the
    field is the whole image for all positions, and its step that of the grid.
    """
    torch_state = torch.random.get_rng_state()
    try:
        torch.manual_seed(0)
        images = torch.rand(IMAGES, 3, size, size, requires_grad=True)
        grid = grids_with_gradient(model.eval(), images, layer)
        rows = grid.shape[1]
        middle = rows // 2
        low, high = _reach(grid, images, middle)
    finally:
        torch.random.set_rng_state(torch_state)
    step = size / rows
    if rows < 2 or high - low >= size:
        return ReceptiveField(high - low, step, step / 2)
    near, far = _reach(grid, images, middle - 1)
    inner = [edge for edge in ((low, near), (high, far)) if edge[1] > 0 and edge[0] < size]
    step = float(inner[0][0] - inner[0][1]) if inner else step
    return ReceptiveField(high - low, step, (low + high) / 2 - step * middle)


def _reach(grid: torch.Tensor, images: torch.Tensor, position: int) -> tuple[int, int]:
    """Return the first row of pixels that a position depends on, and the one after the last."""
    chosen = grid[:, position, position].abs().sum()
    (gradient,) = torch.autograd.grad(chosen, images, retain_graph=True)
    there = gradient.abs().amax(dim=(0, 1, 3)).nonzero().flatten()
    if not len(there):
        return 0, images.shape[2]
    return int(there[0]), int(there[-1]) + 1
