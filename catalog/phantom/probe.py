"""Simulate the probe and the machine: from scatterers on a polar grid to a screen image.

Lengths are in units of the displayed depth: 0 at the probe's face, 1 at the deepest echo on the middle line.
R ranges, A beams; a polar array is (R, A), an image is (size, size).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.fft
import scipy.ndimage
from numpy.typing import NDArray

from catalog.phantom.machines import Machine

Floats = NDArray[np.float32]
_APERTURE = 0.035  # width of a shadow's soft edge, as a share of the beams
TOP = 0.05  # black border above the probe's face


@dataclass(frozen=True, eq=False)
class Grid:
    """The sample positions of a probe, and their mapping to the screen.

    x, y: (R, A) positions, y downwards; beam_x, beam_y: (1, A) direction of each beam; `step`: range step;
    `inside`, `nearest`: (P,) flat indices of the pixels in the fan and of the sample nearest to each; `corners`,
    `weights`: (4, P) the samples around it and their bilinear weights.
    """

    machine: Machine
    size: int
    x: Floats
    y: Floats
    beam_x: Floats
    beam_y: Floats
    step: float
    beam_step: float
    inside: NDArray[np.int64]
    nearest: NDArray[np.int64]
    corners: NDArray[np.int64]
    weights: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """Return (R, A)."""
        return self.x.shape[0], self.x.shape[1]

    def to_pixels(self, points: Floats) -> Floats:
        """Convert scene positions (N, 2) to pixel positions (N, 2), x right and y down."""
        window = self.machine.window
        shifted = points + np.array([window / 2, TOP], np.float32)
        return np.asarray(shifted * (self.size / window), np.float32)

    def to_screen(self, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Map a region of the grid (R, A) to the screen (size, size), where the probe sees it."""
        screen = np.zeros(self.size * self.size, bool)
        screen[self.inside] = inside.ravel()[self.nearest]
        return screen.reshape(self.size, self.size)

    def in_view(self, points: Floats) -> NDArray[np.bool_]:
        """Check which scene positions (N, 2) are within the probe's opening, depth and screen."""
        across, depth = _polar(self.machine, points[:, 0], points[:, 1])
        half = self.machine.window / 2
        is_visible = (
            (np.abs(across) <= self.machine.spread) & (depth >= 0) & (depth <= 1) & (np.abs(points[:, 0]) <= half)
        )
        return np.asarray(is_visible)


def _polar(machine: Machine, x: Any, y: Any) -> tuple[Any, Any]:
    if machine.radius is None:
        return x, y
    return np.arctan2(x, y + machine.radius), np.hypot(x, y + machine.radius) - machine.radius


@lru_cache(maxsize=16)
def grid(machine: Machine, size: int) -> Grid:
    """Return the sampling grid of a machine for images of `size` pixels, cached."""
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
    inside, nearest, corners, weights = _scan_map(machine, size, n_range, n_beam)
    return Grid(
        machine, size, np.ascontiguousarray(x, np.float32), np.ascontiguousarray(y, np.float32),
        beam_x, beam_y, step, beam_step, inside, nearest, corners, weights,
    )  # fmt: skip


def _gaussian_transfer(n_range: int, n_beam: int, axial: float, lateral: float) -> Floats:
    """Compute the Fourier transform of a Gaussian pulse with these widths in samples.

    It has unit energy, so that speckle stays at 0 dB.
    """
    along = np.exp(-2 * (math.pi * np.fft.fftfreq(n_range) * axial) ** 2)
    across = np.exp(-2 * (math.pi * np.fft.fftfreq(n_beam) * lateral) ** 2)
    transfer = along[:, None] * across[None, :]
    return np.asarray(transfer / np.sqrt(np.mean(transfer**2)), np.float32)


def _scan_map(
    machine: Machine, size: int, n_range: int, n_beam: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], Floats]:
    """Compute the mapping from the grid to the screen.

    Returns:
        The pixels inside the fan and the sample nearest to each (P,), its four neighbours (4, P) and their weights.
    """
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
    nearest = np.rint(row).astype(np.int64) * n_beam + np.rint(column).astype(np.int64)
    return inside, nearest, corners, weights.astype(np.float32)


@dataclass(frozen=True)
class Settings:
    """The settings that the sonographer chose.

    In dB: the `gain` of the whole, its `tilt` from top to bottom, the time-gain `sliders` at even depths, and the
    `noise` of the far field. `focus` (0 to 1) is the depth of the sharpest beam, `depth_cm` the displayed depth.
    """

    gain: float
    tilt: float
    noise: float
    focus: float
    mhz: float
    depth_cm: float
    sliders: tuple[float, ...] = (0.0, 0.0)


