"""The one SQLite file and the schema of all its tables."""
