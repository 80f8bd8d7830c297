"""Masks among pictures: found by evidence, so that they are not trained on as images."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePosixPath

from catalog.builder import NewSample, Pixels, decoded
from catalog.importers.draft import Draft
from catalog.importers.pairs import Pairs, in_called_folders, pairs
from catalog.importers.source import left_out
from catalog.importers.words import n_around, split_of
from catalog.levels import Look, looks_like
from catalog.parallel import ordered_map
from catalog.pictures import is_picture_name

Content = Callable[[str], Path | Pixels | Callable[[], Pixels]]

# A picture called so beside its image is taken for its mask whatever it shows: soft masks have many levels.
_SURE = re.compile(r"[ _-](?:mask|segmentation|seg|annotation|gt)(?:[ _-]?[0-9]+)?$", re.IGNORECASE)
_SAMPLED = 6  # pictures of a group that are opened first; where none of them is a mask, the group has none
_AGREED = 0.75  # share of these that must look like masks
_PARTNERS = 4  # images of them that are opened: where these look the same, all are drawings or digits
_ALIKE = 0.02  # by how much the proportions of a mask and its image may differ
_MOST_GROUPS = 24  # groups without a word of masks that are looked into, the largest first


@dataclass(frozen=True)
class Masks:
    """What was found: by mask the image that it belongs to; `notes` says how many there are, and what is in doubt."""

    image_of: Mapping[str, str]
    notes: tuple[str, ...] = ()


def find_masks(names: Sequence[str], content: Content) -> Masks:
    """Find masks: pictures of a few flat colours whose name or folder pairs with an image that is no such picture.

    Names and folders only say which pictures to look at, so a word of masks is neither needed nor enough. Few are
    opened where there are no masks: a handful of each group of pairs. A folder that may be a class, as drawings beside
    photographs are, counts as masks only if it is called so or its names are those of images in several classes.

    Args:
        names: of pictures, as paths below their source.
        content: gives the picture of a name, as a sample has it.
    """
    image_of = {name: image for name, image in _surely(names)}
    judge = _Judge(content)
    tried, n_above = 0, n_around(names)
    for group in pairs([name for name in names if name not in image_of]):
        members = {
            name: kept
            for name, partners in group.partners.items()
            if name not in image_of and (kept := [one for one in partners if one not in image_of])
        }
        if not members or (not group.has_word and (tried := tried + 1) > _MOST_GROUPS):
            continue
        found = Pairs(group.group, members)
        if _may_be_class(found, n_above):
            continue
        image_of |= {name: members[name][0] for name in judge.masks(found)}
    for found in in_called_folders([name for name in names if name not in image_of], n_above):
        image_of |= {name: found.partners[name][0] for name in judge.masks(found)}
    image_of |= {name: image for name, image in _unpaired(names, image_of, judge)}
    return Masks(image_of, tuple(left_out(sorted(image_of), "mask of an image was", "masks of images were")))


def without_masks(draft: Draft) -> Draft:
    """Leave out the masks among the samples of a draft, with a note.

    A class of nothing but masks stays whole: who names it wants it.
    """
    content = {sample.key: sample.content for sample in draft.samples if is_picture_name(sample.key)}
    found = find_masks(list(content), content.__getitem__).image_of
    label_of = {sample.key: sample.label for sample in draft.samples}
    stay = {sample.label for sample in draft.samples if sample.key not in found}
    gone = {name: image for name, image in found.items() if label_of[name] in stay}
    if not gone:
        return draft
    count = Counter(label_of[image] for image in gone.values())
    return replace(
        draft,
        samples=[sample for sample in draft.samples if sample.key not in gone],
        notes=(*draft.notes, *left_out(sorted(gone), "mask of an image was", "masks of images were")),
        origin=replace(draft.origin, masks={name: count[name] for name in draft.classes}),
    )


def _surely(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pictures that are called as another picture in their folder, and mask; with that picture."""
    stems = {name: str(PurePosixPath(name).with_suffix("")) for name in names}
    by_stem = {stem: name for name, stem in stems.items()}
    for name, stem in stems.items():
        match = _SURE.search(stem)
        if match and stem[: match.start()] in by_stem:
            yield name, by_stem[stem[: match.start()]]


