"""Decide which files of this machine a user of the app, or a recipe, may name."""

from __future__ import annotations

import os
from pathlib import Path

from system.paths import ROOT

WHICH = "the program's own, ODAP_DATA, ODAP_RUNS, and those of ODAP_ROOTS"  # for sentences


def allowed_roots() -> list[Path]:
    """List the folders below which files may be named; WHICH describes them."""
    named = [os.environ.get("ODAP_DATA"), os.environ.get("ODAP_RUNS")]
    named += os.environ.get("ODAP_ROOTS", "").split(os.pathsep)
    return [ROOT, *(Path(root).expanduser().resolve() for root in named if root)]


def is_allowed(file: str | Path) -> bool:
    """Return whether a file, with all links followed, lies below one of the allowed roots."""
    try:
        place = Path(file).resolve()
    except (OSError, RuntimeError, ValueError):  # links in a circle, or no path at all
        return False
    return any(place.is_relative_to(root) for root in allowed_roots())
