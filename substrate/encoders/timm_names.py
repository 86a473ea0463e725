"""The architectures of the installed timm, listed without loading it and torch."""

from __future__ import annotations

import difflib
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

#: A function that timm registers as an architecture, behind its decorator.
_REGISTERED = re.compile(r"^@register_model\s*\n(?:@[^\n]*\n)*def (\w+)\(", re.MULTILINE)


@cache
def architectures() -> tuple[str, ...]:
    """Return the names of timm's architectures in order; none where timm is not installed."""
    spec = find_spec("timm")
    if spec is None or spec.origin is None:
        return ()
    models = Path(spec.origin).parent / "models"
    names = set()
    for path in models.rglob("*.py"):
        names.update(_REGISTERED.findall(path.read_text(encoding="utf-8", errors="replace")))
    return tuple(sorted(names))


def unknown_architecture(name: str) -> str:
    """Say that timm has no such architecture, with near names; nothing where it has.

    A name may carry the tag of its weights behind a full stop: ``vit_base_patch16_224.dino``.
    """
    names, plain = architectures(), name.partition(".")[0]
    if not names or plain in names:
        return ""
    near = difflib.get_close_matches(plain, names, n=3, cutoff=0.5)
    hint = f"; did you mean {', '.join(near)}?" if near else "."
    return f"timm has no architecture {name[:80]!r}{hint}"
