"""The version of the package: below everything else, so that whoever sends or prints it imports nothing more."""

__version__ = "0.1.0"
