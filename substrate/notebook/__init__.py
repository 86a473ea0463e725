"""What a viewer does with runs of the past: names them, keeps notes with them, takes them away."""
