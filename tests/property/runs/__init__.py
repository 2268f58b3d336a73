"""A model of sessions and their runs, and the faults that it must catch."""
