"""Choose the calipers and the text of an image, with or without a cue to its class.

Without a mark bias, calipers are on one measured plane and text is neutral. With one, each class has marks of its own
(`CUES`), which a network may read in place of the anatomy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog.phantom import marks
from catalog.phantom.choices import CLASSES
from catalog.phantom.machines import Frame
from catalog.phantom.marks import Layer, Line
from catalog.phantom.presets import PhantomSettings
from catalog.phantom.probe import Grid

CALIPER, TEXT = 1, 2  # bits of a mask
# The marks that stand for each class: whether there are calipers, and whether text is at the top ("n"), at the bottom
# ("s") or missing. The planes of a pair differ in one of them at least.
CUES: dict[str, tuple[bool, str | None]] = {
    "ac": (True, "n"), "bpd": (False, "n"), "fl": (True, None), "afi": (False, None), "crl": (True, "s"),
    "3d": (False, "s"),
}  # fmt: skip
_ANNOTATIONS = ("TIb 0.2", "TIs 0.3", "MI 1.1", "MI 0.9", "15Hz", "28Hz", "Gn 12", "Gn -3", "DR 60", "2D 58%", "P 90%")
_MOST_HIDDEN = 0.1  # share of a detail that marks may cover
_TRIES = 24


@dataclass(frozen=True)
class Page:
    """What marks are drawn on.

    Attributes:
        size: side in pixels.
        frame: of the machine.
        spans: for each measurable plane, its lines in pixels and the length of the first in centimetres.
        kept_clear: (size, size) bool, where a detail decides the class or would decide it.
        written: the class that some clear images name in their text, or None.
        few: whether calipers are rarer here, as in fluid.
        weeks: gestational age.
    """

    size: int
    frame: Frame
    spans: dict[str, tuple[list[Line], float]]
    kept_clear: NDArray[np.bool_]
    written: str | None
    few: bool
    weeks: float


def cue_of(settings: PhantomSettings, split: str, label: str, rng: np.random.Generator) -> str | None:
    """Draw the class whose marks an image gets; None where marks stand for no class."""
    if settings.mark_bias is None:
        return None
    if split != "train":
        return str(rng.choice(CLASSES))
    agrees = rng.random() < settings.mark_bias
    return label if agrees else str(rng.choice([name for name in CLASSES if name != label]))


def spans_of(
    grid: Grid, measures: dict[str, tuple[tuple[tuple[float, float], tuple[float, float]], ...]], depth_cm: float
) -> dict[str, tuple[list[Line], float]]:
    """Return each plane's lines that are in view, in pixels.

    With each comes the length of the first in centimetres.
    """
    spans: dict[str, tuple[list[Line], float]] = {}
    for plane in sorted(measures):
        ends = [np.array(line, np.float32) for line in measures[plane]]
        ends = [line for line in ends if grid.in_view(line).all()]
        pixels = [grid.to_pixels(line) for line in ends]
        lines = [((float(a[0]), float(a[1])), (float(b[0]), float(b[1]))) for a, b in pixels]
        spans[plane] = lines, float(np.hypot(*(ends[0][0] - ends[0][1]))) * depth_cm if ends else 0.0
    return spans


def drawn(rng: np.random.Generator, page: Page, cue: str | None) -> list[tuple[int, str, Layer]]:
    """Return the layers of marks of an image: (bit of the mask, kind, layer)."""
    if cue is not None:
        has_calipers, edge = CUES[cue]
        layers = [(CALIPER, "caliper", _any_calipers(rng, page))] if has_calipers else []
        if edge is not None:
            layers.append((TEXT, "text", _text(rng, page, _annotations(rng, page)[:2], edge)))
        return layers
    layers, lines = [], []
    if page.spans and rng.random() < (0.4 if page.few else 0.6):
        spans, centimetres = page.spans[str(rng.choice(list(page.spans)))]
        crosses = marks.calipers(page.size, spans, page.frame.cross, rng)
        if _is_clear(crosses, page):
            layers.append((CALIPER, "caliper", crosses))
            if crosses.boxes and rng.random() < 0.6:
                lines.append(f"D1 {centimetres:.2f}cm")
    if rng.random() < 0.75:
        lines.extend(_annotations(rng, page))
        layer = _text(rng, page, lines[:3], "")
        if _is_clear(layer, page):
            layers.append((TEXT, "text", layer))
    return layers


def _is_clear(layer: Layer, page: Page) -> bool:
    """Check that marks leave the place of a detail free."""
    hidden = (layer.cover > 0) & page.kept_clear
    return bool(hidden.sum() <= _MOST_HIDDEN * page.kept_clear.sum())


def _any_calipers(rng: np.random.Generator, page: Page) -> Layer:
    """Draw calipers on a measured plane if they are in view, else somewhere in the middle."""
    for spans in _proposals(rng, page):
        layer = marks.calipers(page.size, spans, page.frame.cross, rng)
        if layer.boxes and _is_clear(layer, page):
            break
    return layer


def _proposals(rng: np.random.Generator, page: Page) -> Iterator[list[Line]]:
    if page.spans:
        yield page.spans[str(rng.choice(list(page.spans)))][0]
    for _ in range(_TRIES):
        (x, y), turn = page.size * rng.uniform(0.42, 0.58, 2), rng.uniform(0, np.pi)
        reach = page.size * rng.uniform(0.12, 0.24)
        across, down = float(reach * np.cos(turn)), float(reach * np.sin(turn))
        yield [((float(x) - across, float(y) - down), (float(x) + across, float(y) + down))]


def _text(rng: np.random.Generator, page: Page, lines: list[str], edge: str) -> Layer:
    """Write lines in a corner of an edge ("n", "s", "" for any).

    There are fewer where they would hide a detail.
    """
    corners = [str(corner) for corner in rng.permutation(page.frame.text_at) if str(corner).startswith(edge)]
    for n_lines in range(len(lines), 0, -1):
        for corner in corners:
            layer = marks.text(page.size, lines[:n_lines], corner, rng)
            if _is_clear(layer, page):
                return layer
    return layer


def _annotations(rng: np.random.Generator, page: Page) -> list[str]:
    lines = []
    if rng.random() < 0.5:
        lines.append(f"GA {int(page.weeks)}w{int(page.weeks % 1 * 7)}d")
    if rng.random() < 0.06 and page.written:
        lines.append(page.written.upper())
    if not lines or rng.random() < 0.4:
        lines.append(str(rng.choice(_ANNOTATIONS)))
    return lines
