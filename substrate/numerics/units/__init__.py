"""Which units of two networks are the same: one to one, few to one, many to many."""
