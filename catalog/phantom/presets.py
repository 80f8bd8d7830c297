"""Name the settings of a phantom, and the presets that ship."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from catalog.errors import CatalogError
from catalog.phantom.machines import MACHINES
from catalog.splits import Shares

DEVICES = tuple(machine.name for machine in MACHINES)
MOST_UNCLEAR = 0.54  # of the images may be hard or tosses: not every class has a rival that it is mixed with


@dataclass(frozen=True)
class PhantomSettings:
    """The settings of a phantom; each field is an option of `python -m catalog phantom`.

    Attributes:
        images: how many.
        size: side in pixels, 48 to 2048.
        seed: of all that is random.
        hard: share of images whose class shows in one small detail; all else in them is a mixture of two planes.
        toss: share of images that are such a mixture without a detail: their label is drawn, with a known probability.
        rare: share of each class's hard images whose detail has an uncommon form and place.
        imbalance: expected number of images of the commonest class for each image of the rarest, 1 to 100.
        mark_bias: probability that the burned-in marks of a training image are those of its class; on validation and
            test they are independent of the class. None = marks stand for no class.
        shift: a device used for half of the test patients and for no other patient. None = no such device.
        label_noise: share of training images that get a wrong label; validation and test keep the right ones.
        devices: names of the scanners in use; None = all.
        val, test: shares of the images for validation and test.
    """

    images: int = 2000
    size: int = 128
    seed: int = 0
    hard: float = 0.25
    toss: float = 0.06
    rare: float = 0.1
    imbalance: float = 3.0
    mark_bias: float | None = None
    shift: str | None = None
    label_noise: float = 0.0
    devices: tuple[str, ...] | None = None
    val: float = Shares.val
    test: float = Shares.test

    def __post_init__(self) -> None:
        for name, least, most in (("images", 0, 2**31 - 1), ("size", 48, 2048), ("seed", 0, 2**31 - 1)):
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise _refused(name, value, f"a whole number from {least} to {most}")
        for name, least, most, below in (
            ("hard", 0, 1, False), ("toss", 0, 1, False), ("rare", 0, 1, False), ("imbalance", 1, 100, False),
            ("mark_bias", 0, 1, False), ("label_noise", 0, 1, True), ("val", 0, 1, True), ("test", 0, 1, True),
        ):  # fmt: skip
            value = getattr(self, name)
            if value is None and name == "mark_bias":
                continue
            is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            if not is_number or not least <= value <= most or (below and value == most):
                raise _refused(name, value, f"a number from {least} to {'below ' if below else ''}{most}")
        if self.hard + self.toss > MOST_UNCLEAR:
            raise CatalogError(
                f"The shares hard ({self.hard}) and toss ({self.toss}) of a phantom may be {MOST_UNCLEAR} together at "
                "most."
            )
        Shares(self.val, self.test)
        self._check_devices()

    def _check_devices(self) -> None:
        if isinstance(self.devices, str) or not all(isinstance(name, str) for name in self.devices or ()):
            raise CatalogError(f"The devices of a phantom must be a list of names out of: {', '.join(DEVICES)}.")
        object.__setattr__(self, "devices", None if self.devices is None else tuple(self.devices))
        for name in (*(self.devices or ()), *(() if self.shift is None else (self.shift,))):
            if name not in DEVICES:
                raise CatalogError(f"There is no device '{name}'; there are: {', '.join(DEVICES)}.")
        if not self.others:
            raise CatalogError(
                "A phantom needs one device or more, and another one beside the device that is shifted to test."
            )
        if self.shift is not None and self.shift not in self.in_use:
            raise CatalogError(f"The shifted device {self.shift} is not among the devices; add it to them.")

    @property
    def in_use(self) -> tuple[str, ...]:
        """Return the names of the scanners in use."""
        return DEVICES if self.devices is None else self.devices

    @property
    def others(self) -> tuple[str, ...]:
        """Return the scanners in use except the one held out for test."""
        return tuple(name for name in self.in_use if name != self.shift)

    @classmethod
    def of(cls, preset: str, changes: Mapping[str, Any] | None = None) -> PhantomSettings:
        """Return the settings of a preset with some of them changed.

        Raises:
            CatalogError: the preset, an option or a value is not valid; one sentence.
        """
        if preset not in PRESETS:
            raise CatalogError(f"There is no preset '{preset}' of the phantom; there are: {', '.join(PRESETS)}.")
        given = dict(changes or {})
        names = [field.name for field in fields(cls)]
        if unknown := [name for name in given if name not in names]:
            raise CatalogError(f"'{unknown[0]}' is no setting of a phantom; there are: {', '.join(names)}.")
        return replace(PRESETS[preset], **given)


def _refused(name: str, value: object, allowed: str) -> CatalogError:
    return CatalogError(f"The setting {name} of a phantom is {value!r}; it must be {allowed}.")


PRESETS: dict[str, PhantomSettings] = {
    "demo": PhantomSettings(),
    "claims": PhantomSettings(images=6000, size=64, hard=0.5, toss=0.01, rare=0.1),
    "shortcut": PhantomSettings(images=4000, size=64, hard=0.1, toss=0.0, rare=0.1, mark_bias=0.95),
}
