"""What may be asked of an experiment on the command line, and how it is written down."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from substrate.experiments.record import ExperimentError


@dataclass(frozen=True)
class Options:
    """Every option of every experiment; None where it was not given."""

    device: str | None = None
    data: Path | None = None
    seeds: int | None = None
    steps: int | None = None
    fractions: tuple[float, ...] | None = None
    text: Path | None = None
    images: Path | None = None
    domains: tuple[str, ...] | None = None
    encoders: tuple[str, ...] | None = None

    def only(self, experiment: str, names: Sequence[str]) -> None:
        """Refuse an option that another experiment has.

        Raises
        ------
        ExperimentError
            Naming the option and those that there are.
        """
        for field in fields(self):
            if getattr(self, field.name) is not None and field.name not in names:
                flags = ", ".join(f"--{_flag(name)}" for name in names)
                raise ExperimentError(
                    f"The experiment {experiment} has no --{_flag(field.name)}; it has {flags}."
                )

    def arguments(self) -> list[str]:
        """Return the options as they were typed, paths made absolute."""
        line: list[str] = []
        for field in fields(self):
            value = getattr(self, field.name)
            for one in value if isinstance(value, tuple) else (value,):
                if one is not None:
                    shown = one.expanduser().resolve() if isinstance(one, Path) else one
                    line += [f"--{_flag(field.name)}", str(shown)]
        return line

    def command(self, experiment: str) -> str:
        """Return the command line that asks for this; of paths only the last part is kept."""
        line = ["python", "-m", "substrate", "experiment", experiment]
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None or field.name in ("data", "device"):
                continue  # where the data lies and what computes is not what is computed
            for one in value if isinstance(value, tuple) else (value,):
                line += [f"--{_flag(field.name)}", one.name if isinstance(one, Path) else str(one)]
        return shlex.join(line)


def _flag(name: str) -> str:
    return {"fractions": "fraction", "domains": "domain", "encoders": "encoder"}.get(name, name)
