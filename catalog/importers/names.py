"""Normalize names of files below a source, and refuse names that lead out of it."""

from __future__ import annotations

import re
import unicodedata

MAX_DEPTH = 64  # folders within each other in a source

DICOM_ENDINGS = (".dcm", ".dicom", ".ima")  # a DICOM file may have any other, or none

_SYSTEM_FILES = {
    "__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "picasa.ini",
    "@eadir", "#recycle", "#snapshot", "@tmp", "@recycle", "@recently-snapshot", "$recycle.bin",
    "system volume information", "recycler", "lost+found", "found.000", "__pycache__",
    "network trash folder", "temporary items",
}  # fmt: skip


def nfc(text: str) -> str:
    """Compose letters (NFC), so that one Korean name typed on two systems is one name."""
    return unicodedata.normalize("NFC", text)


def is_system(name: str) -> bool:
    """Check whether a file or folder is hidden or an operating system's own."""
    return name.startswith(".") or name.casefold() in _SYSTEM_FILES


def is_named_system(name: str) -> bool:
    """Check whether a folder is a system's own, but not hidden, nor macOS's in archives."""
    return is_system(name) and not name.startswith((".", "__"))


def is_hidden(path: str) -> bool:
    """Check whether any part of a path is hidden or an operating system's own."""
    return any(is_system(part) for part in path.split("/"))


def system_folder(path: str) -> str | None:
    """Return a path's outermost system folder; None where there is none, or it is hidden."""
    parts = path.split("/")
    depth = next((depth for depth, part in enumerate(parts[:-1], start=1) if is_system(part)), 0)
    return "/".join(parts[:depth]) if depth and is_named_system(parts[depth - 1]) else None


def below(name: str, *, control: bool = False) -> str | None:
    """Normalize a name to a plain path below a folder (POSIX, NFC); None if it is no such path.

    Windows' backslashes count as slashes; '.' is dropped. '..', a leading slash, a drive and, unless allowed, control
    characters make it no path.
    """
    text = nfc(name).replace("\\", "/")
    if text.startswith("/") or re.match("[A-Za-z]:", text):
        return None
    if not control and has_control(text):
        return None
    parts = [part for part in text.split("/") if part not in {"", "."}]
    return None if not parts or ".." in parts else "/".join(parts)


def is_plain(name: str) -> bool:
    """Check whether a name is text without backslashes and control characters."""
    return "\\" not in name and not has_control(name)


def shown(name: str) -> str:
    """Format a name for a sentence: as it is, or escaped when it is not plain."""
    return name if is_plain(name) else ascii(name)


def listed(names: set[str] | list[str], most: int = 8) -> str:
    """Format names for a sentence: sorted, and after `most` of them only how many more."""
    ordered = sorted(names)
    more = f" and {len(ordered) - most:,} more" if len(ordered) > most else ""
    return ", ".join(ordered[:most]) + more


def has_control(text: str) -> bool:
    """Check whether a name has control characters, or bytes that are no text."""
    return not text.isprintable() and any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text)
