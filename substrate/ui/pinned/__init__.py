"""Pinned views: the button that pins, the list of pins, and how they are presented."""
