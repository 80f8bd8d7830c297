"""Paint clear views of the planes of an obstetric examination."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from catalog.phantom import anatomy
from catalog.phantom.anatomy import Organ
from catalog.phantom.choices import Choice
from catalog.phantom.scene import Pose, Scene


@dataclass
class View:
    """A painted view.

    Attributes:
        found: the outlines and measurable lines of each plane that is a label, in scene positions.
        measurable: the planes that calipers may be put on; in a mixture both, so that calipers do not tell the label.
        details: of a hard image, where the detail of each of its two planes is or would be, (R, A).
        depth_cm: centimetres per depth.
    """

    found: dict[str, Organ] = field(default_factory=dict)
    measurable: dict[str, Organ] = field(default_factory=dict)
    details: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    depth_cm: float = 12.0


def paint(scene: Scene, choice: Choice, weeks: float) -> View:
    """Paint the clear view of a choice at a gestational age in weeks.

    `3d` has no scene: see `volume.render`.
    """
    view = View()
    if choice.kind in ("ac", "bpd"):
        _section(scene, view, float(choice.kind == "ac"), weeks)
    elif choice.kind in ("afi", "ac/afi"):
        _fluid(scene, view, 0.0 if choice.kind == "afi" else choice.share, weeks)
    elif choice.kind in ("fl", "fl/afi"):
        _femur(scene, view, choice.share, weeks)
    else:
        _early(scene, view, weeks)
    view.found = {plane: organ for plane, organ in view.found.items() if plane in choice.labels}
    view.measurable = view.found
    return view


def age(weeks: float) -> float:
    """Scale an age in weeks: 0 at 16 weeks, 1 at 38."""
    return (weeks - 16) / 22


def _upright(scene: Scene) -> float:
    return scene.between(0, 2 * math.pi)


def surroundings(scene: Scene, pose: Pose, room: float) -> None:
    """Paint the uterus around a fetal part: a rim of fluid, placenta, perhaps a limb."""
    anatomy.mother(scene, scene.between(-7, -1))
    anatomy.pool(scene, Pose(pose.x, pose.y, pose.scale, scene.sway(0.3)), 1.1 + room, 1.0 + 0.7 * room, 0.08)
    if scene.chance(0.5):
        side = scene.side()
        turn = scene.between(0.9, 2.2) * side
        anatomy.placenta(scene, Pose(pose.x + side * 1.35 * pose.scale, pose.y + 0.1, pose.scale, turn))
    if scene.chance(0.4):
        around = _upright(scene)
        x, y = pose.x + 1.3 * pose.scale * math.cos(around), pose.y + 1.3 * pose.scale * math.sin(around)
        anatomy.limb(scene, (x, y), (x + scene.sway(0.1), y + scene.sway(0.05)), scene.between(0.03, 0.06))


def _section(scene: Scene, view: View, share: float, weeks: float) -> None:
    """Paint the abdomen (share 1) or the head (share 0)."""
    scale = scene.between(0.23, 0.31) + 0.06 * age(weeks)
    turn = _upright(scene)
    if share < 0.5:  # heads mostly lie across the beam
        turn = scene.sway(0.5) + (math.pi if scene.chance(0.5) else 0)
    pose = Pose(scene.sway(0.1), scene.between(0.44, 0.58), scale, turn)
    surroundings(scene, pose, scene.between(0.02, 0.5))
    organ = anatomy.trunk(scene, pose, share, 1 - share)
    view.depth_cm = (2.6 + 3.0 * age(weeks)) / scale
    across_only = scene.chance(0.65)  # the head's circumference takes both diameters, as the abdomen's does
    head = Organ(organ.inside, organ.measures[:1]) if across_only else organ
    view.found = {"ac": organ, "bpd": head}


def _fluid(scene: Scene, view: View, share: float, weeks: float) -> None:
    """Paint a pocket of fluid with cord and limbs, next to a part of the abdomen.

    The abdomen is as large and as visible as its share. Where both are there, sizes and places scatter less, so that
    the larger one can be told.
    """
    scatter = 0.35 if share else 1.0
    anatomy.mother(scene, scene.between(-6, 0))
    side = scene.side()
    reach = 1 - share
    scale = scene.between(0.17, 0.29) + 0.05 * age(weeks)
    size = 0.15 + 0.20 * reach + scatter * scene.between(-0.08, 0.09)
    centre = Pose(-side * 0.26 * share + scene.sway(0.06), scene.between(0.4, 0.56), size, scene.sway(0.5))
    flat = scene.between(0.62, 0.95)
    pocket = anatomy.pool(scene, centre, 1.15, flat, scene.between(0.12, 0.26))
    if scene.chance(0.5):
        away = Pose(centre.x + scene.sway(0.3), scene.between(0.65, 0.85), 0.1 + 0.1 * reach, scene.sway(0.4))
        anatomy.pool(scene, away, 1.2, 0.6, 0.25)
    fluid_contents(scene, centre)
    body = Pose(
        side * (0.06 + 0.46 * reach + scatter * scene.sway(0.16)), scene.between(0.46, 0.62), scale, _upright(scene)
    )
    if share > 0.03 or scene.chance(0.25):
        if share <= 0.03:
            body = Pose(side * scene.between(0.5, 0.6), body.y, scale, body.angle)
        rim = scene.ellipse(body, 0, 0, 1.08, 1.03)
        scene.fill(rim.mask(0.01), scene.fluid, -8.0)
        organ = anatomy.trunk(scene, body, min(1.0, 0.35 + share), 0.0, blur=1 - share)
        view.found["ac"] = organ
    drop = 0.85 * flat * size
    fluid = scene.wet(pocket)
    if "ac" in view.found:  # the stomach is fluid too
        fluid &= ~view.found["ac"].inside
    view.found["afi"] = Organ(fluid, (((centre.x, centre.y - drop), (centre.x, centre.y + drop)),))
    view.depth_cm = scene.between(11, 18)


def fluid_contents(scene: Scene, pocket: Pose) -> None:
    """Paint cord loops and limbs that float in a pocket."""
    if scene.chance(0.55):
        position = pocket.at(scene.sway(0.4), scene.between(0.0, 0.5))
        anatomy.cord(scene, Pose(*position, 0.35 * pocket.scale, _upright(scene)))
    for _ in range(int(scene.rng.integers(0, 3))):
        start = pocket.at(scene.sway(1.0), scene.between(0.3, 0.9))
        turn, length = _upright(scene), scene.between(0.0, 0.8) * pocket.scale
        end = (start[0] + length * math.cos(turn), start[1] + length * math.sin(turn))
        anatomy.limb(scene, start, end, scene.between(0.14, 0.24) * pocket.scale, scene.between(8, 16))


def _femur(scene: Scene, view: View, share: float, weeks: float) -> None:
    """Paint a femur along its length; a share below 1 adds a pocket of fluid next to the thigh."""
    half = scene.between(0.2, 0.28) + 0.06 * age(weeks)
    pose = Pose(scene.sway(0.1), scene.between(0.34, 0.56), half, scene.sway(0.55))
    anatomy.mother(scene, scene.between(-6, 0))
    if share < 1:
        size = 0.16 + 0.2 * (1 - share)
        centre = Pose(pose.x + scene.sway(0.1), min(0.8, pose.y + 0.1 + size * 0.7), size, scene.sway(0.3))
        pocket = anatomy.pool(scene, centre, 1.5, 0.8, 0.2)
        half *= 0.5 + 0.5 * share
        pose = Pose(pose.x, pose.y, half, pose.angle)
    elif scene.chance(0.7):
        around = Pose(pose.x, pose.y, half, scene.sway(0.4))
        anatomy.pool(scene, around, scene.between(1.1, 1.7), scene.between(0.5, 1.0))
    if scene.chance(0.4):
        x, y = pose.at(scene.sway(1), scene.between(0.7, 1.1))
        anatomy.limb(scene, (x, y), (x + scene.sway(0.15), y + 0.05), scene.between(0.05, 0.08), 10.0)
    organ = anatomy.thigh(scene, pose, 0.009 + 0.009 * max(0.0, age(weeks)) + scene.between(0, 0.004))
    view.found["fl"] = organ
    if share < 1:
        line = ((centre.x, centre.y - 0.7 * size), (centre.x, centre.y + 0.7 * size))
        view.found["afi"] = Organ(scene.wet(pocket), (line,))
    view.depth_cm = (1.2 + 2.6 * age(weeks) + 0.6) / half


def _early(scene: Scene, view: View, weeks: float) -> None:
    """Paint a whole embryo in its sac."""
    half = scene.between(0.17, 0.27) + 0.012 * (weeks - 8)
    turn = scene.sway(0.6) + (math.pi if scene.chance(0.5) else 0)
    pose = Pose(scene.sway(0.06), scene.between(0.42, 0.56), half, turn)
    anatomy.mother(scene, scene.sway(3))
    sac = Pose(pose.x, pose.y, half, scene.sway(0.4))
    decidua = scene.ellipse(sac, 0, 0, 1.75, 1.35, wobble=0.1)
    scene.tint(decidua.mask(0.05), scene.between(1, 5))
    anatomy.pool(scene, sac, scene.between(1.2, 1.5), scene.between(0.8, 1.15), 0.1)
    if scene.chance(0.5):
        anatomy.yolk_sac(scene, Pose(*pose.at(scene.between(-0.4, 0.8), 0.72 * scene.side()), 0.13 * half, 0.0))
    view.found["crl"], _, _ = anatomy.embryo(scene, pose)
    view.depth_cm = (0.8 + 0.5 * (weeks - 8)) / half
