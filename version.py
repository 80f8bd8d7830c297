"""The one place that says which version of Odap this is; a run records it, and pyproject.toml reads it here."""

__version__ = "0.2.0"
