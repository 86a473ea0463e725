"""Expecting a refusal, also when runtime shape checks refuse first."""

import jaxtyping
import pytest

from substrate.numerics.transfer.ranking import kendall

#: Under the import hook every function is wrapped, and wrong shapes never reach the function.
CHECKED = hasattr(kendall, "__wrapped__")


def refused(error, message):
    """Expect an error with this message; under shape checks, theirs will do."""
    if CHECKED:
        return pytest.raises((error, jaxtyping.TypeCheckError))
    return pytest.raises(error, match=message)
