"""Replace names of people: keyed hashes for patients and files, sentences without names."""

from __future__ import annotations

import os
import re
import secrets
import unicodedata
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path, PurePosixPath

from catalog.errors import CatalogError, explained
from catalog.paths import data_root

KEY_FILE = "patients.key"  # next to the versions of a dataset
HASHED = re.compile(r"(?:image-)?[0-9a-f]{16}")  # the hash that replaces a patient's or a file's name

_KEY_BYTES = blake2b.MAX_KEY_SIZE
_WITHHELD = "..."
_QUOTED = re.compile(r"(?<![\w'])'[^']+'(?!\w)|\"[^\"]+\"")
_ENDINGS = "png|jpe?g|jfif|tiff?|bmp|webp|gif|dcm|dicom|ima|xml|json|csv|tsv|txt|zip"
_FILE = re.compile(
    rf"[^\s,;:()]*/[^,;:()]*?\.(?i:{_ENDINGS})\b"  # a path with spaces, from its first folder to its ending
    r"|[^\s,;:()]+(?:/[^\s,;:()]*|\.[A-Za-z][A-Za-z0-9]{1,4})(?=[\s,;:.()]|$)"
)


class Sentence(str):
    """A sentence for the screen; `stored` is the same without names, for files on disk."""

    stored: str

    def __new__(cls, text: str, stored: str) -> Sentence:
        """Create a sentence with its text for the screen and its text for files."""
        sentence = super().__new__(cls, text)
        sentence.stored = stored
        return sentence

    def __reduce__(self) -> tuple[type[Sentence], tuple[str, str]]:
        """Pickle both texts: sentences are sent between processes."""
        return Sentence, (str(self), self.stored)


def masked(text: str, *names: str) -> Sentence:
    """Make a sentence whose `stored` text has dots in place of these names."""
    stored = text
    for name in sorted(filter(None, names), key=len, reverse=True):
        stored = stored.replace(name, _WITHHELD)
    return Sentence(text, stored)


def without_names(text: str) -> str:
    """Return a sentence without anything that may name a patient.

    That is its own `stored`, else the text without quotations and file names.
    """
    if isinstance(text, Sentence):
        return text.stored
    if (place := text.find(" left out: ")) >= 0:
        text = text[: place + len(" left out")] + "."
    return _FILE.sub(_WITHHELD, _QUOTED.sub(f"'{_WITHHELD}'", text))


@dataclass(frozen=True)
class Privacy:
    """How the patients and files of one dataset are named in it.

    Attributes:
        secret: key of the hashes; all versions of a dataset share it, so that they share the hashes.
        keep_patients: store patients as the source names them.
        keep_names: store files under their names in the source.
    """

    secret: bytes
    keep_patients: bool = False
    keep_names: bool = False

    def patient(self, patient: str) -> str:
        """Return 16 hex digits for a patient; only the key's owner can identify the person."""
        patient = unicodedata.normalize("NFC", patient).strip()
        return patient if self.keep_patients else self._hash(patient, b"patient")

    def key(self, key: str) -> str:
        """Return 16 hex digits for a file's path in the source, with the file's ending."""
        return key if self.keep_names else self._hash(key, b"file") + PurePosixPath(key).suffix.lower()

    def keep(self, home: Path) -> bool:
        """Store the key next to the versions, readable by its owner alone.

        Returns:
            Whether there was no key before.
        Raises:
            CatalogError: another import has stored its own key since this one began.
        """
        file = home / KEY_FILE
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            if _read(file) != self.secret:
                raise CatalogError(
                    f"Another import of {home.name} ended first and has hashed its patients by a key of its own; "
                    "import again."
                ) from None
            return False
        try:
            with os.fdopen(handle, "w", encoding="ascii") as stream:
                stream.write(self.secret.hex() + "\n")
        except OSError:
            file.unlink(missing_ok=True)
            raise
        return True

    def _hash(self, text: str, person: bytes) -> str:
        return blake2b(
            text.encode("utf-8", "backslashreplace"), key=self.secret, digest_size=8, person=person
        ).hexdigest()


def privacy_of(name: str, keep_patients: bool = False, keep_names: bool = False) -> Privacy:
    """Return the privacy of a dataset, with its stored key or with a new one.

    `save_dataset` stores a new key.

    Raises:
        CatalogError: the key cannot be read.
    """
    file = data_root() / name / KEY_FILE
    with explained(file):
        secret = _read(file) if file.exists() else secrets.token_bytes(_KEY_BYTES)
    return Privacy(secret, keep_patients, keep_names)


def _read(file: Path) -> bytes:
    try:
        secret = bytes.fromhex(file.read_text(encoding="ascii"))
    except ValueError:
        secret = b""
    if len(secret) != _KEY_BYTES:
        raise CatalogError(
            f"{file} is no key of patients; restore it from a backup, or remove it to have patients named anew."
        )
    return secret
