"""Trains a recipe or the whole panel: resumable, one worker per recipe, a card at the end."""

import argparse
import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from substrate.encoders.networks.architectures import build
from substrate.shipped import INSTALLED, shipped
from substrate.zoo import loop, probe
from substrate.zoo.data import Cifar, fewer, load_cifar, select, training_cache
from substrate.zoo.errors import ZooInputError
from substrate.zoo.objective import Objective
from substrate.zoo.objectives import build_objective
from substrate.zoo.recipe import Recipe, load_recipe, panel_recipes

QUICK_IMAGES = 2000
REPORT_SECONDS = 20.0
ENCODERS = shipped("data", "encoders")


def train(
    card: Path | None,
    *,
    panel: bool = False,
    device: str = "auto",
    resume: bool = False,
    data: Path | None = None,
    out: Path | None = None,
    checkpoint_seconds: float = 60.0,
) -> int:
    """Train one recipe (or card), or with `panel` every bundled recipe; return the exit code.

    With `panel`, a recipe that another worker holds is left to it, so several workers can share the
    panel; unfinished trainings are always resumed. Weights go to ``out``, else to data/encoders.
    """
    try:
        out = _folder(out)
        recipes = panel_recipes() if panel else [load_recipe(_required(card))]
        cifar = load_cifar(data, download=True)
        place = choose_device(device)
        for recipe in recipes:
            with _lock(training_cache() / recipe.name) as mine:
                if panel and (not mine or (out / f"{recipe.name}.yaml").is_file()):
                    continue
                _check_lock(recipe, mine)
                if not (resume or panel):
                    _forget(training_cache() / recipe.name)
                train_recipe(recipe, cifar, place, out, checkpoint_seconds)
    except ZooInputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except FloatingPointError as error:
        sys.stderr.write(f"{error}\n")
        return 4
    return 0


def _required(card: Path | None) -> Path:
    if card is None:
        raise ZooInputError(
            "Name a recipe or card to train, or ask for the whole panel with --panel."
        )
    return card


def _folder(out: Path | None) -> Path:
    if out is None and INSTALLED:
        raise ZooInputError(
            "Name a folder for the weights with --out: those of an installed package stay as "
            "they are."
        )
    return out or ENCODERS


def choose_device(name: str) -> torch.device:
    """Return the device that is meant; auto takes a GPU where there is one."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ZooInputError(f"There is no device {name!r}; write auto, cpu or cuda.") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ZooInputError("This torch finds no CUDA device; write --device cpu or auto.")
    return device


def mixed_precision(device: torch.device) -> bool:
    """Tell whether bfloat16 is fast: on GPUs, and on CPUs with instructions for it."""
    return device.type == "cuda" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[bool]:
    """Hold the folder's lock while training; False where another process holds it.

    The system lets go of it when the process ends, however it ends; the empty file stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _check_lock(recipe: Recipe, mine: bool) -> None:
    if not mine:
        folder = training_cache() / recipe.name
        raise ZooInputError(f"{recipe.name} is being trained by another process (see {folder}).")


def _forget(folder: Path) -> None:
    """Remove the state of an earlier training."""
    for path in [folder / "checkpoint.safetensors", *folder.glob("trajectory/*.safetensors")]:
        path.unlink(missing_ok=True)


def prepare(
    recipe: Recipe, cifar: Cifar, device: torch.device, checkpoint_seconds: float = 60.0
) -> loop.Training:
    """Set a training up: seeded network, objective, data and what its curve measures."""
    encoder = build(recipe.architecture.kind, seed=recipe.seed, **recipe.model_kwargs)
    if device.type == "cpu":
        # The fused attention of the CPU is several times slower in its bfloat16 backward pass.
        for module in encoder.modules():
            if hasattr(module, "fused_attn"):
                module.fused_attn = False  # type: ignore[assignment]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        objective = build_objective(encoder, recipe)
    chosen = select(cifar.train, recipe, training=True)
    return loop.Training(
        recipe=recipe,
        data=chosen,
        objective=objective,
        folder=training_cache() / recipe.name,
        device=device,
        mixed_precision=mixed_precision(device),
        quick_accuracy=_quick(recipe, cifar, device),
        checkpoint_seconds=checkpoint_seconds,
    )


def _quick(
    recipe: Recipe, cifar: Cifar, device: torch.device
) -> Callable[[Objective], float] | None:
    """Return the curve's accuracy: on a few test images, on training images for random labels."""
    if recipe.objective.name != "supervised":
        return None
    memorised = recipe.label_seed is not None
    chosen = select(cifar.train if memorised else cifar.test, recipe, training=memorised)
    few = fewer(chosen, QUICK_IMAGES)
    return lambda objective: float(
        (probe.predict(objective.encoder, few.images, device) == few.labels).mean()
    )


def train_recipe(
    recipe: Recipe, cifar: Cifar, device: torch.device, out: Path, checkpoint_seconds: float = 60.0
) -> None:
    """Train to the end and write weights, trajectory and card."""
    training = prepare(recipe, cifar, device, checkpoint_seconds)
    history = loop.run(training, _Reporter(recipe.name))
    # Imported here: measuring and writing the card is needed only once the training is over.
    from substrate.zoo.card import ship

    ship(training, cifar, history, out)


class _Reporter:
    """Writes a line to stderr every few seconds and at every measured accuracy."""

    def __init__(self, name: str) -> None:
        self.name, self.last = name, 0.0

    def __call__(self, progress: loop.TrainingProgress) -> None:
        """Report a step."""
        now = time.monotonic()
        if progress.accuracy is None and now - self.last < REPORT_SECONDS:
            return
        self.last = now
        accuracy = "" if progress.accuracy is None else f"  accuracy {progress.accuracy:.3f}"
        minutes, seconds = divmod(round(progress.seconds_left), 60)
        sys.stderr.write(
            f"{self.name}  step {progress.step}/{progress.steps}  loss {progress.loss:.3f}"
            f"{accuracy}  {minutes}:{seconds:02d} left\n"
        )
        sys.stderr.flush()


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card", type=Path, nargs="?")
    parser.add_argument("--panel", action="store_true")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path)
    options = vars(parser.parse_args())
    return train(options.pop("card"), **options)


if __name__ == "__main__":
    sys.exit(main())
