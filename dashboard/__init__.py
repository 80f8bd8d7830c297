"""The dashboard: a folder per page, and what pages share: frame, widgets, reads, charts, texts."""
