"""What the Theory page shows and says."""
