"""Measures every shipped encoder again and compares with its card."""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from substrate.zoo.card import load_card, load_weights, measure, sha256
from substrate.zoo.data import load_cifar
from substrate.zoo.errors import ZooInputError
from substrate.zoo.train import ENCODERS, choose_device

TOLERANCE = 0.005


@dataclass(frozen=True)
class Remeasured:
    """A card's accuracy beside the one measured now."""

    name: str
    kind: str
    card: float
    measured: float

    @property
    def agrees(self) -> bool:
        """Tell whether the two differ by at most half a point."""
        return abs(self.card - self.measured) <= TOLERANCE


def evaluate(
    bundled: Path = ENCODERS,
    *,
    data: Path | None = None,
    device: str = "auto",
    names: tuple[str, ...] = (),
) -> list[Remeasured]:
    """Measure the encoders of a folder (all, or those named) with the weights as shipped."""
    cards = sorted(bundled.glob("*.yaml"))
    names_there = [path.stem for path in cards]
    unknown = sorted(set(names) - set(names_there))
    if unknown or not cards:
        raise ZooInputError(
            f"{bundled} has no card {', '.join(unknown) or 'at all'}; "
            f"there are: {', '.join(names_there) or 'none'}."
        )
    cifar, place = load_cifar(data), choose_device(device)
    rows = []
    for path in cards:
        if names and path.stem not in names:
            continue
        card, recipe = load_card(path)
        weights = path.with_suffix(".safetensors")
        if sha256(weights) != card["sha256"]:
            raise ZooInputError(
                f"{weights} is not the file that {path.name} describes: its SHA-256 differs."
            )
        measured = measure(recipe, load_weights(recipe, weights), cifar, place)
        rows.append(
            Remeasured(recipe.name, measured["kind"], card["accuracy"]["value"], measured["value"])
        )
    return rows


def report(
    bundled: Path = ENCODERS,
    *,
    data: Path | None = None,
    device: str = "auto",
    as_json: bool = False,
    names: tuple[str, ...] = (),
) -> int:
    """Write card against measured to stdout; return 0, 2 on bad input, 4 on a difference."""
    try:
        rows = evaluate(bundled, data=data, device=device, names=names)
    except ZooInputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if as_json:
        sys.stdout.write(json.dumps([asdict(row) | {"agrees": row.agrees} for row in rows]) + "\n")
    else:
        width = max(len(row.name) for row in rows)
        for row in rows:
            verdict = "" if row.agrees else "  DIFFERS"
            sys.stdout.write(
                f"{row.name:<{width}}  card {row.card:.4f}  measured {row.measured:.4f}"
                f"  {row.kind}{verdict}\n"
            )
    return 0 if all(row.agrees for row in rows) else 4


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--bundled", type=Path, default=ENCODERS)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = vars(parser.parse_args())
    return report(options.pop("bundled"), **{**options, "names": tuple(options["names"])})


if __name__ == "__main__":
    sys.exit(main())
