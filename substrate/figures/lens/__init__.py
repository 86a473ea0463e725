"""One image: where it lies along the panel's directions, and whose neighbours are shared."""