def image(
    sampling: Grid, echo: Floats, specular: Floats, loss: Floats, settings: Settings, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Compute the image (size, size) of a scene; black outside the fan.

    Args:
        echo: (R, A) scatterer strength in dB, 0 = soft tissue.
        specular: (R, A) amplitude of smooth walls, 1 = as strong as soft tissue.
        loss: (R, A) attenuation in dB over one depth, beyond what the time gain compensates; fluid has less than 0.
    """
    machine = sampling.machine
    depth = np.linspace(0, 1, sampling.shape[0], dtype=np.float32)[:, None]
    shadow = np.cumsum(loss, axis=0, dtype=np.float32) * np.float32(sampling.step)
    shadow = scipy.ndimage.uniform_filter1d(
        shadow, 1 + 2 * round(_APERTURE * sampling.shape[1] / 2), axis=1, mode="nearest"
    )
    shadow += np.float32(_penetration(machine, settings)) * depth
    passed = np.exp(np.float32(-math.log(10) / 20) * shadow)
    strength = np.exp(np.float32(math.log(10) / 20) * echo) * passed
    walls = specular * passed
    power = np.zeros(sampling.shape, np.float32)
    blur = np.clip(np.abs(depth - np.float32(settings.focus)) * 1.6, 0, 1)
    transfers = _transfers(sampling, _coarseness(machine, settings))
    for _ in range(machine.looks):
        phasor = rng.standard_normal((2, *sampling.shape), np.float32)
        echoes = (phasor[0] * np.float32(0.7) + 1j * phasor[1] * np.float32(0.7)) * strength
        spectrum = scipy.fft.fft2(echoes + walls * (np.float32(0.6) + phasor[0]))
        near, far = (np.abs(scipy.fft.ifft2(spectrum * transfer)) for transfer in transfers)
        power += near * (1 - blur) + far * blur
    envelope: Floats = power / np.float32(machine.looks)
    floor = np.exp(np.float32(math.log(10) / 20) * (settings.noise - 14 + 14 * depth))
    envelope += floor * (np.float32(0.5) + np.abs(phasor[1]))
    envelope += np.float32(0.03) * _haze(envelope)  # side lobes and echoes between walls fill dark areas
    decibel = np.float32(20) * np.log10(envelope + np.float32(1e-4))
    decibel += settings.gain + settings.tilt * (depth - 0.5) + _curve(settings.sliders, sampling.shape[0])[:, None]
    decibel += _curve(rng.normal(0, 0.9, 18), sampling.shape[1])  # contact differs from beam to beam
    decibel -= (
        7 * np.abs(np.linspace(-1, 1, sampling.shape[1], dtype=np.float32)) ** 10
    )  # fewer elements serve the edges
    return scan_convert(sampling, _grey(machine, decibel))


def _haze(envelope: Floats) -> Floats:
    """Compute haze that comes from all directions: a wide mean of the envelope."""
    rows = scipy.ndimage.uniform_filter1d(envelope, envelope.shape[0] // 8, axis=0, mode="nearest")
    return np.asarray(scipy.ndimage.uniform_filter1d(rows, envelope.shape[1] // 6, axis=1, mode="nearest"), np.float32)


def _penetration(machine: Machine, settings: Settings) -> float:
    """Compute the loss in dB at the deepest echo for a frequency above the machine's lowest.

    Own formula, of usual size.
    """
    return 0.18 * (settings.mhz - machine.mhz[0]) * settings.depth_cm


def _coarseness(machine: Machine, settings: Settings) -> float:
    """Compute the width of the point spread, relative to the lowest frequency and 12 cm.

    A pulse has the same number of waves at any frequency, so it shrinks as the frequency grows. A shallow view
    magnifies it, but by less than its depth, because the aperture narrows too. Rounded to steps, so that few transforms
    are computed.
    """
    wide = machine.mhz[0] / settings.mhz * math.sqrt(12 / settings.depth_cm)
    return round(min(max(wide, 0.7), 1.2) * 10) / 10


@lru_cache(maxsize=64)
def _transfers(sampling: Grid, coarseness: float) -> tuple[Floats, Floats]:
    """Compute Fourier transforms (R, A) of the point spread at the focus and away from it."""
    axial, lateral = (
        coarseness * sampling.machine.axial / sampling.step,
        coarseness * sampling.machine.lateral / sampling.beam_step,
    )
    return _gaussian_transfer(*sampling.shape, axial, lateral), _gaussian_transfer(
        *sampling.shape, axial * 1.15, lateral * 1.7
    )


def _curve(knots: Sequence[float] | NDArray[np.float64], n: int) -> Floats:
    """Interpolate evenly spaced knots linearly at n points."""
    return np.interp(np.linspace(0, 1, n), np.linspace(0, 1, len(knots)), knots).astype(np.float32)


def _grey(machine: Machine, decibel: Floats) -> Floats:
    """Map dB to grey in [0, 1] with the machine's grey map."""
    grey = np.clip((decibel + np.float32(machine.range_db * 0.53)) / np.float32(machine.range_db), 0, 1)
    if machine.gamma != 1:
        grey **= np.float32(machine.gamma)
    steep = np.float32(machine.contrast)
    return np.asarray(grey * (1 - steep) + steep * grey * grey * (3 - 2 * grey), np.float32)


def scan_convert(sampling: Grid, grey: Floats) -> NDArray[np.uint8]:
    """Convert polar grey (R, A) in [0, 1] to the screen (size, size) uint8."""
    taken = (grey.ravel()[sampling.corners] * sampling.weights).sum(axis=0)
    screen = np.zeros((sampling.size, sampling.size), np.float32)
    screen.ravel()[sampling.inside] = taken * 255
    if sampling.machine.smoothing:
        width = np.float32(sampling.machine.smoothing * 0.25)
        screen[1:-1] = screen[1:-1] * (1 - 2 * width) + width * (screen[2:] + screen[:-2])
        screen[:, 1:-1] = screen[:, 1:-1] * (1 - 2 * width) + width * (screen[:, 2:] + screen[:, :-2])
    return np.asarray(screen + 0.5, np.uint8)
