"""Rates of a simulation, and the dependent tiles that it draws."""

from dataclasses import dataclass

import numpy as np

P = 6

DESIGNS: dict[str, np.ndarray] = {
    "120 independent samples": np.arange(120),
    "20 groups of 6 tiles": np.repeat(np.arange(20), 6),
    "20 groups of 1 to 11 tiles": np.repeat(np.arange(20), np.r_[1:11, 2:12]),
}


@dataclass
class Rate:
    """How often something happened, and how often it should."""

    study: str
    design: str
    quantity: str
    rate: float
    nominal: float
    trials: int

    @property
    def error(self) -> float:
        """Standard error of the rate."""
        return float(np.sqrt(self.nominal * (1 - self.nominal) / self.trials))


def table(rates: list[Rate]) -> str:
    """Rates as a Markdown table."""
    lines = ["| what | samples | quantity | rate | nominal | trials |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {r.study} | {r.design} | {r.quantity} | {r.rate:.3f} | {r.nominal:.2f} ± "
        f"{r.error:.3f} | {r.trials} |"
        for r in rates
    ]
    return "\n".join(lines) + "\n"


def tiles(groups: np.ndarray, rng: np.random.Generator, p: int = P) -> np.ndarray:
    """Features whose groups explain most of their variance."""
    count = int(groups.max()) + 1
    return rng.normal(size=(count, p))[groups] + 0.4 * rng.normal(size=(len(groups), p))


def related(groups: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two representations that share half of what they hold."""
    shared, x, y = (tiles(groups, rng) for _ in range(3))
    return shared + x, shared + y
