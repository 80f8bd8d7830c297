"""Name the version of Odap, once: a run records it, and pyproject.toml reads it here."""

__version__ = "0.3.0"
