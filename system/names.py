"""Define what names may be, as regular expressions for a whole text; each becomes a file or a folder."""

from __future__ import annotations

NAME = r"[a-z0-9][a-z0-9_-]{0,63}"  # of a dataset, a recipe and a label scheme
RUN_ID = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}"
