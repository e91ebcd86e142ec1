"""The file: its tables, its lock, and what is written to it."""
