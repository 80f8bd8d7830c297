"""Importers: what teams have on disk, as samples of a dataset."""
