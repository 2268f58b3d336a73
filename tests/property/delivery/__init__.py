"""A model of everything between a publisher and its clients, and the faults that it must catch."""
