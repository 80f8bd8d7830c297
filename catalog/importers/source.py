"""Open a source of images: a folder or a zip, with the same interface."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Protocol

from catalog.errors import CatalogError, explained
from catalog.importers.archive import Archive
from catalog.importers.names import MAX_DEPTH, is_named_system, is_system, nfc, shown
from catalog.importers.patterns import Pattern
from catalog.pictures import BadPicture, is_picture_name
from catalog.private import Sentence, masked
from catalog.spelling import escaped

MAX_TABLE = 512 * 2**20  # bytes of a table or an annotation file, which is held in memory

_AS_CSV = "save its table as CSV, and import that as csv"
_REMEDIES = {
    ".csv": "it is a table: import it as csv", ".tsv": "it is a table: import it as csv",
    ".xlsx": _AS_CSV, ".xls": _AS_CSV, ".ods": _AS_CSV,
    ".rar": "unpack it first", ".7z": "unpack it first", ".tar": "unpack it first", ".gz": "unpack it first",
    ".tgz": "unpack it first",
}  # fmt: skip
_NAMED = 3  # files named in one note
_COMPARED = 5000  # names that a missing one is compared with


class Source(Protocol):
    """Files by their names below a source (POSIX, NFC); nothing outside it can be named."""

    title: str  # for people
    path: Path
    top: str  # the folders around all of them, which their names leave out
    files: list[str]
    folders: list[str]
    links: list[str]  # left out, as they lead out of it
    system: list[str]  # system folders that were skipped, except hidden ones

    def content(self, name: str) -> Path | Callable[[], bytes]:
        """Return one file, or a function that reads it later from any thread."""

    def read(self, name: str) -> bytes:
        """Read the bytes of one file; raise BadPicture or OSError when that fails."""


class Folder:
    """The files below a folder, without hidden and system files.

    Raises:
        CatalogError: it cannot be listed, or two names in it differ only in how a letter is encoded.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.title = escaped(f"folder {self.path}")
        self.top = nfc(self.path.as_posix())
        self.folders: list[str] = []
        self.links: list[str] = []
        self.system: list[str] = []
        self._paths: dict[str, Path] = {}
        with explained(self.path):
            self._walk()
        self.files = list(self._paths)

    def content(self, name: str) -> Path:
        """Return the file itself."""
        return self._paths[name]

    def read(self, name: str) -> bytes:
        """Read its bytes."""
        return self._paths[name].read_bytes()

    def _walk(self) -> None:
        def refuse(error: OSError) -> None:
            raise error

        for here, folders, files in os.walk(self.path, onerror=refuse):
            place = Path(here)
            parts = place.relative_to(self.path).parts
            if len(parts) > MAX_DEPTH:
                deep = escaped("/".join(parts[:3]))
                raise CatalogError(f"{self.title}: {deep}/... lies more than {MAX_DEPTH} folders deep; move it up.")
            linked = [name for name in folders if (place / name).is_symlink()]
            self.links += ["/".join((*parts, name)) for name in sorted(linked)]
            self.system += ["/".join((*parts, name)) for name in sorted(folders) if is_named_system(name)]
            folders[:] = sorted(name for name in folders if name not in linked and not is_system(name))
            self.folders += [nfc("/".join((*parts, name))) for name in folders]
            for name in sorted(files):
                if not is_system(name):
                    self._add(place / name, "/".join((*parts, name)))

    def _add(self, file: Path, name: str) -> None:
        if file.is_symlink() and not (file.is_file() and file.resolve().is_relative_to(self.path)):
            self.links.append(name)  # out of the folder, to nothing, or in a circle
        elif file.is_file():
            if nfc(name) in self._paths:
                text = f"{file} is there twice, its letters composed and apart; rename one."
                raise CatalogError(masked(text, str(file)))
            self._paths[nfc(name)] = file


def at_home(path: Path) -> Path:
    """Expand a leading '~' to the home folder: shells do not after '='."""
    try:
        return path.expanduser()
    except RuntimeError:  # '~nobody'
        return path


def open_source(path: Path, wanted: str) -> Source:
    """Open a folder or a zip archive.

    Args:
        path: of either.
        wanted: what to name instead, for the error message.
    Raises:
        CatalogError: neither, or an archive that is refused.
    """
    path = at_home(path)
    with explained(path):
        if path.is_dir():
            return Folder(path)
        if not path.exists():
            raise CatalogError(f"There is no folder {path}, nor a zip archive; name {wanted}.")
        if path.suffix.lower() != ".zip" and (_ending(path.name) in _REMEDIES or not zipfile.is_zipfile(path)):
            remedy = _REMEDIES.get(_ending(path.name), f"name {wanted}")
            raise CatalogError(f"{path} is neither a folder nor a zip archive; {remedy}.")
        return Archive(path)


class _Beside:
    """The images of a source, and tables from elsewhere.

    Names of the tables begin with a slash, as no name in a source does.
    """

    def __init__(self, pictures: Source, tables: Mapping[str, Path | Callable[[], bytes]]) -> None:
        self.title, self.path, self.top = pictures.title, pictures.path, pictures.top
        self.files, self.folders, self.links = pictures.files, pictures.folders, pictures.links
        self.system = pictures.system
        self._pictures, self._tables = pictures, tables

    def content(self, name: str) -> Path | Callable[[], bytes]:
        """Return an image or a table."""
        return self._tables[name] if name in self._tables else self._pictures.content(name)

    def read(self, name: str) -> bytes:
        """Read its bytes."""
        content = self.content(name)
        return content.read_bytes() if isinstance(content, Path) else content()


