"""The version of the package, for the record that a picture carries; the distribution's metadata reads it here."""

__version__ = "0.1.0"
