"""Choose what an image shows: its class, how hard it is, and its labels.

Three kinds of difficulty:

- `clear`: the whole picture shows the class. Some clear pictures truly hold two planes, a pocket of fluid beside the
  abdomen or the femur. They have both labels, and `label` is the plane that takes most of the view, by a wide margin.
- `hard`: the picture is a mixture of two planes, painted in the same way for both. One small detail, which is always
  there and visible, shows which plane it is; the best possible error is 0. Only the structure of that plane is there,
  so it has one label.
- `toss`: such a mixture without any detail. The annotator's choice is random; `label_probability` is the probability of
  the label that was drawn. Both planes are partly there, so it has both labels.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from catalog.phantom.presets import PhantomSettings

CLASSES = ("ac", "bpd", "fl", "afi", "crl", "3d")
COMMONEST_FIRST = ("ac", "bpd", "afi", "fl", "crl", "3d")
# The rivals of each class with their shares of its mixtures: such that both planes of a pair are about equally frequent
# in its mixtures where the imbalance is 3.
RIVALS: dict[str, dict[str, float]] = {
    "ac": {"afi": 0.55, "bpd": 0.45},
    "bpd": {"ac": 0.8, "crl": 0.2},
    "afi": {"ac": 0.85, "fl": 0.15},
    "fl": {"afi": 1.0},
    "crl": {"bpd": 1.0},
}
# How often a class is mixed, relative to `ac`.
MIXED = {"ac": 1.0, "bpd": 0.75, "afi": 1.0, "fl": 0.2, "crl": 0.3, "3d": 0.0}
PAIRS = ("ac/afi", "ac/bpd", "bpd/crl", "fl/afi")
SIDE_BY_SIDE = {"ac": {"afi": 1.0}, "afi": {"ac": 0.7, "fl": 0.3}, "fl": {"afi": 1.0}}  # clear images of two planes
BOTH = 0.3  # of the clear images of these classes
DECISIVE = 4.5  # slope of the annotator's choice between two planes


@dataclass(frozen=True)
class Choice:
    """What an image shows, and its labels.

    Attributes:
        kind: a plane, or two of them as in PAIRS.
        share: the first plane's part of the view, 0 to 1.
        label, labels: see the module.
        difficulty: "clear", "hard" or "toss".
        is_rare: whether the detail of a hard image has an uncommon form and place.
        label_probability: that the annotator gives `label`.
    """

    kind: str
    share: float
    label: str
    labels: tuple[str, ...]
    difficulty: str = "clear"
    is_rare: bool = False
    label_probability: float = 1.0

    @property
    def planes(self) -> tuple[str, ...]:
        """Return the planes that the view mixes: one or two."""
        return tuple(self.kind.split("/"))

    @property
    def ambiguity(self) -> float:
        """Return 0 where one plane fills the view, 1 at an even mix."""
        return 0.0 if len(self.planes) == 1 else 1 - abs(2 * self.share - 1)


def choose(rng: np.random.Generator, settings: PhantomSettings) -> Choice:
    """Draw a class, its difficulty, its rival and its mix.

    Every call takes the same number of draws, so that images change as little as possible with the settings.
    """
    which, difficulty, rival, mix, toss, rare, both = rng.random(7).tolist()
    label = _drawn(class_shares(settings.imbalance), which)
    unclear = _mixing(settings.imbalance) * MIXED[label]
    if difficulty < (settings.toss + settings.hard) * unclear:
        pair = _pair(label, _drawn(RIVALS[label], rival))
        share = 0.38 + 0.24 * mix
        if difficulty >= settings.toss * unclear:
            return Choice("/".join(pair), share, label, (label,), "hard", rare < settings.rare)
        first = 1 / (1 + math.exp(-DECISIVE * (share - 0.5)))
        drawn, probability = (pair[0], first) if toss < first else (pair[1], 1 - first)
        return Choice("/".join(pair), share, drawn, _in_order(pair), "toss", False, probability)
    if label in SIDE_BY_SIDE and both < BOTH:
        pair = _pair(label, _drawn(SIDE_BY_SIDE[label], rival))
        part = 0.72 + 0.08 * mix
        return Choice("/".join(pair), part if pair[0] == label else 1 - part, label, _in_order(pair))
    return Choice(label, 1.0, label, (label,))


@lru_cache(maxsize=16)
def class_shares(imbalance: float) -> dict[str, float]:
    """Return the expected share of each class.

    It is a geometric series from the commonest to the rarest.
    """
    last = len(COMMONEST_FIRST) - 1
    weights = {name: imbalance ** (-place / last) for place, name in enumerate(COMMONEST_FIRST)}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


@lru_cache(maxsize=16)
def _mixing(imbalance: float) -> float:
    """Return the factor by which shares of all images become shares of a class with MIXED = 1."""
    return 1 / sum(share * MIXED[name] for name, share in class_shares(imbalance).items())


def _drawn(shares: dict[str, float], chance: float) -> str:
    """Return the name at `chance` (0 to 1) of the cumulated shares."""
    ends = itertools.accumulate(shares.values())
    return next((name for name, end in zip(shares, ends, strict=True) if chance < end), list(shares)[-1])


def _pair(label: str, rival: str) -> tuple[str, str]:
    return (label, rival) if f"{label}/{rival}" in PAIRS else (rival, label)


def _in_order(pair: tuple[str, str]) -> tuple[str, ...]:
    return tuple(plane for plane in CLASSES if plane in pair)
