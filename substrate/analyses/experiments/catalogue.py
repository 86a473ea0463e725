"""The experiments that there are, and their results where they have been written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from substrate.analyses.experiments.concepts import ConceptFile
from substrate.analyses.experiments.distill import DistillFile
from substrate.analyses.experiments.emergence import EmergenceFile
from substrate.analyses.experiments.file import (
    ExperimentFile,
    read_file,
    results_file,
)
from substrate.analyses.experiments.modality import ModalityFile
from substrate.analyses.experiments.panel import PanelFile
from substrate.analyses.experiments.polarisation import PolarisedFile
from substrate.analyses.experiments.stitching import StitchFile
from substrate.analyses.experiments.students import StudentsFile
from substrate.analyses.experiments.weights import WeightsFile


@dataclass(frozen=True)
class Experiment:
    """One experiment: its name in commands, its question, how long it takes, its file."""

    name: str
    label: str
    question: str
    takes: str
    file: type[ExperimentFile[Any]]


EXPERIMENTS = {
    e.name: e
    for e in (
        Experiment(
            "distill",
            "Distilling",
            "Does a small student learn more when it is aligned to the substrate?",
            "about two hours of one core, and CIFAR-10",
            DistillFile,
        ),
        Experiment(
            "modality",
            "Images and texts",
            "Does the substrate of images agree with what is said of them?",
            "about a minute",
            ModalityFile,
        ),
        Experiment(
            "emergence",
            "Emergence",
            "When does the shared structure emerge, in every stored training?",
            "a few minutes",
            EmergenceFile,
        ),
        Experiment(
            "panel",
            "Trained or not",
            "Do the bundled encoders share more than their untrained twins do?",
            "about a quarter of an hour",
            PanelFile,
        ),
        Experiment(
            "stitching",
            "Stitching",
            "Does the lower part of one network serve the upper part of another, through one "
            "linear map of channels?",
            "twenty to fifty minutes of one core, and CIFAR-10",
            StitchFile,
        ),
        Experiment(
            "weights",
            "Weights",
            "Do networks learn the same channels, and do they need all of them?",
            "one to two hours of one core, and CIFAR-10",
            WeightsFile,
        ),
        Experiment(
            "students",
            "Students of noise",
            "How alike are two networks that differ by the noise of their training set alone?",
            "about a quarter of an hour of one core",
            StudentsFile,
        ),
        Experiment(
            "polarisation",
            "Polarised regime",
            "Does a variational autoencoder switch units off, and do others?",
            "about ten minutes of one core",
            PolarisedFile,
        ),
        Experiment(
            "concepts",
            "Sparse codes",
            "Does a concept keep its images when the domain changes?",
            "a few minutes",
            ConceptFile,
        ),
    )
}


def read_results(name: str, folder: Path | None = None) -> Any | None:
    """Return an experiment's checked results; None where it has not been run.

    Raises
    ------
    AnalysisError
        If the file is damaged; the message says where and how to make it again.
    """
    experiment = EXPERIMENTS[name]
    path = folder / f"{name}.json" if folder else results_file(name)
    return read_file(path, experiment.file, name)
