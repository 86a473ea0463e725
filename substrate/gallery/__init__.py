"""The shipped run: what pages show until there is a run of the viewer's own, and how it is made."""
