"""The questions that pages ask: each loads from a run, computes, returns a frozen result."""
