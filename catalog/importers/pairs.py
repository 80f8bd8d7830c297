"""Pair images whose name or folder relates to another image, as a mask's does to its image."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from catalog.importers.words import split_of

# Words for masks. They decide which pairs to look at first; pixels decide what is a mask.
_WORDS = re.compile(
    r"^(?:.*\W)?(?:masks?|masques?|gts?|groundtruths?|truths?|labels?|segs?|segm|segment(?:ed|s)?|segmentations?"
    r"|annot?s?|annotations?|rois?|contours?|outlines?|delineations?|lesions?|tumou?rs?|binary|mattes?|마스크|정답"
    r"|labels?(?:tr|ts|va))$"
    # a folder whose name also says what is masked, or how: masks_benign, 'GT final'
    r"|^(?:masks?|masques?|gts?|groundtruths?|segmentations?|annotations?|마스크|정답)\W",
    re.IGNORECASE,
)
_MOST_FOLDERS = 16  # folder names without such a word that are tried, those with most images first
_MOST_PARTNERS = 64  # images of one name that are compared
_BREAK = re.compile(r"[ _.\-()]+")
_LETTERS = re.compile(r"[^\W\d_]+")

Group = tuple[Literal["folder", "name"], str]  # what the images of a group have and their partners lack


@dataclass
class Pairs:
    """Images of one group, each with the images it may belong to, the likeliest first.

    Attributes:
        group: the folder or the part of the name that they have and their partners lack.
        partners: by image.
    """

    group: Group
    partners: dict[str, list[str]] = field(default_factory=dict)

    @property
    def has_word(self) -> bool:
        """Check whether the group's name is a word for masks."""
        return is_word(self.group[1])


@cache
def is_word(text: str) -> bool:
    """Check whether a folder, or a part of a name, is a word for masks."""
    return bool(_WORDS.match(re.sub(r"[\s_\-.()]+", " ", text).strip().replace("ground truth", "groundtruth")))


def pairs(names: Sequence[str]) -> list[Pairs]:
    """Group images by what their names or folders have beyond those of another image.

    `masks/1.png` pairs with `1.png`, `images/1.png` and `benign/1.png`; `1_tumor.png` and `mask_1.png` with `1.png`
    in the same folder; `label_1.png` with `image_1.png`. Groups with a word for masks come first, then the largest.

    Args:
        names: of images, as paths below their source.
    """
    files = [_File(name) for name in names]
    index = _Index(files)
    folders = _folders(files)
    groups: dict[Group, Pairs] = {}
    for file in files:
        for group, partners in _candidates(file, index, folders):
            partners_so_far = groups.setdefault(group, Pairs(group)).partners.setdefault(file.name, [])
            partners_so_far += [partner for partner in partners if partner not in partners_so_far]
    return sorted(groups.values(), key=lambda one: (not one.has_word, -len(one.partners), one.group))


def in_called_folders(names: Sequence[str], n_above: int) -> list[Pairs]:
    """Group images of mask-named folders in class folders, each with an image next to it.

    Their own names need not pair: `P1/masks/7f3a.png` pairs with `P1/images/P1.png`.

    Args:
        names: of images, as paths below their source.
        n_above: folders around all images.
    """
    beside: dict[tuple[str, ...], str] = {}
    called: list[tuple[str, tuple[str, ...], int]] = []
    for name in names:
        folders = tuple(name.split("/")[:-1])
        words = [place for place in range(n_above, len(folders)) if is_word(folders[place])]
        for depth in range(len(folders) + 1) if not words else ():
            beside.setdefault(folders[:depth], name)
        if words and not all(split_of(folder) for folder in folders[n_above : words[0]]):
            called.append((name, folders, words[0]))
    groups: dict[Group, Pairs] = {}
    for name, folders, place in called:
        if image := beside.get(folders[:place]):
            group: Group = ("folder", folders[place].casefold())
            groups.setdefault(group, Pairs(group)).partners[name] = [image]
    return list(groups.values())


class _File:
    """A name, split into folders and stem."""

    def __init__(self, name: str) -> None:
        *folders, own = name.split("/")
        self.name, self.folders = name, tuple(folders)
        self.stem = own.rpartition(".")[0].casefold() or own.casefold()
        self.shorter = [(stem, part) for stem, part in self._shorter() if stem and part]
        self.patterns = list(self._patterns())

    def _shorter(self) -> Iterator[tuple[str, str]]:
        """Yield (stem without a part at its end or start, the letters of that part).

        The shortest parts come first.
        """
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
        """Yield (stem with a word replaced by '*', that word), if a digit tells images apart.

        Without a digit the word must be the whole stem, as in folders that hold `image.png` and `mask.png` of one case
        each.
        """
        if not re.search(r"\d", self.stem):
            if _LETTERS.fullmatch(self.stem):
                yield "*", self.stem
            return
        for match in list(_LETTERS.finditer(self.stem))[:4]:
            if len(match.group()) > 1:
                yield f"{self.stem[: match.start()]}*{self.stem[match.end() :]}", match.group()


Entry = tuple[_File, str]  # a file, and the word of its pattern or the part of its longer stem


