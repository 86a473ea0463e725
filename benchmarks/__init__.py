"""Timings beside other programs and bare products, studies of coverage, mutants of the code."""
