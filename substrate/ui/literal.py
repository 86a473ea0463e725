"""Text from outside on a page: shown as it is, whatever Markdown would make of it."""

import re

_ACTIVE = re.compile(r"([\\`*\[\]<>$~])")


def literal(text: object) -> str:
    """Return a text that Markdown shows as it is: no image, link, colour, formula or tag.

    An image in Markdown is a request of the viewer's browser to an address of the text's choice.
    """
    return _ACTIVE.sub(r"\\\1", " ".join(str(text).split()))
