"""The probe and the machine: from scatterers on a polar grid to a picture on a screen.

Lengths are in units of the displayed depth: 0 at the probe's face, 1 at the deepest echo on the middle line.
R ranges, A beams; a polar array is (R, A), a picture is (size, size).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

Floats = NDArray[np.float32]
TOP = 0.05  # black border above the probe's face


@dataclass(frozen=True)
class Machine:
    """One style of scanner: its probe's shape and how it turns echoes into grey.

    `radius` of the curved face, None for a straight one; `spread` is half the opening, in radians for a curved face
    and in depths for a straight one; `window` is the height and width of the screen in depths.
    """

    name: str
    radius: float | None
    spread: float
    window: float
    range_db: float
    gamma: float
    looks: int
    axial: float
    lateral: float
    smoothing: float
    overlay: str


MACHINES = (
    Machine("fan-A", 0.42, 0.60, 1.12, 62.0, 1.00, 2, 0.0042, 0.0100, 0.0, "ticks"),
    Machine("fan-B", 0.62, 0.52, 1.18, 56.0, 1.15, 1, 0.0050, 0.0090, 0.5, "bar"),
    Machine("fan-C", 0.24, 0.70, 1.10, 68.0, 0.90, 3, 0.0036, 0.0110, 0.0, "header"),
    Machine("fan-D", 0.34, 0.62, 1.26, 54.0, 1.05, 1, 0.0060, 0.0140, 0.6, "plain"),
    Machine("linear-A", None, 0.50, 1.10, 60.0, 1.00, 2, 0.0034, 0.0090, 0.0, "ticks"),
)
SHARES = (0.34, 0.25, 0.2, 0.15, 0.06)


@dataclass(frozen=True, eq=False)
class Grid:
    """Sample positions of a probe and its way to the screen.

    x, y: (R, A) positions, y downwards; beam_x, beam_y: (1, A) direction of each beam; `step`: range step;
    `transfer`: the point-spread function's Fourier transform, one for the focus and one for the far field.
    """

    machine: Machine
    size: int
    x: Floats
    y: Floats
    beam_x: Floats
    beam_y: Floats
    step: float
    transfer: tuple[Floats, Floats]
    inside: NDArray[np.int64]
    corners: NDArray[np.int64]
    weights: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """(R, A)."""
        return self.x.shape[0], self.x.shape[1]

    def to_pixels(self, points: Floats) -> Floats:
        """Scene positions (N, 2) to pixel positions (N, 2), x right and y down."""
        window = self.machine.window
        shifted = points + np.array([window / 2, TOP], np.float32)
        return np.asarray(shifted * (self.size / window), np.float32)

    def in_view(self, points: Floats) -> NDArray[np.bool_]:
        """Which of the scene positions (N, 2) the probe sees: within its opening, its depth and the screen."""
        across, depth = _polar(self.machine, points[:, 0], points[:, 1])
        half = self.machine.window / 2
        seen = (np.abs(across) <= self.machine.spread) & (depth >= 0) & (depth <= 1) & (np.abs(points[:, 0]) <= half)
        return np.asarray(seen)


def _polar(machine: Machine, x: Any, y: Any) -> tuple[Any, Any]:
    if machine.radius is None:
        return x, y
    return np.arctan2(x, y + machine.radius), np.hypot(x, y + machine.radius) - machine.radius


@lru_cache(maxsize=16)
def grid(machine: Machine, size: int) -> Grid:
    """The sampling grid of a machine for pictures of `size` pixels; kept, as each picture of it needs the same."""
    n_range, n_beam = scipy.fft.next_fast_len(round(size * 1.3)), scipy.fft.next_fast_len(size)
    depth = np.linspace(0, 1, n_range, dtype=np.float32)[:, None]
    across = np.linspace(-machine.spread, machine.spread, n_beam, dtype=np.float32)[None, :]
    if machine.radius is None:
        x, y = np.broadcast_arrays(across, depth)
        beam_x, beam_y = np.zeros_like(across), np.ones_like(across)
        beam_step = 2 * machine.spread / n_beam
    else:
        beam_x, beam_y = np.sin(across), np.cos(across)
        x, y = (machine.radius + depth) * beam_x, (machine.radius + depth) * beam_y - machine.radius
        beam_step = 2 * machine.spread * (machine.radius + 0.45) / n_beam
    step = 1.0 / (n_range - 1)
    axial = machine.axial / step
    transfer = (
        _gaussian_transfer(n_range, n_beam, axial, machine.lateral / beam_step),
        _gaussian_transfer(n_range, n_beam, axial * 1.15, 1.7 * machine.lateral / beam_step),
    )
    inside, corners, weights = _scan_map(machine, size, n_range, n_beam)
    return Grid(
        machine, size, np.ascontiguousarray(x, np.float32), np.ascontiguousarray(y, np.float32),
        beam_x, beam_y, step, transfer, inside, corners, weights,
    )  # fmt: skip


def _gaussian_transfer(n_range: int, n_beam: int, axial: float, lateral: float) -> Floats:
    """Fourier transform of a Gaussian pulse with these widths in samples, of unit energy so that speckle keeps 0 dB."""
    along = np.exp(-2 * (math.pi * np.fft.fftfreq(n_range) * axial) ** 2)
    across = np.exp(-2 * (math.pi * np.fft.fftfreq(n_beam) * lateral) ** 2)
    transfer = along[:, None] * across[None, :]
    return np.asarray(transfer / np.sqrt(np.mean(transfer**2)), np.float32)


def _scan_map(
    machine: Machine, size: int, n_range: int, n_beam: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Pixels inside the fan (P,), their four polar neighbours (4, P) as flat indices, and bilinear weights (4, P)."""
    centres = (np.arange(size) + 0.5) * machine.window / size
    across, depth = _polar(machine, centres[None, :] - machine.window / 2, centres[:, None] - TOP)
    across, depth = np.broadcast_arrays(across, depth)
    row = depth * (n_range - 1)
    column = (across / machine.spread + 1) / 2 * (n_beam - 1)
    inside = np.flatnonzero((row >= 0) & (row <= n_range - 1.001) & (column >= 0) & (column <= n_beam - 1.001))
    row, column = row.ravel()[inside], column.ravel()[inside]
    first = row.astype(np.int64) * n_beam + column.astype(np.int64)
    down, right = row % 1, column % 1
    corners = np.stack([first, first + 1, first + n_beam, first + n_beam + 1])
    weights = np.stack([(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right])
    return inside, corners, weights.astype(np.float32)


@dataclass(frozen=True)
class Settings:
    """What the sonographer turned: all in dB. `gain` of the whole, `tilt` from top to bottom, `noise` of the far field,
    `focus` (0 to 1) the depth of the sharpest beam.
    """

    gain: float
    tilt: float
    noise: float
    focus: float


def image(
    at: Grid, echo: Floats, specular: Floats, loss: Floats, settings: Settings, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """The picture (size, size) of a scene; black outside the fan.

    Args:
        echo: (R, A) scatterer strength in dB, 0 = soft tissue.
        specular: (R, A) amplitude of smooth walls, 1 = as strong as soft tissue.
        loss: (R, A) attenuation in dB over one depth beyond what the time gain makes up for; fluid has less than 0.
    """
    machine = at.machine
    shadow = np.cumsum(loss, axis=0, dtype=np.float32) * np.float32(at.step)
    passed = np.exp(np.float32(-math.log(10) / 20) * shadow)
    strength = np.exp(np.float32(math.log(10) / 20) * echo) * passed
    walls = specular * passed
    power = np.zeros(at.shape, np.float32)
    depth = np.linspace(0, 1, at.shape[0], dtype=np.float32)[:, None]
    blur = np.clip(np.abs(depth - np.float32(settings.focus)) * 1.6, 0, 1)
    for _ in range(machine.looks):
        phasor = rng.standard_normal((2, *at.shape), np.float32)
        echoes = (phasor[0] * np.float32(0.7) + 1j * phasor[1] * np.float32(0.7)) * strength
        spectrum = scipy.fft.fft2(echoes + walls * (1 + np.float32(0.5) * phasor[0]))
        near, far = (np.abs(scipy.fft.ifft2(spectrum * transfer)) for transfer in at.transfer)
        power += near * (1 - blur) + far * blur
    envelope = power / machine.looks
    floor = np.exp(np.float32(math.log(10) / 20) * (settings.noise - 14 + 14 * depth))
    envelope += floor * (0.5 + np.abs(phasor[1]))
    decibel = np.float32(20) * np.log10(envelope + np.float32(1e-4)) + settings.gain + settings.tilt * (depth - 0.5)
    grey = np.clip((decibel + np.float32(machine.range_db * 0.53)) / np.float32(machine.range_db), 0, 1)
    if machine.gamma != 1:
        grey **= np.float32(machine.gamma)
    return scan_convert(at, grey)


def scan_convert(at: Grid, grey: Floats) -> NDArray[np.uint8]:
    """Polar grey (R, A) in [0, 1] to the screen (size, size) uint8."""
    taken = (grey.ravel()[at.corners] * at.weights).sum(axis=0)
    screen = np.zeros((at.size, at.size), np.float32)
    screen.ravel()[at.inside] = taken * 255
    if at.machine.smoothing:
        width = np.float32(at.machine.smoothing * 0.25)
        screen[1:-1] = screen[1:-1] * (1 - 2 * width) + width * (screen[2:] + screen[:-2])
        screen[:, 1:-1] = screen[:, 1:-1] * (1 - 2 * width) + width * (screen[:, 2:] + screen[:, :-2])
    return np.asarray(screen + 0.5, np.uint8)
