"""How numbers, counts and intervals are written, once for pages, reports and figures."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

#: A true minus sign; a hyphen is none.
MINUS = "\u2212"
#: What pages that compare two of a kind say where there is one.
ONE_ENCODER = "Two encoders are compared here; this run has one."
ONE_DOMAIN = "Two domains are compared here; this run has one."
#: How a histogram of scores is read, and where a click on the shared directions leads.
LONE_BAR = "A lone bar at one end is a direction that a few images make."
OWN_PAGE = "Click a cell for the direction's own page."
#: What a count of eigenvalues above the edge of noise is read beside: simulated, by size of layer.
NOISE_ALONE = "noise alone has an eigenvalue above the edge in up to a quarter of layers"


def _written(value: float, style: str) -> str:
    """Format a number with a true minus sign; what rounds to zero has no sign."""
    text = format(value, style)
    if not any(digit in text for digit in "123456789") and math.isfinite(value):
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def number(value: float, digits: int = 2) -> str:
    """Write a number with so many decimals: ``0.68``, ``−0.10``, never minus zero."""
    return _written(value, f".{digits}f")


def signed(value: float, digits: int = 2) -> str:
    """Write a number with its sign: ``+0.68``, ``−0.10``, ``0.00``."""
    return _written(value, f"+.{digits}f")


def probability(p: float) -> str:
    """Write a p value: ``p = 0.012``, ``p < 0.001``, never that it is zero."""
    return "p < 0.001" if p < 0.001 else f"p = {number(p, 3)}"


def figures_written(text: str) -> str:
    """Write a text's figures as all others are: ``0.679`` for ``.679``, a true minus sign."""
    return re.sub(r"(?<![\w^])-(?=\.?\d)", MINUS, re.sub(r"(?<![\w.])\.(?=\d)", "0.", text))


def percent(value: float, digits: int = 0) -> str:
    """Write a share as a percentage: ``68 %`` of .68."""
    return f"{number(100 * value, digits)} %"


def points(value: float) -> str:
    """Write a difference of shares in percentage points, with its sign: ``+4.1`` of .041."""
    return signed(100 * value, 1)


def between(low: float, high: float, write: Callable[[float], str] = number) -> str:
    """Write a 95 % confidence interval: ``95 % CI [0.10, 0.20]``."""
    return f"95 % CI [{write(low)}, {write(high)}]"


def with_interval(
    value: float,
    low: float | None,
    high: float | None,
    write: Callable[[float], str] = number,
) -> str:
    """Write a value with its 95 % interval, where it has one."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return write(value)
    return f"{write(value)} ({between(low, high, write)})"


def spread(values: Iterable[float], digits: int = 2) -> str:
    """Write one value, or the lowest and the highest: ``0.10 to 0.20``."""
    numbers = list(values)
    low, high = number(min(numbers), digits), number(max(numbers), digits)
    return low if low == high else f"{low} to {high}"


def many(count: int, noun: str) -> str:
    """Write a number of things: ``1 seed``, ``3 seeds``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def above_draws(own: int, draws: Sequence[int], further: float, p: float, of: str) -> str:
    """Say how many eigenvalues lie above the edge of noise beside those of untrained draws.

    ``further`` is what a further draw is expected to have at most, ``p`` how often untrained ones
    have as large a part of all; both NaN where draws are too few for a test.
    """
    said = (
        f"{many(own, 'eigenvalue')} {'lies' if own == 1 else 'lie'} above the edge, and "
        f"{number(sum(draws) / len(draws), 1)} of {of} ({spread(draws, 0)} in "
        f"{many(len(draws), 'draw')}); {NOISE_ALONE}."
    )
    if not math.isfinite(further):
        return f"{said} Nothing is tested: five draws are needed."
    return (
        f"{said} A further draw is expected to have at most {number(further, 1)}, and weights like "
        "untrained ones have so large a part of all with "
        f"p {'below 0.001' if p < 0.001 else f'= {number(p, 3)}'}."
    )


@dataclass(frozen=True)
class Nouns:
    """What a domain's samples are, and what makes groups of them hang together, in the singular."""

    sample: str = "tile"
    group: str = "photograph"

    @property
    def groups(self) -> str:
        """Name several groups: ``photographs``."""
        return f"{self.group}s"

    @property
    def held_out(self) -> str:
        """Name what was held out: ``held-out photographs``, ``images of held-out writers``."""
        whole = f"held-out {self.group}s"
        return whole if self.group == "photograph" else f"{self.sample}s of {whole}"


TILES = Nouns()


