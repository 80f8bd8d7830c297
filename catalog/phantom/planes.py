"""Paint the planes of an obstetric examination, clear ones and mixtures of two."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from catalog.phantom import anatomy
from catalog.phantom.anatomy import Organ
from catalog.phantom.scene import Pose, Scene

CLASSES = ("ac", "bpd", "fl", "afi", "crl", "3d")
# kind of view: (share of all images, planes it shows)
KINDS: dict[str, tuple[float, tuple[str, ...]]] = {
    "ac": (0.06, ("ac",)),
    "bpd": (0.10, ("bpd",)),
    "fl": (0.11, ("fl",)),
    "afi": (0.06, ("afi",)),
    "crl": (0.10, ("crl",)),
    "3d": (0.08, ("3d",)),
    "ac/afi": (0.23, ("ac", "afi")),
    "ac/bpd": (0.18, ("ac", "bpd")),
    "bpd/crl": (0.04, ("bpd", "crl")),
    "fl/afi": (0.04, ("fl", "afi")),
}
VISIBLE = 0.32  # least share of a plane that counts as in the image
DECISIVE = 4.5  # slope of the annotator's choice between two planes


@dataclass
class View:
    """A painted view.

    Attributes:
        found: each plane's outlines and measurable lines, in scene positions.
        depth_cm: centimetres per depth.
    """

    found: dict[str, Organ] = field(default_factory=dict)
    depth_cm: float = 12.0


@dataclass(frozen=True)
class Choice:
    """The view to paint and its labels; `share` is the first plane's part of the mix."""

    kind: str
    share: float
    label: str
    labels: tuple[str, ...]
    ambiguity: float

    @property
    def planes(self) -> tuple[str, ...]:
        """Return the planes that this kind of view mixes: one or two."""
        return KINDS[self.kind][1]


def choose(rng: np.random.Generator) -> Choice:
    """Draw a kind of view, its mix, and the annotator's label.

    Near an even mix the label is close to a coin toss.
    """
    kind = str(rng.choice(list(KINDS), p=[share for share, _ in KINDS.values()]))
    planes = KINDS[kind][1]
    if len(planes) == 1:
        return Choice(kind, 1.0, planes[0], planes, 0.0)
    share = float(rng.uniform(0.04, 0.96))
    visible = tuple(plane for plane, part in zip(planes, (share, 1 - share), strict=True) if part >= VISIBLE)
    first = rng.random() < 1 / (1 + math.exp(-DECISIVE * (share - 0.5)))
    label = (planes[0] if first else planes[1]) if len(visible) == 2 else visible[0]
    labels = tuple(plane for plane in CLASSES if plane in visible)
    return Choice(kind, share, label, labels, 1 - abs(2 * share - 1))


def paint(scene: Scene, choice: Choice, weeks: float) -> View:
    """Paint the view of a choice at a gestational age in weeks.

    `3d` has no scene: see `volume.render`.
    """
    view = View()
    mixed, share = len(choice.planes) == 2, choice.share
    if choice.kind in ("ac", "bpd", "ac/bpd"):
        _section(scene, view, 0.0 if choice.kind == "bpd" else share, weeks)
    elif choice.kind in ("afi", "ac/afi"):
        _fluid(scene, view, share if mixed else 0.0, weeks)
    elif choice.kind in ("fl", "fl/afi"):
        _femur(scene, view, share, weeks)
    else:
        _early(scene, view, share if mixed else 0.0, weeks)
    view.found = {plane: organ for plane, organ in view.found.items() if plane in choice.labels}
    return view


def _age(weeks: float) -> float:
    """Scale an age in weeks: 0 at 16 weeks, 1 at 38."""
    return (weeks - 16) / 22


def _upright(scene: Scene) -> float:
    return scene.between(0, 2 * math.pi)


