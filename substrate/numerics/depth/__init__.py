"""Along the depth of a network: its steps, and where its layers lie."""