#: Readable names of families of architectures, by the names that cards and timm have for them.
FAMILIES = {
    "resnet": "ResNet",
    "vgg": "VGG",
    "vit": "ViT",
    "vision_transformer": "ViT",
    "convnext": "ConvNeXt",
    "swin": "Swin",
    "swin_transformer": "Swin",
    "mixer": "MLP-Mixer",
    "mlp_mixer": "MLP-Mixer",
    "efficientnet": "EfficientNet",
    "densenet": "DenseNet",
    "inception": "Inception",
}


def family_title(family: str) -> str:
    """Return the readable name of a family of architectures, its own where none is known."""
    return FAMILIES.get(family, family)


def common_nouns(nouns: Iterable[Nouns]) -> Nouns:
    """Return what samples and groups of several domains are called together.

    Where they differ from domain to domain, ``image`` (``sample`` where some have no images) and
    ``group``.
    """
    all_nouns = list(nouns)
    samples, groups = {one.sample for one in all_nouns}, {one.group for one in all_nouns}
    several = "sample" if "sample" in samples else "image"
    return Nouns(
        samples.pop() if len(samples) == 1 else several,
        groups.pop() if len(groups) == 1 else "group",
    )


def shuffled(nouns: Nouns, *, within: bool) -> str:
    """Name what changed places: ``photographs shuffled``, or tiles inside each photograph.

    ``within`` is what `substrate.numerics.nulls.row_orders` does below ten groups.
    """
    inside = f"{nouns.sample}s shuffled inside each {nouns.group}"
    return inside if within else f"shuffled {nouns.group}s"


def samples_of(n: int, groups: int, nouns: Nouns, *, available: int = 0) -> str:
    """Write how many samples of how many groups: ``256 tiles of 7 photographs``.

    Where each sample is a group of its own, ``100 photographs``, or ``100 samples`` of what a group
    is not a photograph. ``available`` says how many there are where only some take part.
    """
    of = f" (of {available:,})" if available > n else ""

    def some(count: int, noun: str, more: str = "") -> str:
        return f"{count:,} {noun}{'' if count == 1 else 's'}{more}"

    if n == groups:
        return some(n, nouns.group if nouns.group == "photograph" else nouns.sample, of)
    return f"{some(n, nouns.sample, of)} of {some(groups, nouns.group)}"


def ordinal(place: int) -> str:
    """Write a place: ``1st``, ``2nd``, ``3rd``, ``11th``."""
    teens = place % 100 in (11, 12, 13)
    return f"{place}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(place % 10, 'th')}"


def span(values: Sequence[float], unit: str) -> str:
    """Say over what values units spread: ``0.01 to 0.44 by layer``, or that there is one."""
    low, high = (number(float(end)) for end in (min(values), max(values)))
    return f"{low} in each {unit}" if low == high else f"{low} to {high} by {unit}"


#: A comma within a title ("ResNet, SimCLR"), not one of an interval.
_COMMA = re.compile(r", [^\W\d]")
#: By how much S at half of the images differs where a layer is marked.
CHANGED = 0.02


def growing(changes: Sequence[float]) -> str:
    """Say by how much S changes from half of the images to all, and in how many layers it does."""
    marked = sum(abs(one) > CHANGED for one in changes)
    return (
        f"with all of them it changes by {span(changes, 'layer')}, by more than {CHANGED} in "
        f"{marked} of {many(len(changes), 'layer')}. It may go on growing with more images."
    )


def listed(parts: Sequence[str]) -> str:
    """Join words as one reads them aloud: ``a, b and c``, or ``a, x; and b``."""
    if len(parts) > 1 and any(map(_COMMA.search, parts)):
        return f"{'; '.join(parts[:-1])}; and {parts[-1]}"
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def bracketed(title: str) -> str:
    """Write a title's part after its comma in brackets, so that titles can stand in a row.

    ``ResNet, SimCLR`` becomes ``ResNet (SimCLR)``.
    """
    head, comma, rest = title.partition(", ")
    return f"{head} ({rest})" if comma else title


def where(domain: str, groups: int, *, within: bool, group: str = "photograph") -> str:
    """Open a sentence with a domain, or with its groups where these are all it is of."""
    if not within:
        return f"On {domain}"
    what = f"one {group}" if groups == 1 else many(groups, group)
    return f"Within the {what} of {domain}"


def unbroken(sentence: str) -> str:
    """Keep numbers and their per cent signs on one line."""
    return sentence.replace(" %", "\u00a0%")


def no_images(name: str) -> str:
    """Say that a domain is known by features alone."""
    return f"{name} has no images: its features were read from files."


def not_finite(what: str, count: int, of: int) -> str:
    """Say that weights hold NaN or infinities, and what to do."""
    return (
        f"{what} holds values that are not finite ({count:,} of {of:,}): take weights from before "
        "the training diverged."
    )
