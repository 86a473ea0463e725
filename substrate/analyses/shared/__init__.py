"""What several questions read: samples, halves, grids of layers, replicates, image statistics."""
