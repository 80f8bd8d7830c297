"""Paint the one small detail that decides a hard image.

| plane | detail | its uncommon form |
|---|---|---|
| `ac` | the stomach: a dark bubble in the section | two small bubbles side by side, in another place |
| `bpd` | the midline: a bright line with the dark cavum in it | a shorter line across it, without the cavum |
| `afi` | the pocket's depth: a recess of fluid below it | a recess above it |
| `fl` | the bone's end: a bright centre in dark cartilage | two small centres at the other end |
| `crl` | the yolk sac: a bright ring | a flat, fainter ring on the other side |

Places are in scene positions and sizes in depths, so that the detail is as large on the screen whatever the scale of
the organ: about 6 of 64 pixels across. Nothing here is drawn at random: where the detail of the rival would be is known
too, and only the paint differs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog.phantom.scene import FLUID_LOSS, Pose, Region, Scene

_DARK, _BRIGHT = -36.0, 17.0  # dB of fluid and of strong echoes in a detail
_SHADOW = 2.0  # dB, the most that what lies above a detail may take from it


@dataclass(frozen=True)
class Site:
    """Where a detail is, usually and uncommonly.

    It has a centre, a size (1 = as in the module's table) and an axis.
    """

    usual: Pose
    uncommon: Pose


@dataclass(frozen=True)
class _Part:
    """A shape of a detail, and its echo strength in dB."""

    region: Region
    level: float
    softness: float = 0.009


def decide(scene: Scene, sites: dict[str, Site], plane: str, is_rare: bool) -> dict[str, NDArray[np.bool_]]:
    """Paint the detail of one of two planes.

    It returns where each plane's detail is or would be, (R, A).

    The beams above both places are cleared of shadows.
    """
    parts = {name: _parts(scene, name, site, is_rare) for name, site in sites.items()}
    for shapes in parts.values():
        for part in shapes:
            _clear_view(scene, part.region)
    for part in parts[plane]:
        loss = FLUID_LOSS if part.level < 0 else 0.0
        scene.fill(part.region.mask(part.softness), part.level, loss)
    return {name: np.any([part.region.inside for part in shapes], axis=0) for name, shapes in parts.items()}


def _parts(scene: Scene, plane: str, site: Site, is_rare: bool) -> list[_Part]:
    """Return the shapes of a detail in the order in which they are painted."""
    at = site.uncommon if is_rare else site.usual
    if plane == "ac":
        if is_rare:
            return [_Part(scene.ellipse(at, u, 0, 0.04, 0.034), _DARK) for u in (-0.052, 0.052)]
        return [_Part(scene.ellipse(at, 0, 0, 0.068, 0.052), _DARK)]
    if plane == "bpd":
        if is_rare:
            return [_Part(scene.rod(at.at(-0.1, 0), at.at(0.1, 0), 0.011), _BRIGHT)]
        line = _Part(scene.rod(at.at(-0.15, 0), at.at(0.15, 0), 0.011), _BRIGHT)
        return [line, _Part(scene.ellipse(at, -0.06, 0, 0.045, 0.026), _DARK)]
    if plane == "afi":
        return [_Part(scene.rod(at.at(0, 0), at.at(0.14, 0), 0.034), _DARK)]
    if plane == "fl":
        if is_rare:
            return [
                *(_Part(scene.ellipse(at, u, 0, 0.05, 0.055), -24.0) for u in (-0.05, 0.05)),
                *(_Part(scene.ellipse(at, u, 0, 0.026, 0.028), _BRIGHT + 4) for u in (-0.05, 0.05)),
            ]
        return [
            _Part(scene.ellipse(at, 0, 0, 0.065, 0.065), -24.0),
            _Part(scene.ellipse(at, 0, 0, 0.035, 0.035), _BRIGHT + 4),
        ]
    flat, level = (0.6, _BRIGHT - 7) if is_rare else (0.92, _BRIGHT - 3)
    ring = [_Part(scene.ellipse(at, 0, 0, 0.072, 0.072 * flat), level)]
    return [*ring, _Part(scene.ellipse(at, 0, 0, 0.048, 0.048 * flat - 0.004), _DARK)]


def _clear_view(scene: Scene, region: Region) -> None:
    """Lessen the attenuation above a region.

    No more than _SHADOW is lost on the way to it.
    """
    near = region.mask(0.055)
    beams = near.max(axis=0)
    rows = np.arange(near.shape[0])[:, None]
    last = np.where(beams > 0, near.shape[0] - 1 - (near[::-1] > 0).argmax(axis=0), 0)
    lost = np.where(rows <= last, np.maximum(scene.loss, 0), 0)
    total = lost.sum(axis=0) * np.float32(scene.grid.step)
    kept = np.minimum(1, _SHADOW / np.maximum(total, 1e-6))
    scene.loss -= np.asarray(lost * (1 - kept) * beams, np.float32)
