"""Find masks among images by evidence, so that no model is trained on them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePosixPath

from catalog.builder import decoded
from catalog.importers.draft import Draft
from catalog.importers.pairs import Pairs, in_called_folders, pairs
from catalog.importers.source import left_out
from catalog.importers.words import n_around, split_of
from catalog.levels import Appearance, looks_like
from catalog.new_sample import NewSample, Pixels
from catalog.parallel import ordered_map
from catalog.pictures import is_picture_name

Content = Callable[[str], Path | Pixels | Callable[[], Pixels]]

# An image with such a name next to its image is a mask whatever it shows: soft masks have many levels.
_SURE = re.compile(r"[ _-](?:mask|segmentation|seg|annotation|gt)(?:[ _-]?[0-9]+)?$", re.IGNORECASE)
_SAMPLED = 6  # images of a group that are opened first; where none of them is a mask, the group has none
_AGREED = 0.75  # share of these that must look like masks
_PARTNERS = 4  # of their partners, those that are opened: where these look flat too, all are drawings or digits
_ALIKE = 0.02  # by how much the proportions of a mask and its image may differ
_MOST_GROUPS = 24  # groups without a word for masks that are opened, the largest first


@dataclass(frozen=True)
class Masks:
    """The masks that were found.

    Attributes:
        image_of: the image of each mask.
        notes: how many there are, and what is in doubt.
    """

    image_of: Mapping[str, str]
    notes: tuple[str, ...] = ()


def find_masks(names: Sequence[str], content: Content) -> Masks:
    """Find masks: flat images whose name or folder pairs with an image that is not flat.

    Names and folders only decide which images to look at, so a word such as "mask" is neither needed nor enough. Where
    there are no masks, few are opened: a handful of each group of pairs. A folder that may be a class, such as drawings
    next to photographs, counts as masks only if its name says so or its names are those of images in several classes.

    Args:
        names: of images, as paths below their source.
        content: returns the image of a name, as a sample has it.
    """
    image_of = {name: image for name, image in _surely(names)}
    judge = _Judge(content)
    tried, n_above = 0, n_around(names)
    for group in pairs([name for name in names if name not in image_of]):
        members = {
            name: images
            for name, partners in group.partners.items()
            if name not in image_of and (images := [one for one in partners if one not in image_of])
        }
        if not members or (not group.has_word and (tried := tried + 1) > _MOST_GROUPS):
            continue
        candidates = Pairs(group.group, members)
        if _may_be_class(candidates, n_above):
            continue
        image_of |= {name: members[name][0] for name in judge.masks(candidates)}
    for candidates in in_called_folders([name for name in names if name not in image_of], n_above):
        image_of |= {name: candidates.partners[name][0] for name in judge.masks(candidates)}
    image_of |= {name: image for name, image in _unpaired(names, image_of, judge)}
    return Masks(image_of, tuple(left_out(sorted(image_of), "mask of an image was", "masks of images were")))


def without_masks(draft: Draft) -> Draft:
    """Leave out the masks among the samples of a draft, with a note.

    A class of nothing but masks is kept: it was named on purpose.
    """
    content = {sample.key: sample.content for sample in draft.samples if is_picture_name(sample.key)}
    image_of = find_masks(list(content), content.__getitem__).image_of
    label_of = {sample.key: sample.label for sample in draft.samples}
    stay = {sample.label for sample in draft.samples if sample.key not in image_of}
    gone = {name: image for name, image in image_of.items() if label_of[name] in stay}
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
    """Yield images named like another image in their folder plus a mask word; with that image."""
    stems = {name: str(PurePosixPath(name).with_suffix("")) for name in names}
    by_stem = {stem: name for name, stem in stems.items()}
    for name, stem in stems.items():
        match = _SURE.search(stem)
        if match and stem[: match.start()] in by_stem:
            yield name, by_stem[stem[: match.start()]]


def _unpaired(names: Sequence[str], image_of: Mapping[str, str], judge: _Judge) -> Iterator[tuple[str, str]]:
    """Yield masks without an image of their own, with another mask's image.

    They lie in folders whose other images are masks of images elsewhere.
    """
    folders: dict[PurePosixPath, list[str]] = {}
    for name in names:
        folders.setdefault(PurePosixPath(name).parent, []).append(name)
    for folder, inside in folders.items():
        images = [image_of[name] for name in inside if name in image_of]
        if len(inside) // 2 < len(images) < len(inside) and all(PurePosixPath(one).parent != folder for one in images):
            yield from ((name, images[0]) for name in inside if name not in image_of and judge(name) != "image")


def _may_be_class(candidates: Pairs, n_above: int) -> bool:
    """Check whether a folder may be a class of its own rather than masks.

    It may be one if its name has no word for masks and it lies next to the folders of its images. Names that several of
    these folders have say nothing (`1.png` is everywhere). It is no class where it lies in one, where it has the same
    folders in it as they do, and where each of its names is in one of several of them.

    Args:
        candidates: images of a folder, and their partners.
        n_above: folders around all images.
    """
    kind, folder = candidates.group
    if kind == "name" or candidates.has_word:
        return False
    several: set[str] = set()
    for name, partners in candidates.partners.items():
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
    """Looks at images, each once."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._cached_look = cache(self._look)

    def __call__(self, name: str) -> Appearance:
        return self._cached_look(name)[0]

    def masks(self, candidates: Pairs) -> list[str]:
        """Return the masks of a group; none where the group is not one of masks."""
        names = list(candidates.partners)
        step = max(1, len(names) // _SAMPLED)
        sample = names[::step][:_SAMPLED]
        looks = [self(name) for name in sample]
        n_blank, n_masks = looks.count("blank"), looks.count("mask")
        if n_blank == len(looks) and not candidates.has_word:
            return []
        if n_masks + n_blank < _AGREED * len(looks) or not self._partners_differ(candidates, sample):
            return []
        if candidates.has_word and n_masks + n_blank == len(looks):
            return names
        all_looks = list(ordered_map(self, names))
        if candidates.has_word and sum(look != "image" for look in all_looks) >= 0.9 * len(names):
            return names
        return [name for name, look in zip(names, all_looks, strict=True) if look != "image"]

    def _partners_differ(self, candidates: Pairs, sample: Sequence[str]) -> bool:
        """Check whether most partners are images, with the proportions of their masks."""
        chosen = [(name, candidates.partners[name][0]) for name in sample[:_PARTNERS]]
        images = [pair for pair in chosen if self(pair[1]) == "image"]
        if 2 * len(images) <= len(chosen):
            return False
        return candidates.has_word or all(self._is_alike(*pair) for pair in images)

    def _is_alike(self, name: str, image: str) -> bool:
        """Check whether two images have the same proportions."""
        one, other = self._cached_look(name)[1], self._cached_look(image)[1]
        return abs(one / other - 1) <= _ALIKE if one and other else False

    def _look(self, name: str) -> tuple[Appearance, float]:
        """Judge an image and return its width divided by its height; ("image", 0.0) when broken."""
        result = decoded(NewSample(name, "", self._content(name)))
        return (
            ("image", 0.0) if isinstance(result, str) else (looks_like(result[1]), result[1].width / result[1].height)
        )
