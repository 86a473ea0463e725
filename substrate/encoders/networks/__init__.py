"""The small networks of the bundled panel, and their initial weights."""
