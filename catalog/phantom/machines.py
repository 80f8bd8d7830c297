"""Define scanners in different styles, which image the same fetus differently."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Frame:
    """The overlay that a scanner draws around its image.

    `brand` is a word in the corner `brand_at` ("nw", "ne", "sw", "se"); `ruler` and `bar` are the side, "left" or
    "right", of the centimetre ticks and of the grey bar; `text_at` are the corners that take annotations; `cross` is
    how calipers look: "plus", "times" or "dots" (a plus with a dotted line); `sepia` (0 to 1) tints volume views.
    """

    brand: str = ""
    brand_at: str = "nw"
    ruler: str | None = None
    bar: str | None = None
    text_at: tuple[str, ...] = ("nw", "ne", "sw", "se")
    cross: str = "dots"
    sepia: float = 0.6


@dataclass(frozen=True)
class Machine:
    """A style of scanner: its probe's shape and how it turns echoes into grey.

    `radius` of the curved face, None for a straight one; `spread` is half the opening, in radians for a curved face
    and in depths for a straight one; `window` is the height and width of the screen in depths. `range_db`, `gamma` and
    `contrast` (0 to 1, an S-curve) are its grey map; `looks` images are averaged against speckle; `axial` and `lateral`
    are the point spread in depths at the first of its frequencies `mhz`; `smoothing` (0 to 1) blurs the screen.
    """

    name: str
    radius: float | None
    spread: float
    window: float
    range_db: float
    gamma: float
    contrast: float
    looks: int
    axial: float
    lateral: float
    smoothing: float
    mhz: tuple[float, ...] = (3.5, 5.0)
    frame: Frame = Frame()


MACHINES = (
    Machine(
        "fan-A", 0.42, 0.60, 1.12, 60.0, 1.10, 0.30, 2, 0.0036, 0.0085, 0.0, (3.5, 4.2, 5.0),
        Frame("LUMEN 7", "nw", ruler="right", text_at=("ne", "sw", "se"), sepia=0.8),
    ),
    Machine(
        "fan-B", 0.62, 0.52, 1.18, 54.0, 1.20, 0.20, 1, 0.0042, 0.0080, 0.5, (3.0, 4.0),
        Frame(bar="left", text_at=("ne", "sw", "se"), cross="times", sepia=0.5),
    ),
    Machine(
        "fan-C", 0.24, 0.70, 1.10, 66.0, 1.05, 0.35, 3, 0.0032, 0.0095, 0.0, (4.0, 5.0, 6.0),
        Frame("OKTO", "ne", ruler="left", bar="right", text_at=("nw", "sw", "se"), sepia=1.0),
    ),
    Machine(
        "fan-D", 0.34, 0.62, 1.26, 54.0, 1.15, 0.10, 1, 0.0050, 0.0115, 0.5, (2.5, 3.5),
        Frame(cross="plus", sepia=0.0),
    ),
    Machine(
        "linear-A", None, 0.46, 1.10, 58.0, 1.10, 0.25, 2, 0.0030, 0.0070, 0.0, (5.0, 7.5),
        Frame(ruler="left", text_at=("nw", "ne", "sw", "se"), cross="plus", sepia=0.7),
    ),
    Machine(
        "linear-B", None, 0.40, 1.16, 52.0, 1.00, 0.40, 1, 0.0038, 0.0070, 0.4, (6.0, 9.0),
        Frame("TARN", "se", bar="left", text_at=("nw", "ne", "sw"), cross="dots", sepia=0.4),
    ),
)  # fmt: skip
SHARES = (0.30, 0.23, 0.19, 0.14, 0.08, 0.06)