def _unpaired(names: Sequence[str], image_of: Mapping[str, str], judge: _Judge) -> Iterator[tuple[str, str]]:
    """Masks without an image, in folders whose other pictures are masks of images elsewhere; with one of those."""
    folders: dict[PurePosixPath, list[str]] = {}
    for name in names:
        folders.setdefault(PurePosixPath(name).parent, []).append(name)
    for folder, inside in folders.items():
        images = [image_of[name] for name in inside if name in image_of]
        if len(inside) // 2 < len(images) < len(inside) and all(PurePosixPath(one).parent != folder for one in images):
            yield from ((name, images[0]) for name in inside if name not in image_of and judge(name) != "image")


def _may_be_class(found: Pairs, n_above: int) -> bool:
    """Whether a folder may be a class by itself: no word of masks, and among the folders of its images.

    Names that several of these have say nothing (`1.png` is everywhere). It is no class where it lies in one, where it
    has the same folders in it as they do, and where each of its names is in one of several of them.

    Args:
        found: pictures of a folder, and their partners.
        n_above: folders around all pictures.
    """
    kind, folder = found.group
    if kind == "name" or found.has_word:
        return False
    several: set[str] = set()
    for name, partners in found.partners.items():
        parts, other = PurePosixPath(name).parts[n_above:-1], PurePosixPath(partners[0]).parts[n_above:-1]
        place = [part.casefold() for part in parts].index(folder)
        above = [part for part in parts[:place] if not split_of(part)]
        if above or len(other) < len(parts) or len(parts) > place + 1:
            return False
        if len(partners) > 1:
            return True
        several.update(other[place : place + 1])
    return len(several) < 2


class _Judge:
    """Looks at pictures, each once."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._seen = cache(self._look)

    def __call__(self, name: str) -> Look:
        return self._seen(name)[0]

    def masks(self, found: Pairs) -> list[str]:
        """Those of a group that are masks; none where the group is none of masks."""
        names = list(found.partners)
        step = max(1, len(names) // _SAMPLED)
        sample = names[::step][:_SAMPLED]
        looks = [self(name) for name in sample]
        n_blank, n_masks = looks.count("blank"), looks.count("mask")
        if n_blank == len(looks) and not found.has_word:
            return []
        if n_masks + n_blank < _AGREED * len(looks) or not self._partners_differ(found, sample):
            return []
        if found.has_word and n_masks + n_blank == len(looks):
            return names
        all_looks = list(ordered_map(self, names))
        if found.has_word and sum(look != "image" for look in all_looks) >= 0.9 * len(names):
            return names
        return [name for name, look in zip(names, all_looks, strict=True) if look != "image"]

    def _partners_differ(self, found: Pairs, sample: Sequence[str]) -> bool:
        """Whether most images of these look like images, and have the proportions of what may be their mask."""
        chosen = [(name, found.partners[name][0]) for name in sample[:_PARTNERS]]
        images = [pair for pair in chosen if self(pair[1]) == "image"]
        if 2 * len(images) <= len(chosen):
            return False
        return found.has_word or all(self._is_alike(*pair) for pair in images)

    def _is_alike(self, name: str, image: str) -> bool:
        """Whether two pictures have the same proportions."""
        one, other = self._seen(name)[1], self._seen(image)[1]
        return abs(one / other - 1) <= _ALIKE if one and other else False

    def _look(self, name: str) -> tuple[Look, float]:
        """What a picture looks like, and its width by its height; an image without proportions where it is broken."""
        found = decoded(NewSample(name, "", self._content(name)))
        return ("image", 0.0) if isinstance(found, str) else (looks_like(found[1]), found[1].width / found[1].height)