class _Index:
    """Finds files by stem, by a stem without a part, or by a stem with a word left open."""

    def __init__(self, files: Sequence[_File]) -> None:
        self._stems: dict[str, list[Entry]] = defaultdict(list)
        self._shorter: dict[str, list[Entry]] = defaultdict(list)
        self._only_part: dict[str, str | None] = {}  # stem -> the part that all its files lack; None where they differ
        self._patterns: dict[str, list[Entry]] = defaultdict(list)
        self._near: dict[int, dict[tuple[str, ...], list[Entry]]] = {}
        for file in files:
            for stem, part in file.shorter:
                self._shorter[stem].append((file, part))
                self._only_part[stem] = part if self._only_part.get(stem, part) == part else None
            self._stems[file.stem].append((file, ""))
            for pattern, word in file.patterns:
                self._patterns[pattern].append((file, word))

    def of_stem(self, stem: str, folders: tuple[str, ...]) -> list[_File]:
        """Return the files with this stem."""
        return [file for file, _ in self._nearest(self._stems.get(stem, []), folders)]

    def of_shorter(self, stem: str, folders: tuple[str, ...], part: str = "") -> list[_File]:
        """Return the files whose stem without another part is this one."""
        if self._only_part.get(stem) == part:
            return []
        return [file for file, other in self._nearest(self._shorter.get(stem, []), folders) if other != part]

    def of_pattern(self, pattern: str, word: str, folders: tuple[str, ...]) -> list[_File]:
        """Return the files whose stem has another word in the place of this one."""
        return [file for file, other in self._nearest(self._patterns.get(pattern, []), folders) if other != word]

    def _nearest(self, entries: list[Entry], folders: tuple[str, ...]) -> list[Entry]:
        """Limit entries to compare: of very many, those in these folders or one more."""
        if len(entries) <= _MOST_PARTNERS:
            return entries
        near = self._near.get(id(entries))
        if near is None:
            near = self._near[id(entries)] = defaultdict(list)
            for entry in entries:
                place = entry[0].folders
                for one in {place, *(place[:cut] + place[cut + 1 :] for cut in range(len(place)))}:
                    near[one].append(entry)
        return (near.get(folders) or entries)[:_MOST_PARTNERS]


def _candidates(file: _File, index: _Index, folders: frozenset[str]) -> Iterator[tuple[Group, list[str]]]:
    """Yield the groups that a file may be in, with its partners there."""
    here = file.folders
    for stem, part in file.shorter:
        beside = _beside(index.of_stem(stem, here), file)
        if not beside and file.stem.startswith(stem) and re.search(r"\d", stem):  # 21_manual1 and 21_training
            beside = _beside(index.of_shorter(stem, here, part), file)
        if beside:
            yield ("name", part), beside
    for pattern, word in file.patterns:
        if pattern == "*" and not is_word(word):
            continue
        if beside := _beside(index.of_pattern(pattern, word, here), file):
            yield ("name", word), beside
    for place, folder in enumerate(here):
        if folder.casefold() not in folders:
            continue
        if partners := _in_other_folder(file, index, folder, here[:place] + here[place + 1 :]):
            yield ("folder", folder.casefold()), partners


def _beside(files: Sequence[_File], file: _File) -> list[str]:
    return [other.name for other in files if other.folders == file.folders and other is not file]


def _in_other_folder(file: _File, index: _Index, folder: str, rest: tuple[str, ...]) -> list[str]:
    """Return the partners of a file that lie outside one of its folders."""
    partners = _elsewhere(index.of_stem(file.stem, rest), folder, rest)
    for stem, _ in file.shorter:
        partners = partners or _elsewhere(index.of_stem(stem, rest), folder, rest)
    for pattern, word in file.patterns:
        partners = partners or _elsewhere(index.of_pattern(pattern, word, rest), folder, rest)
    return partners or _elsewhere(index.of_shorter(file.stem, rest), folder, rest)


def _elsewhere(files: Sequence[_File], folder: str, rest: tuple[str, ...]) -> list[str]:
    """Return files outside a folder with the other folders in order; the shortest paths only."""
    candidates = [one for one in files if folder not in one.folders and _is_within(rest, one.folders)]
    nearest = min((len(one.folders) for one in candidates), default=0)
    return [one.name for one in candidates if len(one.folders) == nearest]


def _is_within(some: tuple[str, ...], all_: tuple[str, ...]) -> bool:
    if len(some) > len(all_):
        return False
    if len(some) < 2:
        return not some or some[0] in all_
    rest = iter(all_)
    return all(part in rest for part in some)


def _folders(files: Sequence[_File]) -> frozenset[str]:
    """Return the folder names to try: words for masks, and the others with most images."""
    count = Counter(folder.casefold() for file in files for folder in set(file.folders))
    words = [name for name in count if is_word(name)]
    others = [name for name, _ in count.most_common() if not is_word(name)]
    return frozenset([*words, *others[:_MOST_FOLDERS]])


def _letters(text: str) -> str:
    return "_".join(_LETTERS.findall(text))
