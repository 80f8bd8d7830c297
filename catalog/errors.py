"""Define the one error users of the catalog see, and turn operating system errors into it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalog.spelling import escaped
from system.errors import UserError

_REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space and try again",
    errno.EDQUOT: "the disk quota is used up; free some space and try again",
    errno.EFBIG: "files may not become that large here; raise the limit (ulimit -f)",
    errno.EROFS: "it is on a read-only disk; name a writable folder in ODAP_DATA",
    errno.EACCES: "it may not be written or read; change its permissions",
    errno.EPERM: "it may not be written or read; change its permissions",
    errno.ENOENT: "there is no such file or folder",
    errno.EEXIST: "a file stands where a folder is needed; move it away, or name another folder in ODAP_DATA",
    errno.ENOTDIR: "a file stands where a folder is needed; move it away, or name another folder in ODAP_DATA",
    errno.ENAMETOOLONG: "the name is too long; shorten it",
}


class CatalogError(UserError):
    """A mistake or fault, as one UTF-8 sentence that names the thing and the remedy."""

    def __init__(self, message: str) -> None:
        super().__init__(escaped(message))


@contextmanager
def explained(place: Path) -> Iterator[None]:
    """Turn an OSError about a path into a CatalogError that names the remedy."""
    try:
        yield
    except OSError as error:
        where = error.filename or place
        reason = _REMEDIES.get(error.errno or 0, error.strerror or str(error))
        raise CatalogError(f"{where}: {reason}.") from error
