"""Where images come from: a folder or a zip, seen in the same way."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from catalog.errors import CatalogError, explained
from catalog.importers.archive import Archive
from catalog.importers.names import is_system, nfc

_NAMED = 3  # files named in one note


class Source(Protocol):
    """Files by their names below a source (POSIX, NFC); nothing outside it can be named."""

    title: str  # for people
    path: Path
    files: list[str]
    folders: list[str]
    links: list[str]  # left out, as they lead elsewhere

    def content(self, name: str) -> Path | Callable[[], bytes]:
        """One file, or what reads it later from any thread."""

    def read(self, name: str) -> bytes:
        """The bytes of one file; BadPicture or OSError when that fails."""


class Folder:
    """The files below a folder; hidden ones and those of systems are passed over.

    Raises:
        CatalogError: it cannot be listed, or two names in it differ in their spelling of one letter only.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.title = f"folder {self.path}"
        self.folders: list[str] = []
        self.links: list[str] = []
        self._paths: dict[str, Path] = {}
        with explained(self.path):
            self._walk()
        self.files = list(self._paths)

    def content(self, name: str) -> Path:
        """The file itself."""
        return self._paths[name]

    def read(self, name: str) -> bytes:
        """Its bytes."""
        return self._paths[name].read_bytes()

    def _walk(self) -> None:
        def refuse(error: OSError) -> None:
            raise error

        for here, folders, files in os.walk(self.path, onerror=refuse):
            place = Path(here)
            parts = place.relative_to(self.path).parts
            linked = [name for name in folders if (place / name).is_symlink()]
            self.links += ["/".join((*parts, name)) for name in sorted(linked)]
            folders[:] = sorted(name for name in folders if name not in linked and not is_system(name))
            self.folders += [nfc("/".join((*parts, name))) for name in folders]
            for name in sorted(files):
                if not is_system(name):
                    self._add(place / name, "/".join((*parts, name)))

    def _add(self, file: Path, name: str) -> None:
        if file.is_symlink() and not file.resolve().is_relative_to(self.path):
            self.links.append(name)
        elif file.is_file():
            if nfc(name) in self._paths:
                raise CatalogError(f"{file} is there twice, its letters composed and apart; rename one.")
            self._paths[nfc(name)] = file


def open_source(path: Path, wanted: str) -> Source:
    """A folder or a zip archive.

    Args:
        path: of either.
        wanted: what to name instead, for the sentence when it is neither.
    Raises:
        CatalogError: neither, or an archive that is refused.
    """
    if path.is_dir():
        return Folder(path)
    if not path.exists():
        raise CatalogError(f"There is no folder {path}, nor a zip archive; name {wanted}.")
    if path.suffix.lower() != ".zip" and not zipfile.is_zipfile(path):
        raise CatalogError(f"{path} is neither a folder nor a zip archive; name {wanted}.")
    return Archive(path)


class PatientOf:
    """The patient of a file name, by a regular expression: its first group, or all that matches; None without one."""

    def __init__(self, regex: str | None) -> None:
        try:
            self.pattern = None if regex is None else re.compile(regex)
        except re.error as error:
            raise CatalogError(f"--patient-regex '{regex}' is no regular expression: {error}.") from None

    def __call__(self, name: str) -> str | None:
        if self.pattern is None:
            return None
        match = self.pattern.search(nfc(name))
        patient = match and (match.group(1) if self.pattern.groups else match.group())
        if not patient:
            raise CatalogError(f"--patient-regex '{self.pattern.pattern}' finds no patient in '{name}'.")
        return patient


def left_out(names: Sequence[str], one: str, many: str) -> Iterator[str]:
    """A note of what was left out, or none; `one` and `many` say what they were, with their verb."""
    if names:
        shown = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
        yield f"{len(names):,} {one if len(names) == 1 else many} left out: {shown}"
