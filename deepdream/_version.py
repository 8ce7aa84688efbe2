"""The package's version: read by the distribution's metadata and written into every picture's record."""

__version__ = "0.1.0"
