"""Which network an encoder's features are of: the encoder, an untrained twin, or a step of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: The paradigm of encoders of which nobody said what they were trained for.
UNSTATED = "unstated"
_WRITTEN = re.compile(r"(?P<name>[^~@/]+)(~(?P<twin>\d+)|@(?P<step>\d+))?")


class EncoderRefError(ValueError):
    """A text that names no encoder, twin or step of training; the message says what it was."""


@dataclass(frozen=True)
class EncoderRef:
    """An encoder as it was trained, its untrained twin of a seed, or a step of its training.

    It is written ``name``, ``name~seed`` or ``name@step``, and with a domain ``name~seed/domain``:
    so pairs are listed in the records of runs.
    """

    name: str
    twin: int | None = None
    step: int | None = None

    def __post_init__(self) -> None:
        """Refuse a twin of a step: untrained networks have no training."""
        if self.twin is not None and self.step is not None:
            raise EncoderRefError(f"{self.name} cannot be an untrained twin and a step at once.")

    def __str__(self) -> str:
        if self.twin is not None:
            return f"{self.name}~{self.twin}"
        return self.name if self.step is None else f"{self.name}@{self.step}"

    @classmethod
    def parse(cls, text: str) -> EncoderRef:
        """Read a reference as it is written.

        Raises
        ------
        EncoderRefError
            If the text is none.
        """
        match = _WRITTEN.fullmatch(text)
        if match is None:
            raise EncoderRefError(
                f"{text!r} names no encoder; expected NAME, NAME~SEED or NAME@STEP."
            )
        twin, step = match["twin"], match["step"]
        return cls(match["name"], *(None if part is None else int(part) for part in (twin, step)))

    @property
    def title(self) -> str:
        """Return the reference as it is read on screen."""
        if self.twin is not None:
            return f"{self.name}, untrained {self.twin}"
        return self.name if self.step is None else f"{self.name}, step {self.step}"

    def on(self, domain: str) -> str:
        """Return the name of the pair of this network and a domain."""
        return f"{self}/{domain}"


#: A reference, or the name of an encoder as it was trained.
Encoder = str | EncoderRef


def as_ref(encoder: Encoder) -> EncoderRef:
    """Return the reference to an encoder that may be given by its name."""
    return EncoderRef(encoder) if isinstance(encoder, str) else encoder


def twins_of(encoders: Iterable[str], seeds: Sequence[int]) -> tuple[EncoderRef, ...]:
    """Return the untrained twins of these encoders, seed by seed."""
    names = tuple(encoders)
    return tuple(EncoderRef(name, twin=seed) for seed in seeds for name in names)


def steps_of(encoder: str, numbers: Iterable[int]) -> tuple[EncoderRef, ...]:
    """Return an encoder at these steps of its training."""
    return tuple(EncoderRef(encoder, step=number) for number in numbers)


def parse_pair(text: str) -> tuple[EncoderRef, str]:
    """Read the name of a pair of a network and a domain: ``name~seed/domain``."""
    network, _, domain = text.partition("/")
    return EncoderRef.parse(network), domain
