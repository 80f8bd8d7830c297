"""Pictures whose name or folder pairs with another picture, as that of a mask does with its image."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

# Words that masks go by. They say which pairs to look at first; pixels decide.
_WORDS = re.compile(
    r"^(?:.*\W)?(?:masks?|masques?|gts?|groundtruths?|truths?|labels?|segs?|segm|segment(?:ed|s)?|segmentations?"
    r"|annot?s?|annotations?|rois?|contours?|outlines?|delineations?|lesions?|tumou?rs?|binary|mattes?|마스크|정답)$",
    re.IGNORECASE,
)
_MOST_FOLDERS = 16  # folder names without such a word that are tried, those with most pictures first
_MOST_PARTNERS = 64  # pictures of one name that are compared
_BREAK = re.compile(r"[ _.\-()]+")
_LETTERS = re.compile(r"[^\W\d_]+")

Group = tuple[Literal["folder", "name"], str]  # what sets the pictures of a group apart from their partners


@dataclass
class Pairs:
    """Pictures of one group, each with the pictures it may belong to; the likeliest first.

    Attributes:
        group: the folder or the part of the name that they have and their partners lack.
        partners: by picture.
    """

    group: Group
    partners: dict[str, list[str]] = field(default_factory=dict)

    @property
    def has_word(self) -> bool:
        """Whether masks go by such a name."""
        return is_word(self.group[1])


def is_word(text: str) -> bool:
    """Whether a folder, or a part of a name, is called as masks are."""
    return bool(_WORDS.match(re.sub(r"[\s_\-.()]+", " ", text).strip().replace("ground truth", "groundtruth")))


def pairs(names: Sequence[str]) -> list[Pairs]:
    """Group pictures by what their names or folders have beyond those of another picture.

    `masks/1.png` pairs with `1.png`, `images/1.png` and `benign/1.png`; `1_tumor.png` and `mask_1.png` with `1.png`
    in the same folder; `label_1.png` with `image_1.png`. Groups with a word of masks come first, then the largest.

    Args:
        names: of pictures, as paths below their source.
    """
    files = [_File(name) for name in names]
    index = _Index(files)
    folders = _folders(files)
    groups: dict[Group, Pairs] = {}
    for file in files:
        for group, partners in _candidates(file, index, folders):
            known = groups.setdefault(group, Pairs(group)).partners.setdefault(file.name, [])
            known += [partner for partner in partners if partner not in known]
    return sorted(groups.values(), key=lambda one: (not one.has_word, -len(one.partners), one.group))


class _File:
    """A name, cut into folders and stem."""

    def __init__(self, name: str) -> None:
        *folders, own = name.split("/")
        self.name, self.folders = name, tuple(folders)
        self.stem = own.rpartition(".")[0].casefold() or own.casefold()
        self.shorter = [(stem, part) for stem, part in self._shorter() if stem and part]
        self.patterns = list(self._patterns())

    def _shorter(self) -> Iterator[tuple[str, str]]:
        """(stem without a part at its end or its beginning, the letters of that part), the shortest parts first."""
        cuts = [(match.start(), match.end()) for match in _BREAK.finditer(self.stem)]
        for start, end in reversed(cuts[-4:]):
            yield self.stem[:start], _letters(self.stem[end:])
            yield self.stem[: start + 1], _letters(self.stem[end:])  # '(1)_mask' is '(1)' and a mask
        for start, end in cuts[:2]:
            yield self.stem[end:], _letters(self.stem[:start])
        if match := re.match(r"(.*\d)([^\W\d_]+)$", self.stem):
            yield match.group(1), match.group(2)
        if match := re.match(r"([^\W\d_]+)(\d.*)$", self.stem):
            yield match.group(2), match.group(1)

    def _patterns(self) -> Iterator[tuple[str, str]]:
        """(stem with a word replaced by '*', that word), where a digit is left to tell pictures apart."""
        if not re.search(r"\d", self.stem):
            return
        for match in list(_LETTERS.finditer(self.stem))[:4]:
            if len(match.group()) > 1:
                yield f"{self.stem[: match.start()]}*{self.stem[match.end() :]}", match.group()


class _Index:
    """Finds files by stem, or by a stem with one word left open."""

    def __init__(self, files: Sequence[_File]) -> None:
        self._by_stem: dict[str, list[_File]] = defaultdict(list)
        self._by_shorter: dict[str, list[_File]] = defaultdict(list)
        self._by_pattern: dict[str, list[tuple[_File, str]]] = defaultdict(list)
        for file in files:
            for stem, _ in file.shorter:
                self._by_shorter[stem].append(file)
            self._by_stem[file.stem].append(file)
            for pattern, word in file.patterns:
                self._by_pattern[pattern].append((file, word))

    def of_stem(self, stem: str) -> list[_File]:
        return self._by_stem.get(stem, [])[:_MOST_PARTNERS]

    def of_shorter(self, stem: str) -> list[_File]:
        return self._by_shorter.get(stem, [])[:_MOST_PARTNERS]

    def of_pattern(self, pattern: str, word: str) -> list[_File]:
        return [file for file, other in self._by_pattern.get(pattern, [])[:_MOST_PARTNERS] if other != word]


def _candidates(file: _File, index: _Index, folders: frozenset[str]) -> Iterator[tuple[Group, list[str]]]:
    """The groups that a file may be in, with its partners there."""
    for stem, part in file.shorter:
        if beside := [other.name for other in index.of_stem(stem) if other.folders == file.folders]:
            yield ("name", part), beside
    for pattern, word in file.patterns:
        if beside := [other.name for other in index.of_pattern(pattern, word) if other.folders == file.folders]:
            yield ("name", word), beside
    for place, folder in enumerate(file.folders):
        if folder.casefold() not in folders:
            continue
        rest = file.folders[:place] + file.folders[place + 1 :]
        found = _elsewhere(index.of_stem(file.stem), folder, rest)
        for stem, _ in file.shorter:
            found = found or _elsewhere(index.of_stem(stem), folder, rest)
        for pattern, word in file.patterns:
            found = found or _elsewhere(index.of_pattern(pattern, word), folder, rest)
        if found := found or _elsewhere(index.of_shorter(file.stem), folder, rest):
            yield ("folder", folder.casefold()), found


def _elsewhere(files: Sequence[_File], folder: str, rest: tuple[str, ...]) -> list[str]:
    """Those outside a folder whose path has the other folders in order; the shortest paths first."""
    found = [one for one in files if folder not in one.folders and _is_within(rest, one.folders)]
    nearest = min((len(one.folders) for one in found), default=0)
    return [one.name for one in found if len(one.folders) == nearest]


def _is_within(some: tuple[str, ...], all_: tuple[str, ...]) -> bool:
    if len(some) > len(all_):
        return False
    if len(some) < 2:
        return not some or some[0] in all_
    rest = iter(all_)
    return all(part in rest for part in some)


def _folders(files: Sequence[_File]) -> frozenset[str]:
    """Folder names to try: those with a word of masks, and of the others those with most pictures."""
    count = Counter(folder.casefold() for file in files for folder in set(file.folders))
    words = [name for name in count if is_word(name)]
    others = [name for name, _ in count.most_common() if not is_word(name)]
    return frozenset([*words, *others[:_MOST_FOLDERS]])


def _letters(text: str) -> str:
    return "_".join(_LETTERS.findall(text))
