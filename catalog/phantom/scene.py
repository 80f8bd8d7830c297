"""Paint anatomy on a probe's polar grid: soft regions, specular walls, bone and fluid."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from catalog.phantom.probe import Floats, Grid

BRAIN = -11.0
SOFT = 0.0
BONE_LOSS = 700.0
FLUID_LOSS = -11.0


@dataclass(frozen=True)
class Region:
    """A shape on the grid: signed distance to its border, (R, A), inside below 0.

    The border's normal is (`along`, `across`), (R, A), divided by its length `slope`, in a frame rotated by `axis`, a
    cosine and a sine.
    """

    distance: Floats
    along: Floats
    across: Floats
    slope: Floats
    axis: tuple[float, float]

    def facing(self, grid: Grid) -> Floats:
        """Compute the cosine between beam and border normal, (R, A).

        -1 on the near side, 0 grazing, 1 on the far side.
        """
        c, s = (np.float32(part) for part in self.axis)
        beam_along, beam_across = c * grid.beam_x + s * grid.beam_y, c * grid.beam_y - s * grid.beam_x
        return np.asarray((self.along * beam_along + self.across * beam_across) / self.slope)

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Return where the shape is, (R, A)."""
        return np.asarray(self.distance < 0)

    def mask(self, softness: float = 0.008) -> Floats:
        """Return 1 inside, 0 outside, with a linear ramp of `softness` on either side of the border."""
        return np.asarray(np.clip(np.float32(0.5) - self.distance * np.float32(0.5 / softness), 0, 1), np.float32)

    def shell(self, width: float, offset: float = 0.0) -> Floats:
        """Return 1 on the border (moved out by `offset`), with a Gaussian falloff of this width."""
        return np.asarray(np.exp(-np.square((self.distance - np.float32(offset)) / np.float32(width))), np.float32)


@dataclass(frozen=True)
class Pose:
    """The frame of an organ in the scene: its centre, size (one unit) and rotation in radians."""

    x: float
    y: float
    scale: float
    angle: float

    def at(self, u: float, v: float) -> tuple[float, float]:
        """Return the scene position of a point of the organ's frame."""
        c, s = math.cos(self.angle), math.sin(self.angle)
        return self.x + self.scale * (c * u - s * v), self.y + self.scale * (s * u + c * v)


