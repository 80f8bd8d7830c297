"""Define names that become files or folders, as regular expressions of the whole text."""

from __future__ import annotations

NAME = r"[a-z0-9][a-z0-9_-]{0,63}"  # of a dataset, a recipe and a label scheme
RUN_ID = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}"
