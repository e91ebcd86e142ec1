"""Fuzzing: seeds, and what is done to them, until something breaks; CONTRIBUTING.md says how to run it."""