def _surroundings(scene: Scene, pose: Pose, room: float) -> None:
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
    """Paint the abdomen (share 1), the head (share 0), or an oblique cut with some of both."""
    scale = scene.between(0.23, 0.31) + 0.06 * _age(weeks)
    turn = _upright(scene)
    if share < 0.5:  # heads mostly lie across the beam
        turn = scene.sway(0.5) + (math.pi if scene.chance(0.5) else 0)
    if 0.2 < share < 0.8:
        turn = scene.sway(0.9) + (math.pi if scene.chance(0.5) else 0)
    pose = Pose(scene.sway(0.1), scene.between(0.44, 0.58), scale, turn)
    _surroundings(scene, pose, scene.between(0.02, 0.5))
    organ = anatomy.trunk(scene, pose, share, 1 - share, blur=1 - abs(2 * share - 1))
    view.depth_cm = (2.6 + 3.0 * _age(weeks)) / scale
    across_only = scene.chance(0.65)  # the head's circumference takes both diameters, as the abdomen's does
    head = Organ(organ.inside, organ.measures[:1]) if across_only else organ
    view.found = {"ac": organ, "bpd": head}


def _fluid(scene: Scene, view: View, share: float, weeks: float) -> None:
    """Paint a pocket of fluid with cord and limbs, next to a part of the abdomen.

    The abdomen is as visible as its share.
    """
    anatomy.mother(scene, scene.between(-6, 0))
    side = scene.side()
    reach = 1 - share
    scale = scene.between(0.17, 0.29) + 0.05 * _age(weeks)
    size = 0.15 + 0.20 * reach + scene.between(-0.08, 0.09)
    centre = Pose(-side * 0.26 * share + scene.sway(0.06), scene.between(0.4, 0.56), size, scene.sway(0.5))
    flat = scene.between(0.62, 0.95)
    pocket = anatomy.pool(scene, centre, 1.15, flat, scene.between(0.12, 0.26))
    if scene.chance(0.5):
        away = Pose(centre.x + scene.sway(0.3), scene.between(0.65, 0.85), 0.1 + 0.1 * reach, scene.sway(0.4))
        anatomy.pool(scene, away, 1.2, 0.6, 0.25)
    _fluid_contents(scene, centre)
    body = Pose(side * (0.06 + 0.46 * reach + scene.sway(0.16)), scene.between(0.46, 0.62), scale, _upright(scene))
    if share > 0.03 or scene.chance(0.35):
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


def _fluid_contents(scene: Scene, pocket: Pose) -> None:
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
    half = scene.between(0.2, 0.28) + 0.06 * _age(weeks)
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
    organ = anatomy.thigh(scene, pose, 0.009 + 0.009 * max(0.0, _age(weeks)) + scene.between(0, 0.004))
    view.found["fl"] = organ
    if share < 1:
        line = ((centre.x, centre.y - 0.7 * size), (centre.x, centre.y + 0.7 * size))
        view.found["afi"] = Organ(scene.wet(pocket), (line,))
    view.depth_cm = (1.2 + 2.6 * _age(weeks) + 0.6) / half


def _early(scene: Scene, view: View, share: float, weeks: float) -> None:
    """Paint a whole embryo in its sac (share 0).

    As the share grows the head fills the view and the body leaves it.
    """
    half = (scene.between(0.17, 0.27) + 0.012 * (weeks - 8)) * (1 + 1.3 * share)
    turn = scene.sway(0.6) + (math.pi if scene.chance(0.5) else 0)
    ahead = 0.75 * share * half
    pose = Pose(
        scene.sway(0.06) + ahead * math.cos(turn), scene.between(0.42, 0.56) + ahead * math.sin(turn), half, turn
    )
    anatomy.mother(scene, scene.sway(3))
    sac = Pose(pose.x, pose.y, half, scene.sway(0.4))
    decidua = scene.ellipse(sac, 0, 0, 1.75, 1.35, wobble=0.1)
    scene.tint(decidua.mask(0.05), scene.between(1, 5))
    anatomy.pool(scene, sac, scene.between(1.2, 1.5), scene.between(0.8, 1.15), 0.1)
    if scene.chance(0.5) and share < 0.5:
        anatomy.yolk_sac(scene, Pose(*pose.at(scene.between(-0.4, 0.8), 0.72 * scene.side()), 0.13 * half, 0.0))
    view.found["crl"], view.found["bpd"] = anatomy.embryo(scene, pose, share)
    view.depth_cm = (0.8 + 0.5 * (weeks - 8)) / half
