"""What an experiment's numbers rest on."""

from __future__ import annotations

from typing import Any

from substrate.analyses.experiments.file import ExperimentFile


def experiment_trace(file: ExperimentFile[Any], facts: str) -> dict[str, Any]:
    """Return command, inputs, versions and facts, and the card's protocol, null and limits."""
    return {
        "experiment": file.experiment,
        "command": file.command,
        "inputs": file.inputs,
        "device": file.device,
        "versions": ", ".join(f"{name} {version}" for name, version in file.versions.items()),
        "facts": facts,
        "status": file.status,
        "encoders": ", ".join(file.encoders),
        "protocol": file.card.protocol,
        "null": file.card.null,
        "limits": " ".join(file.card.limits),
    }
