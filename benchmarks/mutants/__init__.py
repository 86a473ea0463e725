"""How many small faults the tests notice: seeded mutants of the code, put to the tests."""
