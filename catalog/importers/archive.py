"""Read zip archives safely: checked before use, read entry by entry, never unpacked to disk."""

from __future__ import annotations

import stat
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from catalog.errors import CatalogError, explained
from catalog.importers.names import MAX_DEPTH, below, is_hidden, system_folder
from catalog.importers.words import split_of
from catalog.pictures import MAX_BYTES, BadPicture, is_picture_name
from catalog.spelling import escaped

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CHUNK = 2**20
_UTF8, _ENCRYPTED = 0x800, 0x1  # bits of an entry's flags
_BROKEN = (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OverflowError, struct.error, zlib.error)


@dataclass(frozen=True)
class ArchiveLimits:
    """The limits on what an archive may hold.

    Attributes:
        files: entries.
        file_bytes: of one entry, unpacked.
        all_bytes: of all entries, unpacked.
    """

    files: int = 200_000
    file_bytes: int = 2**30
    all_bytes: int = 64 * 2**30


class Archive:
    """The files of a zip by their names; a single folder around all of them is skipped.

    Only stored and deflated entries are read: those unpack in steps, so that the limits hold while reading, whatever
    the headers declare. Names without the UTF-8 flag are read as UTF-8 where possible, else as CP949 (Korean Windows),
    else as CP437 (the format's own).

    Attributes:
        title: for people.
        top: the folders that were skipped, "" when none.
        files: names of all files, in the order of the archive, without hidden and system files.
        folders: names of all folders.
        links: always empty; an archive with links is refused.
        system: system folders that hold files, except hidden ones.
    Raises:
        CatalogError: no sound zip; an entry that leads out of it, is a link, is encrypted, is there twice or is packed
            in another way; more than the limits.
    """

    def __init__(self, path: Path, limits: ArchiveLimits | None = None) -> None:
        self.path, self.limits = path, limits or ArchiveLimits()
        self.title = escaped(f"archive {path.resolve()}")
        self.links: list[str] = []
        self._lock, self._read_bytes = threading.Lock(), 0
        self._read: set[str] = set()
        with explained(path):
            try:
                self._zip = zipfile.ZipFile(path)
            except _BROKEN as error:
                raise CatalogError(f"{path} is no sound zip archive ({error}); make or download it again.") from None
        entries = self._checked()
        top = _wrapper([name for name in entries if not is_hidden(name)], entries)
        self.top = top.rstrip("/")
        inside = {name[len(top) :]: entry for name, entry in entries.items() if name.startswith(top)}
        self._entries = {name: entry for name, entry in inside.items() if not entry.is_dir()}
        self.files = [name for name in self._entries if not is_hidden(name)]
        self.system = sorted({folder for name in self._entries if (folder := system_folder(name))})
        named = {name for name, entry in inside.items() if entry.is_dir() and name and not is_hidden(name)}
        self.folders = sorted(named | {folder for file in self.files for folder in _above(file)})

    def content(self, name: str) -> Callable[[], bytes]:
        """Return a function that reads one file later, from any thread."""
        return partial(self.read, name, MAX_BYTES if is_picture_name(name) else None)

    def read(self, name: str, at_most: int | None = None) -> bytes:
        """Read one file; refuse it unread when its declared size exceeds `at_most`.

        Raises:
            BadPicture: the entry is damaged or too large.
            CatalogError: more than all entries may hold has been read.
        """
        entry, parts, size = self._entries[name], [], 0
        if at_most is not None and entry.file_size > at_most:  # never more than the declared size is unpacked
            raise BadPicture(f"unpacks to more than {_mebibytes(at_most)}; make it smaller")
        with self._lock:  # ZipFile's own count of open entries is not thread-safe
            try:
                with self._zip.open(entry) as stream:
                    while chunk := stream.read(_CHUNK):
                        size += len(chunk)
                        self._check_size(name, size)
                        parts.append(chunk)
            except (BadPicture, CatalogError):
                raise
            except _BROKEN as error:
                raise BadPicture(f"is damaged in {self.path.name} ({str(error).rstrip('.')})") from None
            if name not in self._read:
                self._read.add(name)
                self._read_bytes += size
        return b"".join(parts)

    def _check_size(self, name: str, size: int) -> None:
        """Check the bytes actually read, not the header; an entry read again counts once."""
        if size > self.limits.file_bytes:
            raise BadPicture(f"unpacks to more than {_mebibytes(self.limits.file_bytes)}; make it smaller")
        if name not in self._read and self._read_bytes + size > self.limits.all_bytes:
            raise self._too_large()

    def _checked(self) -> dict[str, zipfile.ZipInfo]:
        entries = self._zip.infolist()
        if len(entries) > self.limits.files:
            raise CatalogError(
                f"{self.path} holds {len(entries):,} entries, more than {self.limits.files:,}; split it in several."
            )
        if sum(entry.file_size for entry in entries) > self.limits.all_bytes:
            raise self._too_large()
        entry_of: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            if entry.filename == "./":  # the top itself, as some tools store it
                continue
            name = self._checked_name(entry)
            if name in entry_of and not (entry.is_dir() and entry_of[name].is_dir()):
                raise CatalogError(f"{self.path} holds '{name}' twice; make it again from a folder.")
            entry_of[name] = entry
        return entry_of

    def _checked_name(self, entry: zipfile.ZipInfo) -> str:
        decoded_name = _decoded(entry)
        name = below(decoded_name, control=True)  # a folder may hold such a name too; its reader leaves that file out
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if name is None:
            wrong, remedy = "leads out of it or is no path", "make it again from a folder"
        elif name.count("/") >= MAX_DEPTH:
            wrong, remedy = f"lies more than {MAX_DEPTH} folders deep", "move it up, and make the archive again"
        elif kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
            wrong, remedy = "is a link or no plain file", "make it again with the files themselves"
        elif entry.flag_bits & _ENCRYPTED:
            wrong, remedy = "is encrypted", "make it again without a password"
        elif entry.compress_type not in _METHODS:
            wrong, remedy = f"is packed by method {entry.compress_type}", "make it again as a plain (deflate) zip"
        elif entry.file_size > self.limits.file_bytes:
            wrong, remedy = f"unpacks to more than {_mebibytes(self.limits.file_bytes)}", "leave it out"
        else:
            return name
        raise CatalogError(f"{self.path} is refused: its entry {_short(decoded_name)!r} {wrong}; {remedy}.")

    def _too_large(self) -> CatalogError:
        return CatalogError(
            f"{self.path} unpacks to more than {_mebibytes(self.limits.all_bytes)}; split it in several archives."
        )


def _decoded(entry: zipfile.ZipInfo) -> str:
    if entry.flag_bits & _UTF8:
        return entry.orig_filename
    raw = entry.orig_filename.encode("cp437")
    for encoding in ("utf-8", "cp949"):
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return entry.orig_filename


def _wrapper(names: list[str], entries: dict[str, zipfile.ZipInfo]) -> str:
    """Return 'top/' if all lies below one folder `top` that is no split, else ''.

    A folder inside that folder is treated in the same way.
    """
    top = ""
    while True:
        inside = [name[len(top) :] for name in names if name.startswith(top) and name != top.rstrip("/")]
        firsts = {name.split("/", 1)[0] for name in inside}
        if len(firsts) != 1:
            return top
        first = firsts.pop()
        is_file = first in inside and not entries[top + first].is_dir()
        if is_file or split_of(first):
            return top
        top += f"{first}/"


def _short(name: str) -> str:
    return name if len(name) <= 200 else f"{name[:200]}..."


def _above(file: str) -> list[str]:
    parts = file.split("/")[:-1]
    return ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]


def _mebibytes(count: int) -> str:
    return f"{count / 2**20:,.0f} MiB" if count >= 2**20 else f"{count:,} bytes"
