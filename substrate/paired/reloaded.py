"""An encoder and a domain of a finished run, loaded again and checked to be still the same."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from substrate.encoder_ref import EncoderRef
from substrate.inputs.roots import require_inside
from substrate.runs import Run, RunError, open_run
from substrate.store import Store
from substrate.study import parse

if TYPE_CHECKING:
    from substrate.domains.spec import Domain
    from substrate.encoders.spec import Encoder


def encoder_and_domain(root: str, run_id: str, encoder: str, domain: str) -> tuple[Encoder, Domain]:
    """Return an encoder (a twin, a step) and a domain of a run, checked to be still the same."""
    return encoder_of(root, run_id, encoder), domain_of(root, run_id, domain)


def settings_of(run: Run, name: str) -> tuple[str, dict[str, Any]]:
    """Return the source of an encoder of a run, and the configuration to load it again."""
    config = next(item for item in run.study["encoders"] if item["name"] == name)
    settings = {**config, "layers": run.study["layers"], "pooling": run.study["pooling"]}
    return config["source"], settings


def _within_roots(root: str, run_id: str) -> Run:
    """Open a run whose files are about to be read again, refusing those outside the roots."""
    run = open_run(Store(Path(root)), run_id)
    require_inside(parse(run.study))
    return run


@lru_cache(maxsize=16)
def encoder_of(root: str, run_id: str, name: str) -> Encoder:
    """Load an encoder of a run again, checking that its weights are still the same."""
    from substrate.encoders import ENCODER_SOURCES
    from substrate.encoders.spec import twin_origins

    run = _within_roots(root, run_id)
    ref = EncoderRef.parse(name)
    kind, settings = settings_of(run, ref.name)
    source = ENCODER_SOURCES[kind]
    if ref.twin is not None:
        origins = twin_origins({e.name: e.weights_digest for e in run.encoders.values()})
        return source.untrained(settings, ref.twin, origins[ref.name])
    loaded = source.load(settings)
    if loaded.weights_digest != run.encoders[ref.name].weights_digest:
        raise RunError(
            f"The weights of {ref} have changed since run {run_id}. Run the study again."
        )
    return loaded


@lru_cache(maxsize=4)
def domain_of(root: str, run_id: str, name: str) -> Domain:
    """Read a domain of a run again, checking that its samples are still the same."""
    from substrate.domains import DOMAIN_SOURCES
    from substrate.representation import sample_digest

    run = _within_roots(root, run_id)
    config = dict(next(item for item in run.study["domains"] if item["name"] == name))
    config.pop("tag", None)  # it says what the images are of, not how to read them
    study = run.study
    domain = DOMAIN_SOURCES[config["source"]].load(
        config, limit=study["samples"], seed=study["seed"], tile=study["tile"]
    )
    if sample_digest(domain.samples["content_sha256"]) != run.domains[name].samples_digest:
        raise RunError(
            f"The images of {name} have changed since run {run_id}. Run the study again."
        )
    return domain