@dataclass
class Scene:
    """The scene below the probe, painted in order: later paint covers earlier paint."""

    grid: Grid
    rng: np.random.Generator
    echo: Floats = field(init=False)
    specular: Floats = field(init=False)
    loss: Floats = field(init=False)
    fluid: float = field(init=False)  # echo of fluid in this image, in dB
    _patchy: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.echo = np.full(self.grid.shape, SOFT, np.float32)
        self.specular = np.zeros(self.grid.shape, np.float32)
        self.loss = np.zeros(self.grid.shape, np.float32)
        self.fluid = float(self.rng.uniform(-41, -25))
        patches = 3.0 * self.noise(30, 40) + 3.5 * self.noise(14, 18) + 2.5 * self.noise(6, 8)
        self._patchy = np.exp(np.float32(math.log(10) / 20) * patches)

    def between(self, low: float, high: float) -> float:
        """Draw a uniform number."""
        return float(self.rng.uniform(low, high))

    def sway(self, reach: float) -> float:
        """Draw a uniform number from -reach to reach."""
        return self.between(-reach, reach)

    def side(self) -> float:
        """Draw -1 or 1."""
        return float(self.rng.choice([-1.0, 1.0]))

    def wet(self, region: Region) -> NDArray[np.bool_]:
        """Return where a shape still holds fluid, (R, A): nothing was painted over it."""
        return np.asarray(region.inside & (self.loss < FLUID_LOSS / 2))

    def chance(self, share: float) -> bool:
        """Draw True with this probability."""
        return self.between(0, 1) < share

    def noise(self, rows: int, columns: int) -> Floats:
        """Draw smooth noise (R, A) of unit variance at its knots.

        `rows` and `columns` are the number of knots along and across the beams.
        """
        knots = self.rng.standard_normal((rows, columns), np.float32)
        n_range, n_beam = self.grid.shape
        return np.asarray(_hats(n_range, rows) @ knots @ _hats(n_beam, columns).T, np.float32)

    def fill(self, mask: Floats, decibel: float | Floats, loss: float = 0.0, clears: float = 1.0) -> None:
        """Paint echo strength through a mask (0 to 1).

        `clears` is the share by which walls painted earlier vanish below it.
        """
        self.echo += (np.float32(decibel) if isinstance(decibel, float) else decibel) * mask - self.echo * mask
        self.loss += (np.float32(loss) - self.loss) * mask
        if clears:
            self.specular *= 1 - np.float32(clears) * mask

    def tint(self, mask: Floats, decibel: float) -> None:
        """Add to the echo strength through a mask."""
        self.echo += np.float32(decibel) * mask

    def shade(self, mask: Floats, loss: float) -> None:
        """Raise the attenuation in a mask to at least `loss`, in dB per depth.

        Nothing changes outside the mask.
        """
        np.maximum(self.loss, np.float32(loss) * mask, out=self.loss, where=mask > np.float32(0.02))

    def refract(self, region: Region, loss: float) -> None:
        """Add narrow edge shadows, in dB per depth, where the beam grazes a round shape.

        The beam is bent away there.
        """
        along = region.facing(self.grid)
        grazing = np.clip(1 - 6 * along * along, 0, 1)
        self.shade(region.shell(0.012) * grazing, loss)

    def wall(
        self, region: Region, width: float, strength: float, *, side: float = 0.06, loss: float = 0.0, far: float = 1.0
    ) -> None:
        """Paint a smooth wall of this strength in dB: brightest where the beam meets it head on.

        Where the beam runs along it, `side` of the strength is left. `far` is the share reflected by the side away from
        the probe. The strength varies along the wall, as in real images.
        """
        shell = region.shell(width)
        along = region.facing(self.grid)
        facing = along * along
        facing *= facing * facing * np.float32(1 - side)
        facing += np.float32(side)
        if far < 1:
            facing *= np.where(along > 0, np.float32(far), np.float32(1))
        amplitude = np.float32(10 ** (strength / 20)) * shell * facing * self._patchy
        np.maximum(self.specular, amplitude, out=self.specular)
        if loss:
            self.shade(shell, loss)

    def ellipse(
        self, pose: Pose, u: float, v: float, a: float, b: float, turn: float = 0.0, wobble: float = 0.0, waves: int = 3
    ) -> Region:
        """Return an ellipse at (u, v) of a pose's frame, its border wavy by `wobble`.

        The half-axes a and b are in units of the pose.
        """
        cx, cy = pose.at(u, v)
        a, b = a * pose.scale, b * pose.scale
        c, s = math.cos(pose.angle + turn), math.sin(pose.angle + turn)
        p = self._linear(c / a, s / a, -(c * cx + s * cy) / a)
        q = self._linear(-s / b, c / b, (s * cx - c * cy) / b)
        pp, qq = p * p, q * q
        radius = np.sqrt(pp + qq + np.float32(1e-12))
        p *= np.float32(1 / a)
        q *= np.float32(1 / b)
        pp *= np.float32(1 / (a * a))
        pp += np.float32(1 / (b * b)) * qq
        slope = np.sqrt(pp + np.float32(1e-12))
        level: Floats = radius
        if wobble:
            orders = np.arange(2, 2 + waves)
            phases = self.rng.uniform(0, 2 * math.pi, waves)
            sizes = wobble * self.rng.uniform(0.3, 1, waves) / np.sqrt(orders - 1)
            around = (
                np.float32(a) * p + 1j * (np.float32(b) * q)
            ) / radius  # sum of size * cos(order * angle + phase) as a polynomial of exp(i angle)
            wave = np.zeros_like(around)
            for factor in (sizes * np.exp(1j * phases)).astype(np.complex64)[::-1]:
                wave += factor
                wave *= around
            wave *= around
            level = np.asarray(radius / np.maximum(1 + wave.real, 0.2), np.float32)
        return Region((level - 1) * radius / slope, p, q, slope, (c, s))

    def _linear(self, x: float, y: float, constant: float) -> Floats:
        """Compute a linear function of the position, (R, A)."""
        value = self.grid.x * np.float32(x)
        value += np.float32(y) * self.grid.y
        value += np.float32(constant)
        return value

    def rod(self, start: tuple[float, float], end: tuple[float, float], radius: float, bend: float = 0.0) -> Region:
        """Return a rounded bar between two scene positions.

        `bend` lifts its middle by that share of its length.
        """
        (x0, y0), (x1, y1) = start, end
        length = math.hypot(x1 - x0, y1 - y0) + 1e-6
        ux, uy = (x1 - x0) / length, (y1 - y0) / length
        along = self._linear(ux, uy, -(x0 * ux + y0 * uy))
        across = self._linear(-uy, ux, x0 * uy - y0 * ux)
        share = np.clip(along * np.float32(1 / length), 0, 1)
        if bend:
            across = across - np.float32(4 * bend * length) * share * (1 - share)
        past = along - share * np.float32(length)
        reach = np.sqrt(past * past + across * across) + np.float32(1e-6)
        return Region(reach - np.float32(radius), past, across, reach, (ux, uy))


@lru_cache(maxsize=64)
def _hats(n: int, knots: int) -> Floats:
    """Compute cubic-smoothed interpolation weights (n, knots) from knots to samples."""
    position = np.linspace(0, knots - 1, n)
    distance = np.clip(np.abs(position[:, None] - np.arange(knots)[None, :]), 0, 1)
    return np.asarray(1 - distance**2 * (3 - 2 * distance), np.float32)
