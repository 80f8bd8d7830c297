"""What names people stays outside: patients and files become keyed hashes, and sentences for files have no names."""

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

KEY_FILE = "patients.key"  # beside the versions of a dataset
HASHED = re.compile(r"(?:image-)?[0-9a-f]{16}")  # what stands for a patient or for the name of a file

_KEY_BYTES = blake2b.MAX_KEY_SIZE
_WITHHELD = "..."
_QUOTED = re.compile(r"(?<![\w'])'[^']+'(?!\w)|\"[^\"]+\"")
_ENDINGS = "png|jpe?g|jfif|tiff?|bmp|webp|gif|dcm|dicom|ima|xml|json|csv|tsv|txt|zip"
_FILE = re.compile(
    rf"[^\s,;:()]*/[^,;:()]*?\.(?i:{_ENDINGS})\b"  # with blanks in it, from its first folder to its ending
    r"|[^\s,;:()]+(?:/[^\s,;:()]*|\.[A-Za-z][A-Za-z0-9]{1,4})(?=[\s,;:.()]|$)"
)


class Sentence(str):
    """A sentence for the screen; `stored` says the same without the names in it, for whatever is written to disk."""

    stored: str

    def __new__(cls, text: str, stored: str) -> Sentence:
        sentence = super().__new__(cls, text)
        sentence.stored = stored
        return sentence

    def __reduce__(self) -> tuple[type[Sentence], tuple[str, str]]:
        """Both texts, for pickle: sentences come from processes of their own."""
        return Sentence, (str(self), self.stored)


def masked(text: str, *names: str) -> Sentence:
    """A sentence of which is known what in it may name a patient; `stored` has dots in the place of those names."""
    stored = text
    for name in sorted(filter(None, names), key=len, reverse=True):
        stored = stored.replace(name, _WITHHELD)
    return Sentence(text, stored)


def without_names(text: str) -> str:
    """A sentence without what may name a patient: its own `stored`, else with quotations and file names left away."""
    if isinstance(text, Sentence):
        return text.stored
    if (place := text.find(" left out: ")) >= 0:
        text = text[: place + len(" left out")] + "."
    return _FILE.sub(_WITHHELD, _QUOTED.sub(f"'{_WITHHELD}'", text))


@dataclass(frozen=True)
class Privacy:
    """How the patients and the files of one dataset are named in it.

    Attributes:
        secret: of the hashes; the same for all versions of a dataset, so that they are the same ones.
        keep_patients: patients stay as the source has them.
        keep_names: files stay named as in the source.
    """

    secret: bytes
    keep_patients: bool = False
    keep_names: bool = False

    def patient(self, patient: str) -> str:
        """16 hex digits for a patient, from which only the holder of the key finds who it is."""
        patient = unicodedata.normalize("NFC", patient).strip()
        return patient if self.keep_patients else self._hash(patient, b"patient")

    def key(self, key: str) -> str:
        """16 hex digits and the ending of the file, for its path in the source."""
        return key if self.keep_names else self._hash(key, b"file") + PurePosixPath(key).suffix.lower()

    def keep(self, home: Path) -> bool:
        """Keep the key beside the versions, for its owner alone; returns whether there was none before.

        Raises:
            CatalogError: another import has put its key there since this one began.
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
    """The privacy of a dataset: with the key kept beside it, or with a new one, which `save_dataset` will keep there.

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
