"""Pictures of results: each function takes a result and a theme and returns a figure."""
