"""Paint fetal anatomy: trunk and head sections, thigh, embryo, fluid and maternal tissue.

Each painter adds to a scene and returns what can be measured or outlined in it. Strengths are in dB relative to soft
tissue.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog.phantom.scene import BONE_LOSS, BRAIN, FLUID_LOSS, Pose, Region, Scene

Point = tuple[float, float]


@dataclass(frozen=True)
class Organ:
    """An organ in the scene: where it is, (R, A), and the end points of its measurements."""

    inside: NDArray[np.bool_]
    measures: tuple[tuple[Point, Point], ...]


def mother(scene: Scene, content: float) -> None:
    """Paint the abdominal wall in layers, then the uterus with tissue of `content` dB."""
    grid, rng = scene.grid, scene.rng
    wall = scene.between(0.05, 0.15) + 0.02 * scene.noise(1, 6)
    scene.echo += content + 3.4 * scene.noise(7, 5) + 2.4 * scene.noise(22, 9) + 2.4 * scene.noise(50, 7)
    _strands(scene, scene.between(-2, 8))
    _far_wall(scene)
    layers = np.clip((wall - grid.y) * 30, 0, 1)
    scene.fill(layers, 4.0 + 7.0 * scene.noise(int(rng.integers(26, 44)), 3) + 2.0 * scene.noise(40, 9))
    line = np.exp(-np.square((grid.y - wall) / 0.007)) * (0.6 + 0.4 * np.abs(scene.noise(1, 9)))
    scene.specular = np.maximum(scene.specular, 2.0 * line)
    if scene.chance(0.35):  # a rib, gas or poor contact at one side of the probe
        centre, width = scene.side() * scene.between(0.7, 1.05), scene.between(0.08, 0.3)
        beams = np.linspace(-1, 1, grid.shape[1], dtype=np.float32)[None, :]
        scene.loss += scene.between(10, 40) * np.exp(-np.square((beams - centre) / width))


def _strands(scene: Scene, strength: float) -> None:
    """Paint short fibres and fascias across the beams: smooth, so brighter than the speckle."""
    ridge = scene.noise(60, 8) + 0.6 * scene.noise(60, 16)
    scene.specular += np.float32(10 ** (strength / 20)) * np.clip(ridge - np.float32(1.1), 0, 1.2)


def _far_wall(scene: Scene) -> None:
    """Paint the back of the uterus, the layers beyond it, and a few fascias."""
    y = scene.grid.y
    back = scene.between(0.76, 1.05) + 0.03 * scene.noise(1, 5)
    behind = np.clip((y - back) * 40, 0, 1)
    scene.tint(behind, scene.between(-9, 3))
    scene.echo += behind * 3.0 * scene.noise(36, 4)
    for _ in range(int(scene.rng.integers(1, 5))):
        depth = scene.between(0.15, 1.0) + 0.05 * scene.noise(1, 4) + scene.sway(0.3) * scene.grid.x
        scene.tint(np.exp(-np.square((y - depth) / scene.between(0.006, 0.014))), scene.between(3, 10))
    line = np.exp(-np.square((y - back) / 0.006)) * np.abs(scene.noise(1, 8))
    scene.specular = np.maximum(scene.specular, scene.between(0.5, 2.5) * line)


def placenta(scene: Scene, pose: Pose) -> None:
    """Paint the placenta: even, fairly bright tissue on one wall."""
    cake = scene.ellipse(pose, 0, 0, 1.0, 0.34, wobble=0.08)
    scene.fill(cake.mask(0.012), 2.0 + 1.5 * scene.noise(30, 20))


def pool(scene: Scene, pose: Pose, a: float, b: float, wobble: float = 0.2) -> Region:
    """Paint a pocket of fluid with an uneven wall.

    It is anechoic except for faint specks and clutter under its near wall.
    """
    pocket = scene.ellipse(pose, 0, 0, a, b, wobble=wobble, waves=5)
    clutter = 12 * np.clip(1 + pocket.distance * np.float32(14), 0, 1) * (scene.grid.y < pose.y)
    scene.fill(pocket.mask(0.01), scene.fluid + 3 * scene.noise(14, 10) + clutter, FLUID_LOSS)
    scene.wall(pocket, 0.004, scene.between(-4, 9), side=0.01)
    return pocket


def bone(scene: Scene, pose: Pose, u: float, v: float, radius: float, strength: float, shadow: float = 1.0) -> None:
    """Paint a small bone in cross-section, with its shadow."""
    dot = scene.ellipse(pose, u, v, radius, radius * 0.75)
    mask = dot.mask(0.006)
    scene.fill(mask, strength, clears=0.0)
    scene.shade(mask, BONE_LOSS * shadow)


def trunk(scene: Scene, pose: Pose, abdomen: float, head: float, blur: float = 0.0, *, is_bare: bool = False) -> Organ:
    """Paint a section through the fetus between abdomen and head.

    The organs of each are as visible as its share (0 to 1). One unit of the pose is half the section's longest
    diameter; u runs from its front to its back. `is_bare` leaves out what decides between the two: stomach and vein,
    midline and cavum.
    """
    share = abdomen / (abdomen + head + 1e-6)
    aspect = 0.79 + 0.14 * share + scene.sway(0.07)
    body = scene.ellipse(pose, 0, 0, 1.0, aspect, wobble=0.02 + 0.04 * share)
    inside = body.mask(0.01)
    brain = BRAIN + scene.sway(3)
    level = brain + (scene.between(-7.0, -1.0) - brain) * share
    texture = 1.6 * scene.noise(34, 22) + (1.2 + share) * scene.noise(12, 9) + 1.5 * scene.noise(4, 4)
    scene.fill(inside, level + texture)
    fade = 1 - blur * scene.between(0.2, 0.7)
    _abdominal_organs(scene, pose, aspect, _jitter(scene, abdomen, fade), is_bare)
    _brain(scene, pose, aspect, _jitter(scene, head, fade), is_bare)
    skin = scene.between(4, 13)
    skull = _jitter(scene, head, 1.0)
    bright = skin + (27 - skin) * skull
    scene.wall(body, 0.004 + 0.003 * skull, bright, side=0.02 + 0.03 * skull, loss=230 * skull, far=0.7)
    scene.tint(body.shell(0.008 + 0.003 * skull, -0.004), 1 + 9 * skull)
    scene.refract(body, scene.between(20, 130))
    short, long = (pose.at(0, -aspect), pose.at(0, aspect)), (pose.at(-1, 0), pose.at(1, 0))
    return Organ(body.inside, (short, long))


def _jitter(scene: Scene, weight: float, fade: float) -> float:
    """Draw how visible one organ is: around its weight, scattered most where that is 0.5."""
    spread = 0.9 * min(1.0, 4 * weight * (1 - weight))
    return float(np.clip(weight + spread * scene.rng.normal() * 0.5, 0, 1)) * fade


def _abdominal_organs(scene: Scene, pose: Pose, aspect: float, weight: float, is_bare: bool) -> None:
    if weight < 0.04:
        return
    flip = scene.side()
    if not is_bare:
        _stomach_and_vein(scene, pose, flip, weight)
    for _ in range(int(scene.rng.integers(1, 4))):
        vessel = scene.ellipse(pose, scene.between(-0.4, 0.5), -flip * scene.between(0.1, 0.6), 0.05, 0.035)
        scene.fill(vessel.mask(0.01) * weight, -18.0)
    spine = scene.between(0.72, 0.8)
    visibility = _jitter(scene, weight, 1.0)
    scene.tint(scene.ellipse(pose, spine, 0, 0.17, 0.2).mask(0.03), 6 * visibility)
    for u, v in ((spine - 0.1, 0.0), (spine + 0.06, 0.1), (spine + 0.06, -0.1)):
        bone(scene, pose, u, v, 0.06, 4 + 14 * visibility, visibility)
    aorta = scene.ellipse(pose, spine - 0.22, -0.08 * flip, 0.05, 0.05)
    scene.fill(aorta.mask(0.01) * weight, -26.0)
    for side in (-1.0, 1.0):
        if scene.chance(0.6):
            around = side * scene.between(0.5, 1.3)
            start = pose.at(0.93 * math.cos(around), 0.93 * aspect * math.sin(around))
            end = pose.at(0.93 * math.cos(around + 0.25), 0.93 * aspect * math.sin(around + 0.25))
            rib = scene.rod(start, end, 0.016 * pose.scale).mask(0.008)
            scene.fill(rib, 4 + 11 * weight)
            scene.shade(rib, 260 * weight)


def _stomach_and_vein(scene: Scene, pose: Pose, flip: float, weight: float) -> None:
    centre = scene.between(0.0, 0.3), flip * scene.between(0.3, 0.45)
    stomach = scene.ellipse(
        pose, *centre, scene.between(0.16, 0.3), scene.between(0.1, 0.18), scene.sway(0.5), wobble=0.1
    )
    scene.fill(stomach.mask(0.012) * _jitter(scene, weight, 1.0), scene.fluid, FLUID_LOSS)
    bend = scene.between(0.1, 0.25) * -flip
    vein = scene.rod(pose.at(-0.72, 0.02), pose.at(0.02, -0.12 * flip), 0.045 * pose.scale, bend)
    scene.fill(vein.mask(0.01) * _jitter(scene, weight, 1.0), -25.0)


def _brain(scene: Scene, pose: Pose, aspect: float, weight: float, is_bare: bool) -> None:
    if weight < 0.04:
        return
    flip = scene.side()
    for v in (-0.17, 0.17):
        thalamus = scene.ellipse(pose, 0.12 * flip, v, 0.22, 0.14, math.copysign(0.35, v * flip))
        scene.fill(thalamus.mask(0.015) * _jitter(scene, weight, 1.0), -24.0)
    ventricle = scene.rod(pose.at(0.25 * flip, 0.42), pose.at(0.7 * flip, 0.32), 0.06 * pose.scale, 0.08)
    scene.fill(ventricle.mask(0.012) * weight, -27.0)
    plexus = scene.ellipse(pose, 0.52 * flip, 0.37, 0.15, 0.05, -0.2 * flip)
    scene.fill(plexus.mask(0.012) * _jitter(scene, weight, 1.0), 2.0)
    if not is_bare:
        _midline(scene, pose, flip, weight)
    for v in (-0.62, 0.62):  # the insula and convolutions near the skull
        fold = scene.rod(pose.at(-0.3, v * aspect), pose.at(0.3, v * aspect), 0.001, math.copysign(0.12, v))
        scene.tint(fold.shell(0.01), 9 * weight * scene.between(0.3, 1))


def _midline(scene: Scene, pose: Pose, flip: float, weight: float) -> None:
    visibility = _jitter(scene, weight, 1.0)
    cavum = scene.between(-0.5, -0.42) * flip
    for start, end in ((-0.93 * flip, cavum - 0.1 * flip), (cavum + 0.1 * flip, 0.9 * flip)):
        falx = scene.rod(pose.at(start, 0), pose.at(end, 0), 0.001, scene.sway(0.02))
        scene.tint(falx.shell(0.005) * np.clip(0.6 + 0.5 * scene.noise(14, 20), 0.1, 1.3), 11 * visibility)
        scene.wall(falx, 0.003, 13 * visibility, side=0.05)
    box = scene.ellipse(pose, cavum, 0, 0.11, 0.055)
    scene.fill(box.mask(0.008) * visibility, -32.0)
    scene.wall(box, 0.003, 2 + 8 * visibility, side=0.1)


def limb(scene: Scene, start: Point, end: Point, radius: float, strength: float = 14.0) -> Region:
    """Paint an arm or leg: soft tissue around a bone with its shadow."""
    flesh = scene.rod(start, end, radius, scene.sway(0.1))
    scene.fill(flesh.mask(0.01), -4.0 + 1.5 * scene.noise(20, 14))
    scene.wall(flesh, 0.004, 4.0, side=0.02)
    shaft = scene.rod(start, end, radius * 0.2)
    core = shaft.mask(0.008)
    scene.fill(core, strength - 5)
    scene.wall(shaft, 0.004, strength + 3, side=0.1, far=0.2)
    scene.shade(core, BONE_LOSS * 0.5)
    return flesh


def cord(scene: Scene, pose: Pose) -> None:
    """Paint a loop of umbilical cord cut several times: pairs of small rings."""
    for step in range(int(scene.rng.integers(2, 6))):
        u, v = 0.32 * step - 0.5, 0.22 * math.sin(1.7 * step + pose.angle)
        ring = scene.ellipse(pose, u, v, 0.2, 0.17)
        scene.fill(ring.mask(0.008), -9.0)
        scene.wall(ring, 0.004, 6.0, side=0.08)
        scene.fill(scene.ellipse(pose, u - 0.03, v, 0.08, 0.07).mask(0.008), -30.0)


def thigh(scene: Scene, pose: Pose, bone_width: float) -> Organ:
    """Paint a femur along its length in the thigh, with its shadow.

    One unit of the pose is half of the femur's length.
    """
    bend = scene.between(-0.07, 0.03)
    thick = scene.between(0.38, 0.6)
    flesh = scene.ellipse(pose, scene.sway(0.1), 0.05, scene.between(1.3, 1.7), thick, wobble=0.12)
    scene.fill(flesh.mask(0.015), -6.0 + 2.5 * scene.noise(36, 8) + 1.5 * scene.noise(16, 16))
    scene.wall(flesh, 0.004, scene.between(-6, 7), side=0.02)
    for v in (-0.55, 0.5):  # fascias between the muscles
        fascia = scene.rod(pose.at(-1.1, v * thick), pose.at(1.1, v * thick), 0.001, bend + scene.sway(0.05))
        scene.tint(fascia.shell(0.006) * np.clip(0.3 + scene.noise(12, 14), 0, 1), scene.between(3, 9))
    ends = (pose.at(-1, 0), pose.at(1, 0))
    shaft = scene.rod(*ends, bone_width, bend)
    mask = shaft.mask(0.008)
    scene.fill(mask, scene.between(7, 13) + 2.5 * scene.noise(3, 14))
    scene.wall(shaft, 0.005, scene.between(22, 28), side=0.12, far=0.15)
    for u in (-0.97, 0.97):  # the metaphyses are a little wider
        scene.fill(scene.ellipse(pose, u, 0, 0.07, 1.7 * bone_width / pose.scale).mask(0.01), 12.0, clears=0.0)
    scene.shade(mask, BONE_LOSS * scene.between(0.55, 1.1))
    return Organ(shaft.inside, (ends,))


def embryo(scene: Scene, pose: Pose, head_like: float = 0.0, *, is_bare: bool = False) -> tuple[Organ, Organ, Pose]:
    """Paint a curled embryo, and return it, its head, and the head's pose.

    One unit of the pose is half of crown to rump; the head is at negative u. `is_bare` is that of `trunk`.
    """
    flip = scene.side()
    body = scene.ellipse(pose, 0.36, 0.05 * flip, 0.62, 0.36, 0.18 * flip, wobble=0.06)
    scene.fill(body.mask(0.012), -2.0 + 2.0 * scene.noise(30, 24))
    scene.wall(body, 0.004, scene.between(4, 10), side=0.03)
    inside = body.inside
    for u, length in ((0.1, 0.36), (0.7, 0.42)):
        bud = scene.rod(pose.at(u, 0.25 * flip), pose.at(u - 0.12, (0.25 + length) * flip), 0.085 * pose.scale, 0.15)
        scene.fill(bud.mask(0.01), -1.0)
        scene.wall(bud, 0.004, 5.0, side=0.04)
        inside |= bud.inside
    spine = scene.rod(pose.at(-0.1, -0.22 * flip), pose.at(0.85, -0.18 * flip), 0.012, -0.08 * flip)
    scene.tint(spine.mask(0.015), scene.between(8, 13))
    heart = scene.ellipse(pose, 0.08, 0.08 * flip, 0.08, 0.07)
    scene.fill(heart.mask(0.01), -24.0)
    head_pose = Pose(*pose.at(-0.56, 0.06 * flip), pose.scale * scene.between(0.42, 0.5), pose.angle + 0.5 * flip)
    head = trunk(scene, head_pose, 0.0, 0.12 + 0.75 * head_like, is_bare=is_bare)
    whole = Organ(inside | head.inside, ((pose.at(-1.0, 0.03 * flip), pose.at(0.97, 0.1 * flip)),))
    return whole, Organ(head.inside, head.measures[:1]), head_pose


def yolk_sac(scene: Scene, pose: Pose) -> None:
    """Paint the yolk sac: a thin bright ring filled with fluid."""
    ring = scene.ellipse(pose, 0, 0, 1.0, 0.92)
    scene.fill(ring.mask(0.008), scene.fluid, FLUID_LOSS)
    scene.tint(ring.shell(0.006), 24.0)
    scene.wall(ring, 0.004, 8.0, side=0.4)
