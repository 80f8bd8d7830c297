"""Read words that people spell in many ways, splits and classes, alike in every importer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import takewhile

from catalog.errors import CatalogError
from catalog.importers.names import listed, nfc

_PLAIN = {
    "train": "train", "training": "train", "trainval": "train",
    "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
_OTHER = {
    "trn": "train", "trainset": "train", "traindata": "train", "학습": "train", "훈련": "train",
    "validate": "val", "validating": "val", "valset": "val", "dev": "val", "devel": "val", "development": "val",
    "devset": "val", "tuning": "val", "검증": "val",
    "tst": "test", "testset": "test", "testdata": "test", "holdout": "test", "heldout": "test", "시험": "test",
    "테스트": "test", "평가": "test",
}  # fmt: skip
_EITHER = {"eval", "evaluation", "evaluate", "evalset"}  # validation, or the test where a validation exists too
SPLIT_WORDS = frozenset({*_PLAIN, *_OTHER, *_EITHER})
# Words next to such a word that do not change its meaning: `train_images`, `Validation set`, `test_list`.
_BESIDE = {
    "set", "sets", "data", "dataset", "split", "subset", "images", "image", "imgs", "img", "pictures", "samples",
    "files", "list", "lists", "ids", "fold", "folder", "세트", "데이터", "용",
}  # fmt: skip
_ORDER = re.compile(r"^[0-9]{1,2}[\W_]+")  # '01_train'
_YEAR = re.compile(r"[\W_]*(?:19|20)[0-9]{2}$")  # 'train2017'

# Invisible characters; joiners are kept after letters of scripts that are written with them.
_UNSEEN = re.compile(
    r"[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]"
)
_JOINERS = re.compile(r"(?<![\u0600-\U0001ffff])[\u200c\u200d]|[\u200c\u200d]$")
_BLANKS = re.compile(r"[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\uffa0]+")
_MISSING = {"nan", "null", "n/a", "#n/a", "na", "<na>"}
_BETWEEN = re.compile(r"(?<=[^\W_])[\s_-]+(?=[^\W_])")  # separates two words
_SEVERAL = re.compile(r"\s*[,;/|+&]\s*|\s+(?:and|und|및)\s+", re.IGNORECASE)
# Letters of Greek and Cyrillic that look like a Latin one.
_TWINS = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеоѕіјрсухԁһΑΒΕΖΗΙΚΜΝΟΡΤΥΧονιı",
    "ABESIJKMHOPCTYXaeosijpcyxdhABEZHIKMNOPTYXovii",
)  # fmt: skip


def mended(text: str) -> str:
    """Return a text in composed letters (NFC), without invisible characters, its blanks single.

    Control characters stay: callers that read a text refuse them.
    """
    if text.isascii() and "  " not in text:
        return text.strip()
    text = _JOINERS.sub("", _UNSEEN.sub("", nfc(text)))
    return _BLANKS.sub(" ", text).strip()


def looks(text: str) -> str:
    """Return a key that is equal for names that a reader takes for the same.

    Such names differ in capitals, blanks, look-alike letters, or the way a number is written: 'Cyst' and 'cyst',
    'no_finding' and 'No finding', Latin and Cyrillic 'a', '1' and '1.0'.
    """
    plain = unicodedata.normalize("NFKC", mended(text)).translate(_TWINS).casefold().translate(_TWINS)
    with suppress(ValueError):
        return f"{float(plain):g}" if re.fullmatch(r"[+-]?[0-9]+(?:\.[0-9]*)?", plain) else _between(plain)
    return _between(plain)


def _between(text: str) -> str:
    return _BETWEEN.sub(" ", text).strip()


def alike(names: Iterable[str]) -> tuple[str, str] | None:
    """Return the first two names, sorted, that a reader takes for the same; None if all differ."""
    first_by_look: dict[str, str] = {}
    for name in sorted(set(names)):
        first = first_by_look.setdefault(looks(name), name)
        if first != name:
            return first, name
    return None


def difference(first: str, second: str) -> str:
    """Describe how two names that are alike differ, for a sentence."""
    if re.fullmatch(r"[+-]?[0-9.]+", first):
        return "the way a number is written"
    if _between(mended(first).casefold()) == _between(mended(second).casefold()):
        return "capitals or blanks"
    return "letters that look the same"


def check_alike(names: Iterable[str], what: str, where: str, remedy: str) -> None:
    """Refuse classes that differ only in capitals, blanks or look-alike letters.

    Args:
        names: of the classes.
        what: they are, such as "Categories".
        where: their source.
        remedy: what to do, a clause.
    Raises:
        CatalogError: naming the first two.
    """
    if pair := alike(names):
        raise CatalogError(
            f"{what} {_quoted(pair[0])} and {_quoted(pair[1])} of {where} differ in {difference(*pair)} only; {remedy}."
        )


def parts_of(name: str, names: Iterable[str]) -> list[str]:
    """Return the classes that a name joins by comma, semicolon, slash, plus or ampersand.

    Each part must be a class of its own among `names`; empty where the name joins none.
    """
    class_by_look = {looks(other): other for other in names if other != name}
    parts = [part for part in _SEVERAL.split(name) if part.strip()]
    classes = [class_by_look[looks(part)] for part in parts if looks(part) in class_by_look]
    return classes if len(parts) > 1 and len(classes) == len(parts) else []


def joined_notes(names: Iterable[str], remedy: str) -> Iterator[str]:
    """Note the classes whose names join several of the others, one sentence for all.

    Args:
        names: of all classes.
        remedy: what to do where an image shows several, a clause.
    """
    every = list(names)
    if joined := [name for name in every if parts_of(name, every)]:
        counts = "counts as a class of its own" if len(joined) == 1 else "count as classes of their own"
        yield f"{_named(joined)} {counts}, though the parts are classes too; {remedy}."


def missing_notes(names: Iterable[str]) -> Iterator[str]:
    """Note the classes whose names are how programs write a missing value, such as `nan`."""
    for name in names:
        if name.casefold() in _MISSING:
            yield f"{_quoted(name)} counts as a class; where it means that the label is missing, remove its rows."


def split_names(words: Iterable[str]) -> dict[str, str]:
    """Map the words that name a split to "train", "val" or "test"; others are left out.

    Capitals, a year, a leading number, and words such as `set` or `images` next to it do not matter. `eval` is
    validation, unless there is a validation already and no test.
    """
    splits: dict[str, str] = {}
    either: list[str] = []
    for word in dict.fromkeys(words):
        core = _core(word)
        if core in _EITHER:
            either.append(word)
        elif core:
            splits[word] = (_PLAIN | _OTHER)[core]
    as_test = "val" in splits.values() and "test" not in splits.values()
    return splits | dict.fromkeys(either, "test" if as_test else "val")


def split_of(word: str) -> str | None:
    """Return the split that a word by itself names, or None."""
    return split_names([word]).get(word)


def n_around(names: Sequence[str]) -> int:
    """Count the folders, none of them a split, that all paths have in common."""
    levels = zip(*(name.split("/")[:-1] for name in names), strict=False)
    return len(list(takewhile(lambda parts: len(set(parts)) == 1 and not split_of(parts[0]), levels)))


def split_notes(splits: Mapping[str, str]) -> Iterator[str]:
    """Note the words for splits that could mean another one, such as `dev`."""
    if unusual := sorted(word for word in splits if _core(word) not in _PLAIN):
        read = ", ".join(f"{_quoted(word)} as {splits[word]}" for word in unusual[:8])
        yield f"Splits were read by what they are called: {read}; rename those that mean another."


def _core(word: str) -> str:
    """Return the single word for a split in a name without other meaning; else ""."""
    plain = unicodedata.normalize("NFKC", mended(word)).casefold()
    plain = _YEAR.sub("", _ORDER.sub("", plain))
    parts = [part if part == "용" else part.removesuffix("용") for part in re.split(r"[\W_]+", plain) if part]
    if parts == ["held", "out"] or parts == ["hold", "out"]:
        return "holdout"
    cores = [part for part in parts if part in SPLIT_WORDS]
    if set(parts) - set(cores) - _BESIDE or not cores:
        return ""
    if len(cores) == 2 and cores[0] in _PLAIN and [_PLAIN.get(core) for core in cores] == ["train", "val"]:
        return "trainval"
    return cores[0] if len(cores) == 1 else ""


class Mender:
    """Cleans labels as they are read, and remembers which were not plain."""

    def __init__(self) -> None:
        self._written: dict[str, set[str]] = {}

    def __call__(self, text: str) -> str:
        """Return the cleaned label; see `mended`."""
        label = mended(text)
        if label:
            self._written.setdefault(label, set()).add(text)
        return label

    def notes(self) -> Iterator[str]:
        """Note labels with invisible characters or odd blanks, or several spellings."""
        several = sorted(label for label, texts in self._written.items() if len(texts) > 1)
        odd = sorted(
            text
            for label, texts in self._written.items()
            for text in texts
            if label not in several and nfc(text).strip(" ") != label
        )
        if several:
            yield (
                f"{_named(several)}: written in ways that look the same (blanks, signs that cannot be seen, letters "
                "composed or apart), and read as one class each."
            )
        if odd:
            yield f"Blanks and signs that cannot be seen were left out of {_named(odd)}."


def _quoted(name: str) -> str:
    """Quote a name, with invisible characters escaped."""
    printable = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in name)
    return f"'{printable[:80]}'" + ("..." if len(printable) > 80 else "")


def _named(names: Iterable[str]) -> str:
    return listed([_quoted(name) for name in names])
