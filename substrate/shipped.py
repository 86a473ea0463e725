"""Where the files lie that are shipped beside the code: weights, cards, claims, results, pages.

In a checkout they lie beside the package, in ``data``, ``examples``, ``pages`` and ``app.py``. The
wheel holds the same files inside the package (pyproject.toml, ``force-include``), since nothing but
a package has a place of its own among what is installed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

PACKAGE = Path(__file__).parent
_INSIDE = PACKAGE / "_shipped"

#: Whether this is an installed package, whose files are replaced by installing it again only.
INSTALLED = _INSIDE.is_dir()


def shipped(*parts: str) -> Path:
    """Return where a shipped file lies: ``shipped("data", "encoders")``, as in the repository.

    The file itself may be missing, from a damaged installation for instance.
    """
    return (_INSIDE if INSTALLED else PACKAGE.parent).joinpath(*parts)


def shipped_yaml(text: str) -> Any:
    """Return the data of a file of this project's own, by libyaml, which is ten times as fast."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
