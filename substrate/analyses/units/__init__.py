"""Which units of two encoders are the same: one to one, few to one, many to many."""
