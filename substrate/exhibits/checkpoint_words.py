"""What is said where the steps of a training are missing."""

from __future__ import annotations

from substrate.runs import Run

NO_TRAJECTORY = (
    "No encoder of this run was kept step by step while it was trained. Choose a bundled encoder "
    "with a trajectory on the Study page."
)
NOT_KEPT_HERE = (
    "When directions emerge in training cannot be shown: no encoder of this panel was kept step "
    "by step while it was trained."
)
STILL_EXTRACTING = "Still extracting; reload the page to look again."
WORKER_STOPPED = "The worker stopped while extracting. Press the button to try again."


def not_extracted(run: Run, encoder: str, domain: str) -> str:
    """Say that a training's steps have not been extracted on a domain, and what it costs."""
    trained = run.encoders[encoder]
    steps = len(trained.trajectory)
    return (
        f"The {steps} checkpoints of {trained.title} have not been extracted on "
        f"{run.domains[domain].title} yet "
        f"({steps} passes over {run.domains[domain].n} images)."
    )
