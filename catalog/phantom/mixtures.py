"""Paint views between two planes; one small detail alone tells which plane it is.

All draws are the same whichever plane it is, so the two versions of a view differ in the detail alone.
"""

from __future__ import annotations

import math

from catalog.phantom import anatomy
from catalog.phantom.anatomy import Organ
from catalog.phantom.choices import Choice
from catalog.phantom.details import Site, decide
from catalog.phantom.planes import View, age, fluid_contents, surroundings
from catalog.phantom.scene import Pose, Scene

DOWN, UP = math.pi / 2, -math.pi / 2


def paint(scene: Scene, choice: Choice, weeks: float) -> View:
    """Paint a hard image or a toss at a gestational age in weeks."""
    view = View()
    painter = {"ac/bpd": _section, "ac/afi": _fluid, "fl/afi": _femur, "bpd/crl": _early}[choice.kind]
    sites = painter(scene, view, choice.share, weeks)
    view.measurable = dict(view.found)
    if choice.difficulty == "hard":
        view.details = decide(scene, sites, choice.label, choice.is_rare)
        found = view.found[choice.label]
        view.found = {choice.label: Organ(found.inside | view.details[choice.label], found.measures)}
    return view


def _section(scene: Scene, view: View, share: float, weeks: float) -> dict[str, Site]:
    """Paint an oblique section between abdomen and head."""
    scale = scene.between(0.27, 0.32) + 0.04 * age(weeks)
    turn = scene.sway(0.9) + (math.pi if scene.chance(0.5) else 0)
    pose = Pose(scene.sway(0.05), scene.between(0.45, 0.54), scale, turn)
    surroundings(scene, pose, scene.between(0.02, 0.5))
    organ = anatomy.trunk(scene, pose, share, 1 - share, blur=1 - abs(2 * share - 1), is_bare=True)
    view.depth_cm = (2.6 + 3.0 * age(weeks)) / scale
    across_only = scene.chance(0.65)
    head = Organ(organ.inside, organ.measures[:1]) if across_only else organ
    view.found = {"ac": organ, "bpd": head}
    side, along = scene.side(), scene.side()
    return {
        "ac": Site(_at(pose, 0.15 * along, 0.4 * side, 0), _at(pose, -0.42 * along, -0.3 * side, DOWN)),
        "bpd": Site(_at(pose, -0.1 * along, 0, 0), _at(pose, 0.25 * along, 0, DOWN)),
    }


def _fluid(scene: Scene, view: View, share: float, weeks: float) -> dict[str, Site]:
    """Paint a pocket of fluid beside the abdomen, of about the same size."""
    anatomy.mother(scene, scene.between(-6, 0))
    side = scene.side()
    size = 0.24 - 0.1 * (share - 0.5) + scene.sway(0.02)
    centre = Pose(-side * 0.2 + scene.sway(0.03), scene.between(0.42, 0.5), size, scene.sway(0.2))
    flat = scene.between(0.7, 0.9)
    pocket = anatomy.pool(scene, centre, 1.0, flat, scene.between(0.06, 0.1))
    fluid_contents(scene, centre)
    scale = scene.between(0.22, 0.27) + 0.1 * (share - 0.5)
    body = Pose(side * (0.24 + scene.sway(0.03)), scene.between(0.46, 0.58), scale, scene.between(0, 2 * math.pi))
    rim = scene.ellipse(body, 0, 0, 1.08, 1.03)
    scene.fill(rim.mask(0.01), scene.fluid, -8.0)
    organ = anatomy.trunk(scene, body, 0.8, 0.0, blur=0.4, is_bare=True)
    fluid = scene.wet(pocket) & ~organ.inside
    drop = 0.85 * flat * size
    line = ((centre.x, centre.y - drop), (centre.x, centre.y + drop))
    view.found = {"ac": organ, "afi": Organ(fluid, (line,))}
    view.depth_cm = scene.between(11, 18)
    along = scene.side()
    return {
        "ac": Site(_at(body, 0.1, 0.35 * along, 0), _at(body, -0.3, -0.35 * along, DOWN)),
        "afi": _recess(centre, flat * size),
    }


def _femur(scene: Scene, view: View, share: float, weeks: float) -> dict[str, Site]:
    """Paint a femur above a pocket of fluid."""
    side = scene.side()
    half = scene.between(0.17, 0.2)
    pose = Pose(-side * scene.between(0.08, 0.12), scene.between(0.3, 0.36), half, side * scene.between(0.0, 0.4))
    anatomy.mother(scene, scene.between(-6, 0))
    size = 0.2 - 0.1 * (share - 0.5) + scene.sway(0.01)
    centre = Pose(side * scene.between(0.16, 0.22), scene.between(0.55, 0.6), size, scene.sway(0.2))
    pocket = anatomy.pool(scene, centre, 1.3, 0.72, scene.between(0.06, 0.1))
    organ = anatomy.thigh(scene, pose, 0.009 + 0.009 * max(0.0, age(weeks)) + scene.between(0, 0.004))
    line = ((centre.x, centre.y - 0.62 * size), (centre.x, centre.y + 0.62 * size))
    view.found = {"fl": organ, "afi": Organ(scene.wet(pocket), (line,))}
    view.depth_cm = (1.2 + 2.6 * age(weeks) + 0.6) / half
    beyond = 1 + 0.085 / half
    return {
        "fl": Site(_at(pose, beyond * side, 0, 0), _at(pose, -beyond * side, 0, DOWN)),
        "afi": _recess(centre, 0.72 * size),
    }


def _early(scene: Scene, view: View, share: float, weeks: float) -> dict[str, Site]:
    """Paint an embryo whose head is large and whose body is partly out of the view."""
    half = scene.between(0.3, 0.36) + 0.2 * (share - 0.5)
    turn = scene.sway(0.5) + (math.pi if scene.chance(0.5) else 0)
    ahead = 0.36 * half
    pose = Pose(
        scene.sway(0.04) + ahead * math.cos(turn), scene.between(0.44, 0.52) + ahead * math.sin(turn), half, turn
    )
    anatomy.mother(scene, scene.sway(3))
    sac = Pose(pose.x, pose.y, half, scene.sway(0.4))
    decidua = scene.ellipse(sac, 0, 0, 1.75, 1.35, wobble=0.1)
    scene.tint(decidua.mask(0.05), scene.between(1, 5))
    anatomy.pool(scene, sac, scene.between(1.3, 1.5), scene.between(1.0, 1.15), 0.1)
    whole, head, at = anatomy.embryo(scene, pose, 0.5, is_bare=True)
    view.found = {"crl": whole, "bpd": head}
    view.depth_cm = (0.8 + 0.5 * (weeks - 8)) / half
    side = scene.side()
    return {
        "bpd": Site(_at(at, 0.05, 0, 0), _at(at, 0.15, 0, DOWN)),
        "crl": Site(_at(pose, -0.05, 0.66 * side, 0), _at(pose, 0.15, -0.7 * side, 0)),
    }


def _recess(pocket: Pose, drop: float) -> Site:
    """Return where a pocket is deepened: its lower border, uncommonly its upper one."""
    below, above = pocket.y + 0.85 * drop, pocket.y - 0.85 * drop
    return Site(Pose(pocket.x, below, 1.0, DOWN), Pose(pocket.x, above, 1.0, UP))


def _at(pose: Pose, u: float, v: float, turn: float) -> Pose:
    """Return a pose of scale 1 at a point of an organ's frame, turned against the organ's axis."""
    return Pose(*pose.at(u, v), 1.0, pose.angle + turn)
