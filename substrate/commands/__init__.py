"""The commands of `python -m substrate`, a module per kind of question."""
