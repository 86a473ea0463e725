"""Trained weights from timm's model hub: asked once, and a hub out of reach is said at once."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from substrate.encoders.spec import EncoderError

#: Longest wait for the hub's first answer, in seconds; the download itself may take longer.
PATIENCE_S = 4.0
_FILES = ("model.safetensors", "pytorch_model.safetensors", "pytorch_model.bin")
_LOGGERS = ("huggingface_hub", "timm", "httpx2", "httpx", "urllib3")


def fetch(architecture: str, kwargs: dict[str, Any]) -> tuple[Any, str]:
    """Build a timm model with its trained weights; also return the SHA-256 of its tensors.

    Raises
    ------
    EncoderError
        If timm has no weights for it, or the hub cannot be reached or answers with damage.
    """
    from huggingface_hub.errors import HTTPError
    from torch import serialization

    from substrate.encoders.timm_arguments import load_timm

    timm = load_timm()
    with quiet():
        _check_source(architecture)
        try:
            model = timm.create_model(architecture, pretrained=True, **kwargs)
        except (
            HTTPError,
            OSError,
            RuntimeError,
            ValueError,
            LookupError,
            AttributeError,
            TypeError,
            AssertionError,
            EOFError,
            serialization.pickle.UnpicklingError,
        ) as error:
            raise _unfetched(architecture, error) from error
    content = hashlib.sha256()
    for key, value in model.state_dict().items():
        content.update(key.encode())
        content.update(value.contiguous().numpy().tobytes())
    return model, content.hexdigest()


def _check_source(architecture: str) -> None:
    """Refuse what has no weights, and ask the hub once where they are not in its cache."""
    from huggingface_hub import constants, get_session, try_to_load_from_cache
    from huggingface_hub.errors import HTTPError
    from timm.models import get_pretrained_cfg

    source = get_pretrained_cfg(architecture)
    if source is None or not source.has_weights:
        raise EncoderError(
            f"timm has no trained weights for {architecture}. Give a local file with `weights:`."
        )
    repository = (source.hf_hub_id or "").split("@")[0]  # a revision may follow
    names = (source.hf_hub_filename, *_FILES)
    if repository and any(
        isinstance(try_to_load_from_cache(repository, name), str) for name in names if name
    ):
        return
    try:
        get_session().head(constants.ENDPOINT, timeout=PATIENCE_S)
    except (HTTPError, OSError) as error:
        raise _unfetched(architecture, error) from error


def _unfetched(architecture: str, error: BaseException) -> EncoderError:
    return EncoderError(
        f"The weights of {architecture} could not be fetched from the model hub "
        f"({type(error).__name__}). Go online, or give a local file with `weights:`."
    )


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the model libraries' own log lines and progress bars to themselves."""
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars
    from huggingface_hub.utils import enable_progress_bars as enable

    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    silent = are_progress_bars_disabled()
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    disable_progress_bars()
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if not silent:
            enable()
