"""Measures Pilothouse beside its peers, in one run, on loopback: `make bench`, docs/benchmarks.md. Asserts nothing."""
