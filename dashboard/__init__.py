"""The dashboard: a folder per page; frame, widgets, reads, charts and texts for all."""
