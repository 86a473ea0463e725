"""Two encoders over the same images: passes, what they leave in the store, pictures of units."""
