"""What can be wrong with the input of a training or an evaluation."""


class ZooInputError(ValueError):
    """A recipe, a card or a data folder is not usable; the message says which and what to do."""
