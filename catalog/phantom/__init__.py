"""Simulate obstetric ultrasound images whose true classes and difficulty are known."""

from catalog.phantom.choices import CLASSES
from catalog.phantom.dataset import make_dataset
from catalog.phantom.generate import generate
from catalog.phantom.picture import PhantomImage
from catalog.phantom.presets import DEVICES, PRESETS, PhantomSettings

__all__ = ["CLASSES", "DEVICES", "PRESETS", "PhantomImage", "PhantomSettings", "generate", "make_dataset"]
