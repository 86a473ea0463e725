"""Timings beside other programs and beside bare matrix products, and studies of coverage."""
