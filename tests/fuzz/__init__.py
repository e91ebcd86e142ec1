"""Fuzzing: random changes to seeds until something breaks; CONTRIBUTING.md says how to run it."""
