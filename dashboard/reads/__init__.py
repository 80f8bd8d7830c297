"""Cached reading of the store and the catalog, shared by all browser sessions."""
