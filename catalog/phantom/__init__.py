"""Simulate obstetric ultrasound images whose true classes and ambiguity are known."""

from catalog.phantom.generate import DEVICES, generate
from catalog.phantom.picture import PhantomImage
from catalog.phantom.planes import CLASSES

__all__ = ["CLASSES", "DEVICES", "PhantomImage", "generate"]
