"""Keep written files for their owner alone: set once, where the app and every command line begin."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

PRIVATE = 0o077
SHARED = 0o007  # with a group that may write the store

_DEFAULT_STORE = Path(__file__).resolve().parents[1] / "results.duckdb"


def keep_private() -> int:
    """Set the umask of this process, and of all that it starts, and return it.

    It is ODAP_UMASK (three octal digits) where that is set. Else it is 007 where the store is a file that its group
    may write, as a team that shares one has made it: the files next to it, such as DuckDB's log and locks, must be
    open to the group as well. Else it is 077. Files that exist keep their modes.
    """
    mask = _named()
    if mask is None:
        mask = SHARED if _is_shared(Path(os.environ.get("ODAP_RESULTS") or _DEFAULT_STORE)) else PRIVATE
    os.umask(mask)
    return mask


def _named() -> int | None:
    """Return the umask that the environment names; anything that is no umask means the strictest."""
    text = os.environ.get("ODAP_UMASK", "")
    if not text:
        return None
    try:
        mask = int(text, 8)
    except ValueError:
        mask = -1
    if not 0 <= mask <= 0o777 or mask & 0o700:
        print(
            f"ODAP_UMASK is '{text}'; it must be octal, 000 to 077. Files are for their owner alone.", file=sys.stderr
        )
        return PRIVATE
    return mask


def _is_shared(store: Path) -> bool:
    try:
        return bool(store.stat().st_mode & stat.S_IWGRP)
    except OSError:
        return False