def open_beside(path: Path, images: Path | None, endings: Sequence[str], wanted: str) -> tuple[Source, list[str]]:
    """Open the source of images, and find the files with the endings of tables.

    Args:
        path: the table itself, or a folder or zip that holds tables.
        images: folder or zip of the images when they are not next to the table.
        endings: of tables, such as ".csv".
        wanted: what to name instead, for the error message.
    Returns:
        The source, and the names by which it reads the tables.
    Raises:
        CatalogError: there is no such table.
    """
    tables: dict[str, Path | Callable[[], bytes]]
    path = at_home(path)
    with explained(path):
        is_table = path.suffix.lower() in endings and not path.is_dir()
        if is_table and not path.exists():
            raise CatalogError(f"There is no file {path}; name {wanted}.")
    if is_table:
        tables = {path.name: path}  # a link or a hidden file too, as it was named
        pictures = images or path.parent
    else:
        source = open_source(path, wanted)
        tables = {name: source.content(name) for name in source.files if name.lower().endswith(tuple(endings))}
        if sheets := [name for name in source.files if not tables and _REMEDIES.get(_ending(name)) == _AS_CSV]:
            raise CatalogError(f"{path} holds no table but {shown(sheets[0])}; {_AS_CSV}.")
        if not tables:
            raise CatalogError(f"{path} holds no {' or '.join(endings)} file; name {wanted}.")
        if images is None:
            return source, list(tables)
        pictures = images
    beside = {f"/{name}": content for name, content in tables.items()}
    return _Beside(open_source(pictures, "the folder or zip of the images"), beside), list(beside)


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def read_text_bytes(source: Source, name: str) -> bytes:
    """Read the bytes of a table or an annotation file.

    Raises:
        CatalogError: it cannot be read, or is too large to hold in memory.
    """
    too_large = CatalogError(f"{name.lstrip('/')} has more than {MAX_TABLE // 2**20} MiB; split it.")
    content = source.content(name)
    with explained(source.path):
        if isinstance(content, Path) and content.stat().st_size > MAX_TABLE:
            raise too_large
        try:
            data = source.read(name)
        except BadPicture as error:
            raise CatalogError(f"{name.lstrip('/')} {error}.") from None
    if len(data) > MAX_TABLE:
        raise too_large
    return data


class Finder:
    """Finds a file by its name in a table or an annotation.

    Tried in this order: below the annotation's folder, below the source, below the folders around the source; then as
    the end of one file's path, and last ignoring case.

    Args:
        files: names in the source.
        top: folders around them, which a name may begin with.
    """

    def __init__(self, files: Iterable[str], top: str = "") -> None:
        self._files = set(files)
        parts = top.split("/")
        self._tops = ["/".join(parts[depth:]) + "/" for depth in range(len(parts)) if parts[depth]]
        self._by_name: dict[str, list[str]] = {}
        for name in sorted(self._files):
            self._by_name.setdefault(PurePosixPath(name).name.casefold(), []).append(name)

    def __call__(
        self, name: str, bases: Sequence[str] = ("",), fits: Callable[[str], bool] = lambda file: True
    ) -> str | None:
        """Return the file's name in the source, or None; skip one that does not fit.

        Raises:
            CatalogError: several files could be meant.
        """
        beside = [f"{base}/{name}".lstrip("/") for base in (*bases, "")]
        around = [name[len(top) :] for top in self._tops if name.startswith(top)]
        for tried in (*beside, *around):
            if tried in self._files and fits(tried):
                return tried
        near = self._by_name.get(PurePosixPath(name).name.casefold(), ())
        for as_read in (str, str.casefold):
            ends = [file for file in near if as_read(f"/{file}").endswith(as_read(f"/{name}")) and fits(file)]
            if len(ends) > 1:
                text = f"'{name}' could be {ends[0]} or {ends[1]}; name it with its folder."
                raise CatalogError(masked(text, name, *ends[:2]))
            if ends:
                return ends[0]
        return None


def nearest(name: str, files: Iterable[str]) -> str | None:
    """Return the image whose file name is most similar to a missing one; None without any."""
    wanted = PurePosixPath(name).name.casefold()
    by_name: dict[str, str] = {}
    for file in files:
        if is_picture_name(file) and len(by_name) < _COMPARED:
            by_name.setdefault(PurePosixPath(file).name.casefold(), file)
    matches = get_close_matches(wanted, by_name, n=1)
    return by_name[matches[0]] if matches else None


class PatientOf:
    """Finds the patient of a file by a regular expression: its first group, or the whole match.

    Without an expression every patient is None.
    """

    def __init__(self, regex: str | None) -> None:
        self.pattern = None if regex is None else Pattern("--patient-regex", regex)

    def __call__(self, *names: str) -> str | None:
        """Return the patient in the first of a file's names that has one.

        Raises:
            CatalogError: none has; the last one is named.
        """
        if self.pattern is None:
            return None
        for name in map(nfc, names):
            if patient := self.pattern.find(name):
                return patient
        raise CatalogError(f"--patient-regex '{self.pattern.text}' finds no patient in '{names[-1]}'.")


def passed_over(source: Source) -> Iterator[str]:
    """Note what was skipped: links, and system folders."""
    yield from left_out(source.links, "link that leads elsewhere was", "links that lead elsewhere were")
    yield from left_out(source.system, "folder of a system was", "folders of systems were")


def left_out(names: Sequence[str], one: str, many: str) -> Iterator[str]:
    """Note what was left out, if anything; `one` and `many` describe it, with a verb."""
    if names:
        few = ", ".join(map(shown, names[:_NAMED])) + (", ..." if len(names) > _NAMED else "")
        text = f"{len(names):,} {one if len(names) == 1 else many} left out"
        yield Sentence(f"{text}: {few}", f"{text}.")
