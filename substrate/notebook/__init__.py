"""What a viewer keeps: names and notes of runs, and pinned views; and how a run is taken away."""
