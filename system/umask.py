"""Keep written files private; set once, where the app and every command line begin."""

from __future__ import annotations

import os
import stat
import sys

from system.paths import results_path

PRIVATE = 0o077
SHARED = 0o007  # with a group that may write the store


def keep_private() -> int:
    """Set the umask of this process, and of all that it starts, and return it.

    It is ODAP_UMASK (three octal digits) where that is set. Else it is 007 where the store is a file that its group
    may write, as a team that shares one has made it: the files next to it, such as DuckDB's log and locks, must be
    open to the group as well. Else it is 077. Files that exist keep their modes.
    """
    mask = _named()
    if mask is None:
        mask = SHARED if _is_shared_store() else PRIVATE
    os.umask(mask)
    return mask


def _named() -> int | None:
    """Return the umask that the environment names; what is no umask means the strictest."""
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


def _is_shared_store() -> bool:
    try:
        return bool(results_path().stat().st_mode & stat.S_IWGRP)
    except (OSError, RuntimeError):  # there is none yet, or links in a circle
        return False
